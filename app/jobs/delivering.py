"""Bringing messages to their recipients: one in this deployment, or several at a time to a peer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from time import monotonic
from uuid import UUID

from flask import current_app

from app.domain.actors.actor import SYSTEM
from app.domain.exchange import hearing, messages, peers, receiving, sending, successors
from app.domain.exchange.models import Peer
from app.domain.exchange.sending import Failure, Try
from app.gateways.files import FileStore
from app.gateways.transports.protocol import Answer, Transport
from app.jobs import transports
from app.kernel import outbox
from app.kernel.db import attempt, transaction
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing, OfficeError, TooLarge
from app.kernel.outbox import Claim
from interchange.envelope import Envelope
from interchange.errors import ExchangeRefused, ExchangeUnavailable
from interchange.receipts import Receipt
from interchange.wire import INLINE

NEVER = (ExchangeRefused, Invalid, Conflict, Missing, Forbidden, TooLarge)
"""What the other side says of a message that it will never take."""
Refused = ExchangeRefused | OfficeError


@dataclass(frozen=True)
class _Letter:
    """A message that may go now."""

    job: Claim
    made: Try
    envelope: Envelope

    @property
    def size(self) -> int:
        """The bytes of its files."""
        return sum(one.size for one in self.envelope.files)


@dataclass(frozen=True)
class _Outcome:
    """What the other side said to a message, or that it said nothing; `milliseconds` it took."""

    letter: _Letter
    said: Answer | ExchangeUnavailable | Refused
    milliseconds: int


def deliver(job: Claim) -> None:
    """Bring one message to one recipient. Twice is harmless: a duplicate gets the original receipt."""
    deliver_some([job])


def deliver_some(jobs: Sequence[Claim], heard: Callable[[], None] = lambda: None) -> None:
    """Bring messages to recipients behind one peer; `heard` is called whenever that has answered.

    Small ones are promised and receipted together. After a silence, and for each large one, what is left begins anew.
    """
    to = cache(transports.to)
    left = sorted(jobs, key=lambda one: one.payload["about"])  # cases are locked in one order by everybody
    while left:
        begun = _begun(left)
        for letter in begun:
            if letter.made.peer is None:
                _hand_over(letter)
        letters = sorted((one for one in begun if one.made.peer is not None), key=lambda one: one.size)
        outcomes = list[_Outcome]()
        for letter in letters:
            if outcomes and (letter.size > INLINE or isinstance(outcomes[-1].said, ExchangeUnavailable)):
                break
            outcomes.append(_outcome(letter, to))
            heard()
        _keep(outcomes)
        left = [one.job for one in letters[len(outcomes) :]]


def _begun(jobs: Sequence[Claim]) -> list[_Letter]:
    """Those that may go now. Whoever learns meanwhile that the peer is back finds the others waiting."""
    with transaction():
        sending.hold([UUID(one.payload["delivery_id"]) for one in jobs])
        return [one for one in map(_begin, jobs) if one is not None]


def _begin(job: Claim) -> _Letter | None:
    made = sending.begin(UUID(job.payload["delivery_id"]))
    if isinstance(made, timedelta):
        outbox.retry(job, error="delivery.waits", pause=made)
        return None
    if made is not None:
        try:
            return _Letter(job, made, messages.envelope(made.delivery_id))
        except NEVER as refusal:
            _note_refused(made, refusal, milliseconds=0)
    _settle(job)
    return None


def _hand_over(letter: _Letter) -> None:
    """Within this deployment: received and receipted in one transaction, which has the sending case only at its end."""
    try:
        with outbox.settle(letter.job):
            receipt = receiving.receive(SYSTEM, letter.envelope)
            _take(letter.made, [receipt], milliseconds=0)
    except NEVER as refusal:
        with outbox.settle(letter.job):
            _note_refused(letter.made, refusal, milliseconds=0)


def _outcome(letter: _Letter, to: Callable[[Peer, str], Transport]) -> _Outcome:
    started = monotonic()
    said: Answer | ExchangeUnavailable | Refused
    try:
        said = _carried(letter, to)
    except (ExchangeUnavailable, *NEVER) as failure:
        said = failure
    return _Outcome(letter, said, int((monotonic() - started) * 1000))


def _carried(letter: _Letter, to: Callable[[Peer, str], Transport]) -> Answer:
    """Ask first where that saves bytes, or what was sent before may be there. Errors: ExchangeUnavailable, `NEVER`."""
    made, envelope = letter.made, letter.envelope
    assert made.peer is not None  # noqa: S101 - no letter is made of what stays here
    transport = to(made.peer, envelope.sender)
    if made.is_doubtful:
        known = transport.ask(envelope, made.since)
        peers.note_answer(made.peer.id)  # it is there: what waits for it need not wait for the files of this one
    else:
        known = transport.preflight(envelope)
    store: FileStore = current_app.extensions["files"]
    return known or transport.send(envelope, store.path)


def _keep(outcomes: Sequence[_Outcome]) -> None:
    """Write down what was said to each, in one transaction."""
    with transaction():
        sending.hold([one.letter.made.delivery_id for one in outcomes])
        for one in outcomes:
            _note(one)


def _note(outcome: _Outcome) -> None:
    letter, said = outcome.letter, outcome.said
    try:
        if isinstance(said, Answer):
            _note_answer(letter, said, outcome.milliseconds)
        elif isinstance(said, ExchangeUnavailable):
            raise said
        else:
            _note_refused(letter.made, said, outcome.milliseconds)
            _settle(letter.job)
    except ExchangeUnavailable as silence:
        failure = Failure(silence.code, outcome.milliseconds, silence.again_in, silence.is_ambiguous)
        outbox.retry(letter.job, error=silence.code, pause=sending.note_silence(letter.made, failure))


def _note_answer(letter: _Letter, said: Answer, milliseconds: int) -> None:
    """Keep what the other side gave; a receipt that is not true is none, and the message is asked about again.

    What an axis has, it brings further: the job only looks now and then whether its time is over.
    """
    if said.receipts:
        try:
            with attempt():
                _take(letter.made, said.receipts, milliseconds)
        except NEVER as lie:
            raise ExchangeUnavailable(lie.code, is_ambiguous=True) from lie
        _settle(letter.job)
    elif said.reference:
        pause = sending.note_handed(letter.made, said.reference, milliseconds=milliseconds)
        outbox.retry(letter.job, error="delivery.handed", pause=pause)
    else:
        raise ExchangeUnavailable("peer.nonsense", is_ambiguous=True)


def _take(made: Try, receipts: Sequence[Receipt], milliseconds: int) -> None:
    sending.note_made(made, milliseconds=milliseconds)
    for receipt in receipts:
        hearing.hear(SYSTEM, receipt)
    sending.conclude(SYSTEM, made)


def _note_refused(made: Try, refusal: Refused, milliseconds: int) -> None:
    sending.note_refused(SYSTEM, made, Failure(refusal.code, milliseconds))
    if refusal.code == sending.ABOLISHED:
        successors.heed(made.delivery_id, refusal.data)


def _settle(job: Claim) -> None:
    with outbox.settle(job):
        pass
