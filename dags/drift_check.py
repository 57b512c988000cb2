"""
# Drift check

Each night, for each environment: does AWS still match Terraform's state, and was the configuration
applied? Nothing is changed.

| step | what happens | when it fails |
| --- | --- | --- |
| `environments` | finds the environments of the Terraform root | set FIELDDAY_TERRAFORM_ROOT |
| `check_for_drift` | for each environment: plans, separates drift from changes that were not applied, pushes metrics, notifies | an error, and not drift: fix the permission, variable or provider that it names |

**Drift** is what a plan with `-refresh-only` finds: changed or removed outside of Terraform. Each
resource is reported with its attributes, and with who changed it where CloudTrail knows. Undo it
with `provision` (mode apply), or add it to the configuration.

**Not applied** is what a normal plan would change besides: the configuration was changed, and
nobody has provisioned since.

An environment whose lock a run of `provision` holds, or that was never provisioned, is not
checked; its task is skipped and says why.

**Metrics**, pushed by environment: `fieldday_drift_resources`, `fieldday_drift_pending_changes`,
`fieldday_drift_check_success` and `fieldday_drift_checked_timestamp_seconds`.

**By hand**, in the root module's folder:

```
terraform init -reconfigure -backend-config=environments/<environment>.s3.tfbackend
terraform plan -refresh-only -var-file=environments/<environment>.tfvars
```
"""  # noqa: E501

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import DAG

from fieldday.airflow.drift_check.tasks import check_for_drift, environments
from fieldday.airflow.retries import FieldDayRetries

with DAG(
    dag_id="drift_check",
    description="Check for changes made outside of Terraform, each night",
    doc_md=__doc__,
    schedule="17 3 * * *",
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001 - Airflow reads it as UTC
    catchup=False,
    tags=["infrastructure", "nightly"],
    max_active_runs=1,
    # One is enough for two cores, and for the limits of AWS's API.
    max_active_tasks=1,
    default_args={
        "owner": "platform",
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "retry_policy": FieldDayRetries(),
        "execution_timeout": timedelta(minutes=30),
    },
) as dag:
    check_for_drift.expand(environment=environments())
