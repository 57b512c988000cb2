"""To pay for a booking, once for each idempotency key however often it is asked for."""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC, datetime
from uuid import UUID

from msgspec.structs import replace

from reference import logs
from reference.documents import TakenError
from reference.domain import bookings as rules
from reference.domain import provider
from reference.domain.bookings import NotAllowedError, Step
from reference.domain.provider import PaymentToken
from reference.found import adult, changed, found, own
from reference.lenient import Lenient
from reference.notices import Notice, notify
from reference.operations import Access, Answer, Call
from reference.problems import Problem
from reference.services.payments.offered import operations
from reference.services.payments.records import Booking, Payment, bookings, payments
from reference.values import Input, Key, Record


class NewPayment(Input, frozen=True):
    """What to pay with: the token that the provider's form gave for a card."""

    token: PaymentToken


@operations.post("/v1/bookings/{booking}/payment", access=Access.USER, status=200, audited=True)
async def pay(call: Call, booking: UUID, body: NewPayment, key: Key) -> Answer[Record[Booking]]:
    """Pay for one's booking. The same again by the same key pays once."""
    adult(call, "pay")
    record = own(await bookings(call.service).get(booking), call)
    payment = await _begin(call, record, body.token, key)
    if payment.data.state == "begun":
        payment = await _charge(call, record, payment, body.token)
    if payment.data.state == "given back":
        raise Problem(409, "The booking was changed in this moment. Nothing was paid; look at it.")
    if payment.data.declined is not None:
        detail = f"The payment was declined ({payment.data.declined}). Pay with something else."
        raise Problem(402, detail, reason=payment.data.declined)
    lenient = Lenient()
    notice = Notice(call.user, "email", "Paid", "Your booking is paid. See you there.")
    await lenient.ask(notify(call.service, notice, key=f"paid:{booking}"))
    paid = own(await bookings(call.service).get(booking), call)
    return Answer(paid, lenient.headers)


async def _begin(call: Call, record: Record[Booking], token: str, key: str) -> Record[Payment]:
    """The payment of this key. Raises Problem: 409 nothing to pay, 422 the key was for another."""
    digest = hashlib.sha256(f"{record.id} {token}".encode()).hexdigest()
    own_key = f"{call.user}:{key}"
    kept = await payments(call.service).of_key(own_key)
    if kept is None:
        try:
            rules.after(record.data.state, Step.PAY)
        except NotAllowedError as e:
            raise Problem(409, str(e)) from e
        payment = Payment(record.id, record.data.price_cents, digest)
        try:
            return await payments(call.service).add(payment, owner=call.user, key=own_key)
        except TakenError:
            kept = changed(await payments(call.service).of_key(own_key))
    if kept.data.digest != digest:
        detail = "Idempotency-Key: was given for another payment. Give each its own."
        raise Problem(422, detail)
    return kept


async def _charge(
    call: Call, record: Record[Booking], payment: Record[Payment], token: str
) -> Record[Payment]:
    """Charge the token. The provider does so once for a payment's id, so this may be repeated."""
    charged = provider.charge(token)
    if charged.declined is not None:
        call.service.metrics.payment_failed(charged.declined)
        # An alert counts this event: terraform/modules/monitoring.
        logs.event("payment failed", logging.WARNING, reason=charged.declined)
        after = replace(payment.data, state="declined", declined=charged.declined)
    elif await _mark_paid(call, record.id, payment.id):
        after = replace(payment.data, state="paid")
    else:
        # It was paid by another key, or ended: what was charged just now goes back.
        logs.event("payment given back", logging.WARNING, booking=str(record.id))
        after = replace(payment.data, state="given back")
    kept = payments(call.service)
    # None: the same request came at the same moment, and found the same.
    return await kept.change(payment, after) or found(await kept.get(payment.id))


async def _mark_paid(call: Call, booking: UUID, payment: UUID) -> bool:
    """Whether the booking is paid by this payment, from now on or already."""

    def paid(current: Booking) -> Booking | None:
        if current.payment == payment:
            return current
        try:
            state = rules.after(current.state, Step.PAY)
        except NotAllowedError:
            return None
        return replace(current, state=state, paid_at=datetime.now(UTC), payment=payment)

    return await bookings(call.service).update(booking, paid) is not None
