"""`python3 -m app bench studio`: what a draft would do to 10,000 open cases, and drawing a diagram for staff."""

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select

from app.cli import demo
from app.cli.bench_engine import Result, machine, tell
from app.cli.bench_migration import office
from app.domain.access import queries as access
from app.domain.actors.actor import Actor
from app.domain.actors.models import Person
from app.domain.cases import drafting, impact, rollouts
from app.domain.cases.models import Case
from app.domain.documents.models import Document
from app.domain.procedures import drafts
from app.domain.procedures.drafts import Subject
from app.engine import diagram
from app.kernel.db import db, transaction

CASES, BATCH, TIMES = 10_000, 1_000, 25
MOST_SECONDS, MOST_MS = 10.0, 5.0
_KEY = "outgoing_document"


def main(argv: list[str]) -> int:
    """Print the numbers beside their limits; 1 when one is over."""
    parser = ArgumentParser(prog="python3 -m app bench studio", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--cases", type=int, default=CASES)
    given = parser.parse_args(argv)
    with office():
        results = [_drawn(), *_foreseen(given.cases)]
    return tell(results, f"{machine()}; wall clock, SQLite", as_json=given.json)


def _drawn() -> Result:
    """The largest diagram of the library, as a page shows it."""
    largest = max(Path("processes/common").glob("*/process.bpmn"), key=lambda path: path.stat().st_size)
    xml, spent = largest.read_bytes(), []
    for _ in range(TIMES):
        begun = process_time()
        diagram.render(xml, title="")
        spent.append((process_time() - begun) * 1000)
    return Result("drawing a diagram for staff", median(spent), "ms", MOST_MS, None, f"CPU; {largest.parent.name}")


def _foreseen(number: int) -> Iterator[Result]:
    world = demo.read("2017")
    drafter, administrator = (_actor(name) for name in (world["tour"]["drafter"], _administrator(world)))
    case = drafting.start_outgoing(drafter, procedure=_KEY)
    _copy(case, number - 1)
    made = drafts.save_draft(administrator, Subject("procedure", _KEY, "common"), {"parameters": {"check_days": 9}})
    draft_id = made.id
    db.session.remove()
    begun = perf_counter()
    impact.ask(administrator, draft_id, {})
    rollout = rollouts.of_draft(draft_id)
    found = None if rollout is None else impact.look(rollout.id, rollout.impact["run"])
    while found is not None and impact.do_next(found):
        pass
    spent = perf_counter() - begun
    told: dict[str, Any] = {} if rollout is None else rollout.impact
    yield Result(f"what a draft does to {number} open cases", spent, "s", MOST_SECONDS, None, f"{told['done']} seen")


def _actor(sign_in: str) -> Actor:
    return access.actor_of(db.session.scalars(select(Person.id).where(Person.sign_in == sign_in)).one())


def _administrator(world: Mapping[str, Any]) -> str:
    return str(next(one["sign_in"] for one in world["posts"] if one["role"] == "administrator"))


def _copy(case: Case, number: int) -> None:
    """More cases that stand where this one stands."""
    pinned: dict[str, UUID] = {"version_id": case.version_id, "unit_id": case.unit_id}
    rest = {"state": case.state, "passed": case.passed, "status": "open", "row_version": 1}
    for first in range(0, number, BATCH):
        size = min(BATCH, number - first)
        documents = [
            {"id": uuid4(), "direction": "outgoing", "unit_id": case.unit_id, "state": "draft"} for _ in range(size)
        ]
        with transaction() as session:
            session.execute(insert(Document), documents)
            session.execute(insert(Case), [{**pinned, **rest, "document_id": one["id"]} for one in documents])
