"""The one place where this library's errors become Airflow's retries."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import Context, RetryDecision, RetryPolicy

from fieldday.errors import Permanent, Retryable


class FieldDayRetries(RetryPolicy):
    """`Permanent` fails at once, `Retryable` is tried again after its delay.

    Anything else, a killed worker among it, is tried again after the task's own delay. The
    task's number of retries holds in every case.
    """

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,  # noqa: ARG002 - Airflow's signature
        max_tries: int,  # noqa: ARG002
        context: Context | None = None,  # noqa: ARG002
    ) -> RetryDecision:
        """Decide by the kind of error."""
        if isinstance(exception, Permanent):
            return RetryDecision.fail(str(exception))
        if isinstance(exception, Retryable):
            return RetryDecision.retry(timedelta(seconds=exception.delay), str(exception))
        return RetryDecision.default()
