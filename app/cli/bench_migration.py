"""`python3 -m app bench migration`: trying a move on 10,000 running cases, and moving some of them and back."""

import json
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from uuid import UUID, uuid4

from lxml import etree
from sqlalchemy import select

from app.cli import bench_diagrams as diagrams
from app.cli import demo
from app.cli.bench_engine import Result, machine
from app.cli.database import migrate
from app.cli.output import say
from app.domain.access import queries as access
from app.domain.actors.actor import Actor
from app.domain.actors.models import Person
from app.domain.cases import bulk, migration, moves, projection
from app.domain.cases.migration import Wanted
from app.domain.cases.models import Bulk, Case
from app.domain.documents.models import Document
from app.domain.orgunits import queries as orgunits
from app.domain.procedures.models import FormVersion, ProcedureVersion
from app.engine import runtime
from app.engine.xml import bpmn
from app.factory import create_app
from app.kernel.db import db, transaction
from app.settings import from_environment

CASES, MOVED, BATCH = 10_000, 200, 500
MOST_SECONDS, MOST_MS = 60.0, 100.0
_FORM = "f" * 64


def main(argv: list[str]) -> int:
    """Print the numbers beside their limits; 1 when one is over."""
    parser = ArgumentParser(prog="python3 -m app bench migration", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--cases", type=int, default=CASES)
    given = parser.parse_args(argv)
    with office():
        results = list(_results(given.cases))
    if given.json:
        told = [{**asdict(one), "kept": one.is_kept} for one in results]
        say(json.dumps({"machine": machine(), "results": told}, ensure_ascii=False))
    else:
        say(f"machine: {machine()}; wall clock, SQLite")
        for one in results:
            say(f"  {one.name:<58} {one.value:>8.2f} {one.unit:<5} limit {one.limit:g}  {one.note}")
    return 0 if all(one.is_kept for one in results) else 1


def _results(number: int) -> Iterator[Result]:
    unit_id, actor = people()
    old, new = publish(diagrams.procedure()), publish(_edited(diagrams.procedure()))
    _fill(old, unit_id, number)
    wanted = Wanted("p", new)
    begun = perf_counter()
    tried = migration.rehearse(actor, wanted)
    spent, counts = perf_counter() - begun, tried.of()
    note = f"{counts['move']} move, {counts['stay']} stay, {counts['blocked']} blocked"
    yield Result(f"trying a move on {number} open cases", spent, "s", MOST_SECONDS * number / CASES, None, note)
    yield Result("  for each case", spent / number * 1000, "ms", MOST_SECONDS / CASES * 1000)
    some = frozenset(sorted(one.case_id for one in tried.verdicts)[:MOVED])
    db.session.remove()  # a worker does not hold what a rehearsal has read
    made = moves.begin(actor, Wanted("p", new, cases=some), reason="bench")
    yield _worked(made, "moving one case")
    yield _worked(moves.undo(actor, made.id, reason="bench"), "moving one case back")


def _worked(made: Bulk, name: str) -> Result:
    """A bulk act, done as a worker does it."""
    made_id, all_ = made.id, sum(bulk.counts(made.id).values())
    begun = perf_counter()
    while bulk.do_next(made_id):
        pass
    spent = perf_counter() - begun
    bulk.go_on(made_id)
    words = ", ".join(f"{count} {word}" for word, count in bulk.counts(made_id).items())
    return Result(name, spent / all_ * 1000, "ms", MOST_MS, None, words)


@contextmanager
def office() -> Iterator[None]:
    """An office of its own, in a folder that goes."""
    with tempfile.TemporaryDirectory(prefix="eoffice-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        found = {"EOFFICE_DATA": folder, "EOFFICE_DATABASE_URL": url}
        settings = from_environment({**found, "EOFFICE_REDIS_URL": "unix:///nonexistent/redis.sock"})
        migrate(url)
        with create_app(settings).app_context():
            demo.load(demo.read("2017"))
            yield
            db.session.remove()
            db.engine.dispose()


def people() -> tuple[UUID, Actor]:
    """An agency, and who administers its procedures."""
    world = demo.read("2017")
    post = next(one for one in world["posts"] if one["role"] == "administrator")
    unit = orgunits.unit_by_code(post["unit"])
    person = db.session.scalars(select(Person).where(Person.sign_in == post["sign_in"])).one()
    return unit.id, access.actor_of(person.id)


def publish(xml: bytes) -> UUID:
    """A version that cases can be pinned to, each of its steps with the same form."""
    steps = [one.get("id", "") for one in etree.fromstring(xml).iter(bpmn("userTask"))]
    with transaction():
        made = ProcedureVersion(key="p", sha256=sha256(xml).hexdigest(), bpmn=xml, parameters={}, origins={})
        made.forms = dict.fromkeys(steps, _FORM)
        db.session.add(made)
        if db.session.scalar(select(FormVersion.id).where(FormVersion.sha256 == _FORM)) is None:
            db.session.add(FormVersion(key="bench", sha256=_FORM, schema={"type": "object"}, texts={}))
    return made.id


def _edited(xml: bytes) -> bytes:
    """The next version: one step more, one step less."""
    root = etree.fromstring(xml)
    flows = {(one.get("sourceRef"), one.get("targetRef")): one for one in root.iter(bpmn("sequenceFlow"))}
    process = next(root.iter(bpmn("process")))
    etree.SubElement(process, bpmn("userTask"), id="t5b", name="Thẩm định")
    flows["t5", "t6"].set("targetRef", "t5b")
    etree.SubElement(process, bpmn("sequenceFlow"), id="more", sourceRef="t5b", targetRef="t6")
    flows["t12", "t13"].set("targetRef", "g3")
    for gone in (flows["t13", "g3"], *(one for one in root.iter(bpmn("userTask")) if one.get("id") == "t13")):
        process.remove(gone)
    for lane in root.iter(bpmn("lane")):
        for reference in [one for one in lane if one.text == "t13"]:
            lane.remove(reference)
    return etree.tostring(root)


def _fill(version_id: UUID, unit_id: UUID, number: int) -> None:
    """Cases at every step of the procedure, each run there by the engine."""
    version = db.session.get_one(ProcedureVersion, version_id)
    definition = runtime.parse(version.bpmn, "p")
    for first in range(0, number, BATCH):
        with transaction():
            for index in range(first, min(first + BATCH, number)):
                document = Document(id=uuid4(), direction="outgoing", unit_id=unit_id, state="draft")
                case = Case(version_id=version_id, unit_id=unit_id, document_id=document.id, state=b"", passed=[])
                db.session.add(document)
                db.session.flush()
                db.session.add(case)
                db.session.flush()
                projection.project(case, _at(definition, index % 14, index))
        db.session.expunge_all()


def _at(definition: runtime.Definition, steps: int, index: int) -> runtime.Step:
    data = {"decision": "agree", "parameters": {}, "subject": f"Về việc triển khai kế hoạch số {index}"}
    step = runtime.start(definition, data, _later)
    for _ in range(steps):
        step = runtime.complete(definition, step.state, step.human_tasks[0].id, {"decision": "agree"}, _later)
    return step


def _later(_call: runtime.OperationCall) -> None:
    """Nothing here asks a machine."""
