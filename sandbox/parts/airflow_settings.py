"""The environment of Airflow's components: its settings, connections, and what the DAGs need."""

from __future__ import annotations

import base64
import hashlib
import json
import os

from sandbox.env_file import exports
from sandbox.layout import CHECKOUT
from sandbox.parts import moto, postgresql
from sandbox.parts.context import Context

# Name -> role of Airflow's SimpleAuthManager. A `user` may trigger, clear and answer; an approval
# names who may answer it, so the operator who requested a release can't approve it.
USERS = {"viewer": "viewer", "operator": "user", "approver": "user", "admin": "admin"}

# Settings of the pipelines that a person may give to `make up`.
PASSED_ON = ("FIELDDAY_GATE_ERROR_RATE", "FIELDDAY_GATE_LATENCY_SECONDS")

# How many tasks run at once. They mostly wait for other programs, so more than there are cores.
_PARALLELISM = 6


def environment(context: Context) -> dict[str, str]:
    """Everything that the components and the tasks find in their environment."""
    return {**_tools(context), **_settings(context), **_connections(context)}


def _derived(context: Context, name: str) -> bytes:
    """32 bytes derived from a secret of any length."""
    return hashlib.sha256(context.secrets[name].encode()).digest()


def _settings(context: Context) -> dict[str, str]:
    url = context.ports.url("airflow")
    home = context.layout.data / "airflow"
    database = postgresql.url(context, postgresql.AIRFLOW_DATABASE)
    settings = {
        "CORE": {
            "DAGS_FOLDER": str(CHECKOUT / "dags"),
            "PLUGINS_FOLDER": str(CHECKOUT / "plugins"),
            "EXECUTOR": "LocalExecutor",
            "PARALLELISM": str(_PARALLELISM),
            "LOAD_EXAMPLES": "False",
            "DAGS_ARE_PAUSED_AT_CREATION": "False",
            "MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "2",
            # The default looks up this machine's name in DNS, which takes long without one.
            "HOSTNAME_CALLABLE": "socket.gethostname",
            "EXECUTION_API_SERVER_URL": f"{url}/execution/",
            "FERNET_KEY": base64.urlsafe_b64encode(_derived(context, "airflow-fernet")).decode(),
            "SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{u}:{role}" for u, role in USERS.items()),
            "SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        },
        "DATABASE": {
            "SQL_ALCHEMY_CONN": database.replace("postgresql:", "postgresql+psycopg2:", 1),
            "SQL_ALCHEMY_CONN_ASYNC": database.replace("postgresql:", "postgresql+asyncpg:", 1),
        },
        "LOGGING": {
            "BASE_LOG_FOLDER": str(home / "logs"),
            "COLORED_CONSOLE_LOG": "False",
        },
        "API": {
            "BASE_URL": url,
            "HOST": "127.0.0.1",
            "PORT": str(context.ports["airflow"]),
            "WORKERS": "1",
            "SECRET_KEY": _derived(context, "airflow-api").hex(),
            "INSTANCE_NAME": "FieldDay (sandbox)",
        },
        # Signed with SHA-512, which needs 64 characters.
        "API_AUTH": {"JWT_SECRET": _derived(context, "airflow-jwt").hex()},
        # A killed worker or scheduler is noticed, and its task runs again, within a minute.
        "SCHEDULER": {
            "JOB_HEARTBEAT_SEC": "2",
            "SCHEDULER_IDLE_SLEEP_TIME": "0.5",
            "SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
            "ORPHANED_TASKS_CHECK_INTERVAL": "10",
            "TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
            "TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
            "TRIGGER_TIMEOUT_CHECK_INTERVAL": "5",
            "TASK_QUEUED_TIMEOUT": "120",
            "TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "20",
            "ENABLE_HEALTH_CHECK": "False",
        },
        # An event or answer waits until the worker has noticed that its task was deferred.
        "WORKERS": {"MIN_HEARTBEAT_INTERVAL": "1"},
        "TRIGGERER": {"JOB_HEARTBEAT_SEC": "2", "TRIGGERER_HEALTH_CHECK_THRESHOLD": "15"},
        # A file that changed is parsed within a second. Changes of its imports are
        # not detected: for those, it is parsed again every two minutes.
        "DAG_PROCESSOR": {
            "REFRESH_INTERVAL": "5",
            "BUNDLE_REFRESH_CHECK_INTERVAL": "2",
            "MIN_FILE_PROCESS_INTERVAL": "120",
            "PARSING_PROCESSES": "1",
        },
    }
    return {
        "AIRFLOW_HOME": str(home),
        **{f"AIRFLOW__{s}__{key}": v for s, keys in settings.items() for key, v in keys.items()},
    }


def _connections(context: Context) -> dict[str, str]:
    connections: dict[str, dict[str, object]] = {
        "KUBERNETES": {
            "conn_type": "kubernetes",
            "extra": {
                "in_cluster": False,
                "kube_config_path": str(context.layout.kubeconfigs / "releaser.yaml"),
            },
        },
        "AWS": {
            "conn_type": "aws",
            "login": moto.ACCESS_KEY_ID,
            "password": moto.SECRET_ACCESS_KEY,
            "extra": {"endpoint_url": context.ports.url("moto"), "region_name": moto.REGION},
        },
        "PROMETHEUS": _http(context, "victoria-metrics"),
        "EDGE": _http(context, "edge"),
        "REGISTRY": _http(context, "registry"),
        "PUSHGATEWAY": {
            **_http(context, "victoria-metrics"),
            "extra": {"path": "/api/v1/import/prometheus"},
        },
        # What signs approvals: known to the components alone, which users are not.
        "APPROVALS": {"conn_type": "generic", "password": context.secrets["approvals"]},
    }
    return {f"AIRFLOW_CONN_{name}_DEFAULT": json.dumps(c) for name, c in connections.items()}


def _http(context: Context, port: str) -> dict[str, object]:
    return {"conn_type": "http", "schema": "http", "host": "127.0.0.1", "port": context.ports[port]}


def _tools(context: Context) -> dict[str, str]:
    """What the pipelines' programs need: the same as a shell, but with their own permissions."""
    path = (str(context.layout.bin), str(context.python.parent), os.environ.get("PATH", ""))
    return {
        **exports(context),
        "PATH": os.pathsep.join(path),
        "PYTHONPATH": str(CHECKOUT),
        "KUBECONFIG": str(context.layout.kubeconfigs / "releaser.yaml"),
        "FIELDDAY_APPROVERS": "approver,admin",
        "FIELDDAY_SOURCE_ROOTS": str(context.layout.sources),
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
    }
