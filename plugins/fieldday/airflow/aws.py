"""`aws_default` for Terraform and boto3. Read when a task runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fieldday.provisioning.diagnostics import NoAccessError

if TYPE_CHECKING:
    from fieldday.provisioning.environment import Environment
    from fieldday.settings import Settings


AWS = "aws_default"


def client(service: str) -> Any:
    """boto3's client of an AWS service."""
    from fieldday.aws import CONFIG

    return _hook(service, CONFIG).get_conn()


def trail() -> Any:
    """CloudTrail's client: it is asked once, and given up quickly, since it only adds a name."""
    from fieldday.aws import OPTIONAL

    return _hook("cloudtrail", OPTIONAL).get_conn()


def credentials() -> Any:
    """botocore's credentials. Raises `NoAccessError`: the connection has none."""
    found = _hook("s3").get_session().get_credentials()
    if found is None:
        msg = f"{AWS}: has no credentials. Set its login and password, or its role."
        raise NoAccessError(msg)
    return found


def environment_variables() -> dict[str, str]:
    """What Terraform, its S3 backend and its AWS provider take from the environment.

    Raises `NoAccessError`: the connection has no credentials.
    """
    hook = _hook("s3")
    frozen = credentials().get_frozen_credentials()
    found = {
        "AWS_ACCESS_KEY_ID": frozen.access_key,
        "AWS_SECRET_ACCESS_KEY": frozen.secret_key,
        # Not one that the worker has for itself.
        "AWS_SESSION_TOKEN": frozen.token or "",
        "AWS_PROFILE": "",
    }
    if hook.region_name:
        found |= {"AWS_REGION": hook.region_name, "AWS_DEFAULT_REGION": hook.region_name}
    if endpoint := hook.conn_config.endpoint_url:
        found["AWS_ENDPOINT_URL"] = endpoint
    return found


def _hook(service: str, config: Any = None) -> Any:
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    hook = AwsBaseHook(aws_conn_id=AWS, client_type=service)
    if config is None:
        return hook
    # Given to the hook, it would hide the connection's own `config_kwargs`.
    own = hook.conn_config.botocore_config
    merged = config.merge(own) if own else config
    return AwsBaseHook(aws_conn_id=AWS, client_type=service, config=merged)


def environment(settings: Settings, name: str, run: str) -> Environment:
    """The environment of that name, for a run."""
    from fieldday.provisioning.environment import Environment

    return Environment.of(settings, name, run, client("s3"), environment_variables())
