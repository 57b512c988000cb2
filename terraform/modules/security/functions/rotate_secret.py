"""Makes new values for what a service's secret holds and FieldDay itself issues.

Secrets Manager calls the handler four times a rotation, with the steps createSecret, setSecret,
testSecret and finishSecret; each may come twice.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html

A secret is a JSON object of settings. The keys named by ROTATED_KEYS (separated by commas;
SIGNING_KEY if unset) get new values, and what they held goes to <KEY>_PREVIOUS: a service signs
with the one and checks with both, so nobody is signed out. All others are what somebody else
issued, such as a payment provider, and stay as they are.
"""

from __future__ import annotations

import json
import os
import secrets
from typing import Any

import boto3

ROTATED_KEYS = "SIGNING_KEY"
RANDOM_BYTES = 48


def handler(event: dict[str, str], _context: object) -> None:
    """One step of a rotation. Raises ValueError where the step or the secret is not as expected."""
    step, secret, token = event["Step"], event["SecretId"], event["ClientRequestToken"]
    client = boto3.client("secretsmanager")
    if step not in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        msg = f"Rotation of {secret}: step {step!r} is unknown. Secrets Manager alone calls this."
        raise ValueError(msg)
    if step == "createSecret":
        create(client, secret, token)
    elif step == "testSecret":
        check(client, secret, token)
    elif step == "finishSecret":
        finish(client, secret, token)
    # setSecret: there is nobody to tell. Pods read their secret when they start; until then what
    # they have is good as <KEY>_PREVIOUS.


def create(client: Any, secret: str, token: str) -> None:
    """Put the new values in as the version `token`, pending."""
    if read(client, secret, VersionId=token) is not None:
        return
    current = read(client, secret, VersionStage="AWSCURRENT") or {}
    client.put_secret_value(
        SecretId=secret,
        ClientRequestToken=token,
        SecretString=json.dumps(rotated(current, rotated_keys())),
        VersionStages=["AWSPENDING"],
    )


def check(client: Any, secret: str, token: str) -> None:
    """Raise ValueError unless the version `token` differs from the current one as it has to."""
    pending = read(client, secret, VersionId=token)
    if pending is None:
        msg = f"Rotation of {secret}: there is no version {token}. Start the rotation again."
        raise ValueError(msg)
    if current_version(client, secret) == token:
        return
    current = read(client, secret, VersionStage="AWSCURRENT") or {}
    keys = rotated_keys()
    wrong = [
        key
        for key in keys
        if not pending.get(key)
        or pending[key] == current.get(key)
        or pending.get(f"{key}_PREVIOUS") != current.get(key)
    ]
    made = {*keys, *(f"{key}_PREVIOUS" for key in keys)}
    wrong += [key for key in current if key not in made and pending.get(key) != current[key]]
    if wrong:
        msg = (
            f"Rotation of {secret}: {', '.join(sorted(wrong))} changed meanwhile, or was not made "
            "anew. Cancel the rotation and start it again."
        )
        raise ValueError(msg)


def finish(client: Any, secret: str, token: str) -> None:
    """Make the version `token` the current one."""
    current = current_version(client, secret)
    if current == token:
        return
    former = {} if current is None else {"RemoveFromVersionId": current}
    client.update_secret_version_stage(
        SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token, **former
    )


def rotated(current: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    """The settings with new values for `keys`, and their former ones beside them."""
    settings = dict(current)
    for key in keys:
        if key in current:
            settings[f"{key}_PREVIOUS"] = current[key]
        settings[key] = secrets.token_urlsafe(RANDOM_BYTES)
    return settings


def rotated_keys() -> list[str]:
    """The keys that get new values."""
    names = os.environ.get("ROTATED_KEYS") or ROTATED_KEYS
    return [name.strip() for name in names.split(",") if name.strip()]


def read(client: Any, secret: str, **version: str) -> dict[str, Any] | None:
    """The settings of a version; None where there is none. ValueError where it is no JSON object.

    The message holds no part of the value: it lands in a log.
    """
    try:
        text = client.get_secret_value(SecretId=secret, **version)["SecretString"]
    except client.exceptions.ResourceNotFoundException:
        return None
    try:
        settings = json.loads(text)
    except ValueError:
        settings = None
    if not isinstance(settings, dict):
        msg = f"Secret {secret}: its value is no JSON object. Put one in, such as {{}}."
        raise ValueError(msg) from None
    return settings


def current_version(client: Any, secret: str) -> str | None:
    """The id of the current version; None before the first."""
    stages = client.describe_secret(SecretId=secret).get("VersionIdsToStages") or {}
    return next((version for version, names in stages.items() if "AWSCURRENT" in names), None)
