"""What cases have to tell each other."""

from collections.abc import Callable
from uuid import UUID

from app.domain.cases import children
from app.kernel import outbox
from app.kernel.outbox import Claim


def report_end(job: Claim) -> None:
    """Tell the case that started another one that it has ended. Twice is harmless: a call is answered once."""
    with outbox.settle(job):
        children.report_end(UUID(job.payload["about"]))


HANDLERS: dict[str, Callable[[Claim], None]] = {"cases.report_end": report_end}
