"""The ways to a user, simulated: nothing leaves the machine.

The real ones are APNs, FCM, an email relay and Twilio.
"""

from __future__ import annotations

SOURCE = "simulated"
# After so many it is given up.
TRIES = 5
_FIRST_WAIT_SECONDS = 2.0
_LONGEST_WAIT_SECONDS = 300.0


def deliver(channel: str, address: str | None) -> bool:
    """Whether it arrived. As with mail providers' test addresses, `bounce@` never does.

    https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
    """
    return not (channel == "email" and address is not None and address.startswith("bounce@"))


def wait_seconds(tries: int) -> float:
    """How long to wait after so many tries that failed."""
    return min(_FIRST_WAIT_SECONDS * 3.0 ** (tries - 1), _LONGEST_WAIT_SECONDS)
