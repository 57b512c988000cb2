"""`aws_default` for Terraform and boto3. Read when a task runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fieldday.airflow.connections import AWS
from fieldday.provisioning.diagnostics import NoAccessError

if TYPE_CHECKING:
    from fieldday.provisioning.environment import Environment
    from fieldday.settings import Settings


def client(service: str) -> Any:
    """boto3's client of an AWS service."""
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    return AwsBaseHook(aws_conn_id=AWS, client_type=service).get_conn()


def trail() -> Any:
    """CloudTrail's client: it is asked once, and quickly given up, since it only adds a name."""
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
    from botocore.config import Config

    config = Config(connect_timeout=3, read_timeout=10, retries={"max_attempts": 0})
    return AwsBaseHook(aws_conn_id=AWS, client_type="cloudtrail", config=config).get_conn()


def environment_variables() -> dict[str, str]:
    """What Terraform, its S3 backend and its AWS provider take from the environment.

    Raises `NoAccessError`: the connection gives no credentials.
    """
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    hook: Any = AwsBaseHook(aws_conn_id=AWS, client_type="s3")
    credentials = hook.get_session().get_credentials()
    if credentials is None:
        msg = f"{AWS}: gives no credentials. Set its login and password, or its role."
        raise NoAccessError(msg)
    frozen = credentials.get_frozen_credentials()
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


def environment(settings: Settings, name: str, run: str) -> Environment:
    """The environment of that name, for a run."""
    from fieldday.provisioning.environment import Environment

    return Environment.of(settings, name, run, client("s3"), environment_variables())
