"""Bringing receipts back to the senders of messages: one in this deployment, or several at a time to a peer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from time import monotonic
from uuid import UUID

from app.domain.actors.actor import SYSTEM
from app.domain.exchange import hearing, messages, peers, reporting, sending
from app.domain.exchange.models import Peer, StatusReport
from app.domain.exchange.statuses import TO_BE_FETCHED
from app.domain.orgunits import queries as orgunits
from app.gateways.transports.protocol import Transport
from app.jobs import doing, transports
from app.kernel import clock, outbox
from app.kernel.db import transaction
from app.kernel.errors import Invalid, OfficeError, Unavailable
from app.kernel.outbox import Claim
from interchange.edxml.letters import About
from interchange.errors import ExchangeRefused, ExchangeUnavailable
from interchange.receipts import Receipt


@dataclass(frozen=True)
class _News:
    """A receipt that may be brought now, in the name of which agency of ours (its code), and what it is about."""

    job: Claim
    report_id: UUID
    agency: str
    receipt: Receipt
    about: About


def tell(job: Claim) -> None:
    """Bring one receipt back to the sender. Twice is harmless: a receipt is heard once."""
    tell_some([job])


def tell_some(jobs: Sequence[Claim], heard: Callable[[], None] = lambda: None) -> None:
    """Bring receipts back to senders behind one peer, in this order; `heard` is called whenever that has answered.

    After a silence what is left begins anew.
    """
    to = cache(transports.to)
    reports = reporting.reports_to_tell([_id(one) for one in jobs])
    peer_id = reports[_id(jobs[0])].arrival.peer_id
    if peer_id is None:
        for job in jobs:
            _hear(job, reports[_id(job)])
        return
    peer = peers.peer(peer_id)
    if peer.way == "it_fetches":
        for job in jobs:
            _let_wait(job, reports[_id(job)])
        return
    left = [_news(one, reports[_id(one)]) for one in jobs]
    while left and _may_go(peer.id, left):
        failures = list[OfficeError | None]()
        for news in left:
            failures.append(_brought(peer, news, to))
            if isinstance(failures[-1], Unavailable):
                break
            heard()
        _note(peer.id, list(zip(left, failures, strict=False)))
        left = left[len(failures) :]


def _news(job: Claim, report: StatusReport) -> _News:
    agency = orgunits.unit(report.arrival.recipient_id).code
    return _News(job, report.id, agency, reporting.receipt_of(report), transports.about(report.arrival))


def _hear(job: Claim, report: StatusReport) -> None:
    """Within this deployment."""
    receipt = reporting.receipt_of(report)
    with outbox.settle(job):
        hearing.hear(SYSTEM, receipt)
        reporting.note_told(report.id)


def _let_wait(job: Claim, report: StatusReport) -> None:
    """The sender fetches it; this job only looks now and then whether it has, and is given up when it never does."""
    if report.told_at is not None:
        with outbox.settle(job):
            return
    if clock.now() - job.made_at > messages.LIFETIME:
        doing.give_back(job, Unavailable("peer.never_fetched"))
    else:
        outbox.retry(job, error=TO_BE_FETCHED, pause=sending.LATER)


def _may_go(peer_id: UUID, left: Sequence[_News]) -> bool:
    """Whether the peer may be tried; whoever learns meanwhile that it is back finds these waiting, and hurries them."""
    with transaction():
        until = peers.admit(peer_id)
        if until is not None:
            for one in left:
                outbox.retry(one.job, error="delivery.waits", pause=until - clock.now())
    return until is None


def _brought(peer: Peer, news: _News, to: Callable[[Peer, str], Transport]) -> OfficeError | None:
    """Why a receipt was not brought: Unavailable after a silence, which is noted, or Invalid; None when it was."""
    started = monotonic()
    try:
        to(peer, news.agency).tell(news.receipt, news.about)
    except ExchangeUnavailable as silence:
        until = peers.note_silence(peer.id, milliseconds=int((monotonic() - started) * 1000))
        pause = peers.pause_after(1) if silence.again_in is None else timedelta(seconds=silence.again_in)
        pause = max(pause, until - clock.now()) if until else pause
        return Unavailable(silence.code, again_in=pause.total_seconds())
    except ExchangeRefused as refusal:
        return Invalid(refusal.code, **refusal.data)
    return None


def _note(peer_id: UUID, outcomes: Sequence[tuple[_News, OfficeError | None]]) -> None:
    """Write down what was heard, in one transaction; the others are given back."""
    with transaction():
        for news, failure in outcomes:
            if failure is None:
                with outbox.settle(news.job):
                    reporting.note_told(news.report_id)
        if not isinstance(outcomes[-1][1], Unavailable):
            peers.note_answer(peer_id)
    for news, failure in outcomes:
        if failure is not None:
            doing.give_back(news.job, failure)


def _id(job: Claim) -> UUID:
    return UUID(job.payload["report_id"])
