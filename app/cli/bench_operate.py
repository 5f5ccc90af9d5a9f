"""`python3 -m app bench operate`: figures and finding on 10,000 cases of one procedure with 100,000 steps."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from datetime import timedelta
from math import inf
from os import urandom
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select

from app.cli import bench_diagrams as diagrams
from app.cli.bench_engine import Result, machine, tell
from app.cli.bench_migration import office, people, publish
from app.domain.actors.actor import Actor
from app.domain.actors.models import Person
from app.domain.cases import figures, seeking
from app.domain.cases.answers import Compared, Field
from app.domain.cases.figures import Period
from app.domain.cases.models import Case, Task
from app.domain.cases.seeking import Sought
from app.domain.documents.models import Document
from app.kernel import clock
from app.kernel.db import db, transaction

CASES, STEPS, BATCH, STATE = 10_000, 10, 500, 6_000
MOST_SECONDS, TIMES = 2.0, 3
_FORM = "f" * 64


def main(argv: list[str]) -> int:
    """Print the numbers beside their limits; 1 when one is over."""
    parser = ArgumentParser(prog="python3 -m app bench operate", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--cases", type=int, default=CASES)
    given = parser.parse_args(argv)
    with office():
        unit_id, actor = people()
        _fill(publish(diagrams.procedure()), unit_id, given.cases)
        results = list(_results(actor, unit_id))
    return tell(results, f"{machine()}; wall clock, SQLite, medians of {TIMES}", as_json=given.json)


def _results(actor: Actor, unit_id: UUID) -> Iterator[Result]:
    moment, sought = clock.now(), Sought("p")
    quarter = Period(moment - timedelta(days=90), moment)
    reader = Actor(actor.name, actor.person_id, actor.seats, actor.grants | {("documents.read", unit_id)})
    field = Field("amount", "number", {}, {}, frozenset({_FORM}))
    asked: dict[str, Callable[[], Any]] = {
        "where the cases stand": lambda: sum(one.cases for one in figures.standing(actor, sought).values()),
        "pace and lateness of 90 days": lambda: sum(one.done for one in figures.pace(actor, sought, quarter).values()),
        "the first page of all cases": lambda: len(seeking.found(actor, sought)),
        "how many are late": lambda: seeking.count(actor, Sought("p", state="late")),
        "how many are finished": lambda: seeking.count(actor, Sought("p", state="done")),
        "how many stand at a step": lambda: seeking.count(actor, Sought("p", node="t9")),
        "how many were answered so": lambda: seeking.count(reader, Sought("p", answer=Compared(field, "gt", 90))),
        "how many have two words": lambda: seeking.count(actor, Sought("p", words="ke hoach")),
    }
    for name, ask in asked.items():
        spent, found = [], 0
        for _ in range(TIMES):
            db.session.remove()
            begun = perf_counter()
            found = ask()
            spent.append(perf_counter() - begun)
        yield Result(name, median(spent), "s", MOST_SECONDS, None, f"{found} found")
    yield Result("steps", float(db.session.query(Task).count()), "rows", inf)


def _fill(version_id: UUID, unit_id: UUID, number: int) -> None:
    """Cases of a quarter: half have ended, the others wait at their last step; every fifth step was late."""
    person = db.session.scalars(select(Person.id)).first()
    begun = clock.now() - timedelta(days=100)
    for first in range(0, number, BATCH):
        documents: list[dict[str, Any]] = []
        cases: list[dict[str, Any]] = []
        tasks: list[dict[str, Any]] = []
        for index in range(first, min(first + BATCH, number)):
            document_id, started = uuid4(), begun + timedelta(minutes=14 * index % 140_000)
            words = {"folded": "ve viec ke hoach", "state": "draft", "direction": "outgoing"}
            documents.append({"id": document_id, "unit_id": unit_id, **words})
            case: dict[str, Any] = {
                "id": uuid4(),
                "version_id": version_id,
                "unit_id": unit_id,
                "document_id": document_id,
            }
            ended = None if index % 2 else started + timedelta(hours=5 * STEPS)
            case |= {"state": urandom(STATE), "status": "open" if index % 2 else "done", "row_version": 1}
            cases.append({**case, "started_at": started, "ended_at": ended})
            tasks += [_step(cases[-1], step, index, person) for step in range(STEPS)]
        with transaction() as session:
            for kind, rows in ((Document, documents), (Case, cases), (Task, tasks)):
                session.execute(insert(kind), rows)


def _step(case: dict[str, Any], step: int, index: int, person: UUID | None) -> dict[str, Any]:
    opened = case["started_at"] + timedelta(hours=5 * step)
    is_open = step == STEPS - 1 and case["ended_at"] is None
    return {
        "id": uuid4(),
        "case_id": case["id"],
        "node": f"t{1 + (step + index) % 16}",
        "name": "Bước",
        "form_key": "bench",
        "form_sha256": _FORM,
        "role": "specialist",
        "unit_id": case["unit_id"],
        "opened_at": opened,
        "due_at": opened + timedelta(hours=4 if index % 5 == 0 else 24),
        "closed_at": None if is_open else opened + timedelta(hours=5),
        "closed_by": None if is_open else person,
        "answers": {"amount": index % 100},
    }
