"""
# Provision

Changes an environment's infrastructure: Terraform plans to a file, a person approves exactly that
file, and only that file is applied. One run at a time holds an environment's lock.

| step | what happens | when it fails |
| --- | --- | --- |
| `acquire_lock` | checks the form, acquires the environment's lock | fix the value that it names; or wait for the run that holds the lock |
| `release_stale_lock` | only if a dead run left a lock: requests a person's approval to release it | nothing was changed; the environment stays locked |
| `check` | format and validity of the configuration | fix the file and line that it names |
| `scan` | security, by checkov; says so if it could not scan | fix the finding, or skip it with its reason beside the line |
| `plan` | plans to a file; stores a state that an earlier run could not; imports what an interrupted apply made | fix the variable or permission that it names |
| `approve` | requests a person's approval; no answer until the plan expires counts as Reject | nothing was changed |
| `confirm_data_loss` | only if data would be lost: a person types the resource's address | nothing was changed |
| `apply` | applies that file | what was done is kept, and the next run continues from there |
| `verify` | a second plan is empty; stateful resources answer | check in AWS what it names; provision again |
| `plan_again` | only if the plan expired, the state had changed or the apply was interrupted: starts a new run | provision again by hand |
| `record_evidence` | one JSON record of all this in the reports bucket | clear the task to write it again |
| `release_lock` | releases the environment's lock, removes the plan file | the next run requests approval to release the lock |

**Modes.** *plan* ends after the plan. *apply* makes the environment match the configuration.
*destroy* removes it, or the modules that are named.

**When something is killed.** A worker: Terraform continues without it, and the retried task waits
for it and reports what it did. Terraform too: the next run says how far it came, requests approval
to release its lock, and imports what was made but is not in the state, so nothing is lost or made
twice.

**A state that could not be stored** is kept on the worker, in a file that the error names. The
next run on that machine stores it first.

**By hand.** Plans, states and locks are in the state bucket, by environment. To release
Terraform's lock once its holder, which the error names, is dead, in the root module's folder:

```
terraform init -reconfigure -backend-config=environments/<environment>.s3.tfbackend
terraform force-unlock <id>
```
"""  # noqa: E501

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, TriggerRule

from fieldday.airflow.provision.apply import ApplyOperator, PlanAgainOperator
from fieldday.airflow.provision.approvals import DataLossConfirmation, LockRelease, PlanApproval
from fieldday.airflow.provision.form import params
from fieldday.airflow.provision.record import record_evidence
from fieldday.airflow.provision.tasks import (
    acquire_lock,
    check,
    plan,
    release_lock,
    scan,
    verify,
)
from fieldday.airflow.retries import FieldDayRetries
from fieldday.settings import Settings

settings = Settings.from_env()
approvers = settings.approvals.approvers

with DAG(
    dag_id="provision",
    description="Change infrastructure: planned, approved by checksum, applied, verified",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    params=params(settings),
    tags=["infrastructure", "production"],
    max_active_runs=4,
    default_args={
        "owner": "platform",
        "retries": 2,
        "retry_delay": timedelta(seconds=5),
        "retry_policy": FieldDayRetries(),
        "execution_timeout": timedelta(minutes=30),
    },
) as dag:
    request = acquire_lock.override(retries=4)()
    released = LockRelease(task_id="release_stale_lock", request=request, approvers=approvers)
    checked = check(request)
    scanned = scan(request)
    planned = plan(request)
    approved = PlanApproval(task_id="approve", plan=planned, scan=scanned, approvers=approvers)
    confirmed = DataLossConfirmation(task_id="confirm_data_loss", plan=planned, approvers=approvers)
    # Killed at any point, it finds out what was done.
    applied = ApplyOperator(
        task_id="apply",
        plan=planned,
        approval=approved.output,
        confirmation=confirmed.output,
        retries=5,
    )
    verified = verify(planned)
    # Teardowns also run when a person stops the run, and do not turn a failed run into a
    # successful one.
    again = PlanAgainOperator(task_id="plan_again", trigger_rule=TriggerRule.ONE_FAILED)
    again.is_teardown = True
    recorded = record_evidence().as_teardown()
    unlocked = release_lock(request).as_teardown()

    request >> released >> [checked, scanned] >> planned
    [scanned, planned] >> approved >> confirmed >> applied >> verified
    [applied, verified] >> again >> recorded >> unlocked
