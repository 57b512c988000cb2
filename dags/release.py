"""
# Release

Releases a set of FieldDay's services to production: built once, tested in staging, approved by a
person, and rolled out in steps that are analyzed one by one. A bad version is rolled back
automatically.

| step | what happens | when it fails |
| --- | --- | --- |
| `plan` | checks the form, finds what would change | nothing was changed: fix the form's value that it names |
| `lint_and_unit_tests` | the checks that the source declares: lint and unit tests; none without a source | fix the source, release again |
| `build_and_push` | builds each image reproducibly, pushes it by digest | a tag never moves: use another version |
| `scan` | dependencies, secrets, Dockerfile, code; lists what it could not scan, such as an image of another source | fix the finding; staging may run the version by then |
| `deploy_staging` | rolls the images out to staging | staging is rolled back |
| `test_staging` | end-to-end tests through the edge | production was not touched |
| `approve` | requests a person's approval; no answer counts as Reject | production was not touched |
| `rollout` | production, service by service, dependencies first; every step analyzed by PromQL | the whole set is rolled back at once |
| `verify` | production runs the target, users reach it, and the end-to-end tests pass there too | `restore_stable` rolls it back |
| `restore_stable` | the safety net, also when the run is stopped by hand | `helm rollback` (below) |
| `record_evidence` | one JSON record of all this in the reports bucket | clear the task to write it again |

**Strategies.** *canary*: a small candidate gets 10, 50 and 100 % of the requests, then stable is
updated to its version. *blue-green*: a candidate of full size is tested on its preview host, gets
all requests at once, and stable stays warm until it is updated. *rolling*: stable's pods are
replaced one by one. A service that was never released is installed.

**The gate** compares the new version with the limits (errors 1 %, p95 500 ms, no restart) and with
stable at the same moment. It ends a step early when the evidence is clear. No data never promotes.

**When something is killed** (a worker, the scheduler): nothing to do. Each change is one Helm
revision whose description says what it is, and the retried task resumes from there. The history
is the log of the release:

```
helm history fieldday-api --namespace production
```

**By hand, at any time:** roll back to one of its revisions. The run detects that and changes
nothing more.

```
helm rollback fieldday-api <revision> --namespace production
```
"""  # noqa: E501

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, TriggerRule

from fieldday.airflow.release.approval import ReleaseApproval
from fieldday.airflow.release.form import params
from fieldday.airflow.release.record import record_evidence
from fieldday.airflow.release.rollout import RestoreStableOperator, RolloutOperator
from fieldday.airflow.release.tasks import (
    build_and_push,
    lint_and_unit_tests,
    plan,
    scan,
    test_staging,
    verify,
)
from fieldday.airflow.retries import FieldDayRetries
from fieldday.settings import Settings

settings = Settings.from_env()

with DAG(
    dag_id="release",
    description="Release services to production: staged, approved, analyzed, rolled back when bad",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    params=params(settings),
    tags=["release", "production"],
    # Many may wait for a person; each service has a lock.
    max_active_runs=16,
    default_args={
        "owner": "platform",
        "retries": 2,
        "retry_delay": timedelta(seconds=5),
        "retry_policy": FieldDayRetries(),
        "execution_timeout": timedelta(minutes=10),
    },
) as dag:
    planned = plan()
    checked = lint_and_unit_tests(planned)
    images = build_and_push(planned)
    scanned = scan(planned, images)
    staged = RolloutOperator(
        task_id="deploy_staging", environment="staging", plan=planned, images=images, retries=20
    )
    tested = test_staging(planned)
    approved = ReleaseApproval(
        task_id="approve",
        plan=planned,
        images=images,
        scan=scanned,
        tests=tested,
        approvers=settings.approvals.approvers,
    )
    # Killed at any point, it resumes from the cluster; and another run may hold the lock for
    # some minutes. So it has more tries than a task that starts over.
    rolled_out = RolloutOperator(
        task_id="rollout", plan=planned, images=images, approval=approved.output, retries=20
    )
    verified = verify(planned)
    restored = RestoreStableOperator(
        task_id="restore_stable",
        plan=planned,
        images=images,
        retries=5,
        trigger_rule=TriggerRule.ONE_FAILED,
    )
    # A teardown also runs when a person stops the run, and does not turn a failed run into a
    # successful one. A run that was stopped fails by the last of them.
    restored.is_teardown = True
    recorded = record_evidence().as_teardown(on_failure_fail_dagrun=True)

    # An image exists only if its source passed lint and tests.
    checked >> images >> staged >> tested
    [scanned, tested] >> approved >> rolled_out >> verified
    [rolled_out, verified] >> restored >> recorded
