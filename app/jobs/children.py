"""What the end of a case means to the case that started it."""

from collections.abc import Callable
from uuid import UUID

from app.domain.cases.children import report_end as tell
from app.kernel import outbox
from app.kernel.outbox import Claim


def report_end(job: Claim) -> None:
    """Tell the case that started another one that it has ended. Twice is harmless: a call is answered once."""
    with outbox.settle(job):
        tell(UUID(job.payload["about"]))


HANDLERS: dict[str, Callable[[Claim], None]] = {"cases.report_end": report_end}
