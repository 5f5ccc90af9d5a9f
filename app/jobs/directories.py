"""Once a day with each axis, and when asked: whom it reaches is taken up here (cập nhật danh bạ)."""

import logging
from collections.abc import Callable
from uuid import UUID

from app.domain.exchange import adopting, mailboxes
from app.jobs import transports
from app.kernel import outbox
from app.kernel.errors import OfficeError
from app.kernel.outbox import Claim
from interchange.errors import ExchangeRefused, ExchangeUnavailable

NOT_NOW = (OfficeError, ExchangeRefused, ExchangeUnavailable)
log = logging.getLogger(__name__)


def take_up(job: Claim) -> None:
    """Keep the directory of one axis. Twice is harmless: nothing is new then.

    It is asked in the name of each of our agencies there, until one is answered. Who is not is asked again an hour
    later.
    """
    peer_id = UUID(job.payload["peer_id"])
    for box in mailboxes.of_peer(peer_id):
        try:
            adopting.adopt(peer_id, transports.mailbox(box).directory())
        except NOT_NOW as trouble:
            log.warning("the directory of an axis was not taken up: %s", trouble.code)
        else:
            break
    with outbox.settle(job):
        pass


HANDLERS: dict[str, Callable[[Claim], None]] = {"exchange.list": take_up}
