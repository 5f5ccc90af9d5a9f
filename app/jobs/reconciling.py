"""Once a day with each peer: what it publishes of its agencies is learnt, and the ledgers are compared and mended."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID

from app.domain.actors.actor import SYSTEM
from app.domain.exchange import adopting, directory, hearing, ledger, messages, peers
from app.domain.exchange.ledger import Difference, LedgerCheck
from app.domain.exchange.models import Peer
from app.gateways.files import FileStore
from app.gateways.transports.peer import PeerTransport
from app.jobs import directories, transports
from app.kernel import clock, outbox
from app.kernel.errors import OfficeError
from app.kernel.outbox import Claim
from interchange import ledgers
from interchange.errors import ExchangeRefused, ExchangeUnavailable

NOT_NOW = (OfficeError, ExchangeRefused, ExchangeUnavailable)


def due(_store: FileStore) -> int:
    """Have every peer and axis asked that answers and has not been asked today; how many those are."""
    wanted = [one for one in peers.every() if one.profile == "peer" and not _is_compared(one)]
    return sum(peers.call(one.id) for one in wanted) + adopting.call()


def daily(job: Claim) -> None:
    """Compare yesterday with one peer. Who does not answer is asked again an hour later."""
    with suppress(*NOT_NOW):
        peer = peers.peer(UUID(job.payload["peer_id"]))
        if not _is_compared(peer):
            compare(peer, clock.office_day() - timedelta(days=1))
    with outbox.settle(job):
        pass


def compare(peer: Peer, day: date) -> LedgerCheck:
    """Compare one day with one peer. Errors: ExchangeUnavailable, ExchangeRefused, Missing."""
    transport = transports.to(peer, directory.speaker(peer.id))
    assert isinstance(transport, PeerTransport)  # noqa: S101 - only these have ledgers
    directory.learn(peer.id, transport.directory())  # new keys first: what they signed is asked for below
    ours = ledger.entries(peer.id, day)
    theirs, entries = transport.ledger(day.isoformat(), ours)
    found = ledger.differences(peer.id, day, entries) if theirs != ledgers.root(ours) else []
    for one in found:
        _mend(peer, one)
    return ledger.keep(peer.id, day, theirs=theirs, found=found)


def _mend(peer: Peer, difference: Difference) -> None:
    """What one side lacks is fetched or told again; what nobody can explain is only listed."""
    if difference.act == "tell":
        ledger.tell_again(difference.entry)
    delivery = ledger.delivery_of(difference.entry) if difference.act == "ask" else None
    if delivery is not None:
        envelope = messages.envelope(delivery.id)
        answer = transports.to(peer, envelope.sender).ask(envelope, delivery.made_at)
        for receipt in answer.receipts if answer else ():
            hearing.hear(SYSTEM, receipt)


def _is_compared(peer: Peer) -> bool:
    """Whether there was a comparison with a peer today."""
    last = next((one.at for one in ledger.checks(peer.id, limit=1)), None)
    return last is not None and clock.office_day(last) == clock.office_day()


HANDLERS: dict[str, Callable[[Claim], None]] = {"exchange.compare": daily, **directories.HANDLERS}
