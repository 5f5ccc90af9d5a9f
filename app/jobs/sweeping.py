"""Tidying the store of files: what killed processes left, and what was kept for a document that then never named it."""

from datetime import timedelta

from app.domain.cases import commands as cases
from app.domain.cases import queries as case_queries
from app.domain.documents import queries as documents
from app.domain.exchange import queries as exchange
from app.domain.signatures import queries as signatures
from app.domain.signers import queries as signers
from app.gateways.files import FileStore
from app.gateways.partial import Partials
from app.kernel import clock

LEFTOVERS_AFTER = timedelta(hours=1)
GRACE = timedelta(days=7)


def stalled(_store: FileStore) -> int:
    """Look at open cases that wait for nobody and nothing; how many those were."""
    found = case_queries.unwaiting()
    for case_id in found:
        cases.look_at(case_id)
    return len(found)


def leftovers(store: FileStore) -> int:
    """Remove work in progress whose process was killed; how many things that were."""
    return store.sweep(LEFTOVERS_AFTER.total_seconds()) + Partials(store).sweep()


def unclaimed(store: FileStore) -> int:
    """Remove files that nothing has named for a week; how many those were.

    Files from before or after everything this database knows belong to another one's time (a new database on an old
    folder, a restored backup): those are left alone.
    """
    period = documents.period_of_files()
    if period is None:
        return 0
    first, last = period
    since, until = first.timestamp(), min(last, clock.now() - GRACE).timestamp()
    old = list(store.names(since, until))
    claimed = documents.claimed_files() | signatures.claimed_files() | signers.claimed_files()
    claimed |= exchange.claimed_files()
    return sum(store.discard(name, until) for name in old if name not in claimed)
