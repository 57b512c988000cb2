"""
# Release

Releases a set of FieldDay's services to production: built once, tried in staging, approved by a
person, and put before users in steps that are each judged. A bad version is taken back by itself.

| step | what happens | when it fails |
| --- | --- | --- |
| `plan` | checks the form, finds what would change | nothing was touched: mend the form's value that it names |
| `lint_and_unit_tests` | the checks that the source declares: lint and unit tests; none without a source | mend the source, release again |
| `build_and_push` | builds each image reproducibly, pushes it by digest | a tag never changes: give another version |
| `scan` | dependencies, secrets, Dockerfile, code; says what it could not scan, such as an image of another source | mend the finding; staging may have the version by then |
| `deploy_staging` | rolls staging to the images | staging is put back |
| `test_staging` | end-to-end tests through the edge | production was not touched |
| `approve` | a person decides on a card; no answer counts as Reject | production was not touched |
| `rollout` | production, service by service, dependencies first; every step judged by PromQL | all is put back at once |
| `verify` | production runs the target, users get it, and the end-to-end tests pass there too | `restore_stable` puts it back |
| `restore_stable` | the safety net, also when the run is stopped by hand | `helm rollback` (below) |
| `record_evidence` | one JSON record of all this in the reports bucket | clear the task to write it again |

**Strategies.** *canary*: a small candidate gets 10, 50, 100 % of the requests, then stable takes
the version over. *blue-green*: a candidate of full size is tested on its preview host, gets all
requests at once, and stable stays warm until it takes over. *rolling*: stable's pods are replaced
one by one. What was never released is installed.

**The gate** compares with the limits (errors 1 %, p95 500 ms, no restart) and with stable at the
same moment. It ends a step early when the evidence is clear. No data never promotes.

**When something is killed** (a worker, the scheduler): nothing to do. Each change is one Helm
revision that says what it is, and the retried task goes on from there. `helm history
fieldday-api --namespace production` is the log.

**By hand, at any time:** `helm rollback fieldday-api <revision> --namespace production`. The run
sees that and keeps its hands off.
"""  # noqa: E501

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, TriggerRule

from fieldday.airflow.approval import ReleaseApproval
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
    description="Release services to production: staged, approved, judged, undone when bad",
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
        approvers=settings.approvers,
    )
    # Killed at any point, it goes on from the cluster; and another run may have the lock for
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

    # A version's image is there only if its source was found good.
    checked >> images >> staged >> tested
    [scanned, tested] >> approved >> rolled_out >> verified
    [rolled_out, verified] >> restored >> recorded
