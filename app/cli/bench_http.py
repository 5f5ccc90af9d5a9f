"""`python3 -m app bench http`: what completing a task costs through the real routes, on PostgreSQL where there is one.

A procedure of five human steps is published like any other, people come with tokens, one client asks one web process.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from time import monotonic, perf_counter, sleep
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.cli import bench_diagrams, demo
from app.cli.bench_engine import Result, machine, tell
from app.cli.database import migrate
from app.cli.postgresql import temporary
from app.cli.tour.deployment import free_port
from app.domain.access import queries as access
from app.domain.actors import commands as accounts
from app.domain.actors.actor import Actor
from app.domain.actors.models import Person
from app.domain.cases import drafting
from app.domain.cases.models import Task
from app.domain.procedures import drafts, publishing
from app.domain.procedures.drafts import Subject
from app.domain.procedures.publishing import Words
from app.factory import create_app
from app.kernel.db import db
from app.settings import from_environment

MOST_MS, MOST_STATEMENTS, MOST_COMMITS, MOST_TOGETHER = 15.0, 20, 1, 1.0
_CASES, _WARM, _WIDE, _WORLD = 60, 5, 8, "2025"
_COST = re.compile(r"(\w+);dur=([\d.]+)")
_FORM = {
    "schema": {
        "type": "object",
        "properties": {
            "decision": {"enum": ["agree", "return"]},
            "opinion": {"type": "string", "maxLength": 2000, "x-ui": {"widget": "textarea"}},
        },
        "required": ["decision"],
        "additionalProperties": False,
    },
    "texts": {"vi": {"title": "Cho ý kiến", "fields": {}}, "en": {"title": "Give an opinion", "fields": {}}},
}


@dataclass(frozen=True)
class Cost:
    """One completion as the client saw it."""

    milliseconds: float
    in_server: float
    statements: int
    commits: int
    status: int


def main(argv: list[str]) -> int:
    """Print the numbers beside their limits; 1 when one is over."""
    parser = ArgumentParser(prog="python3 -m app bench http", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    as_json = parser.parse_args(argv).json
    with tempfile.TemporaryDirectory(prefix="eoffice-bench-") as folder, temporary() as server:
        path = Path(folder)
        database = server or f"sqlite:///{path / 'eoffice.sqlite3'}"
        environment = {"EOFFICE_DATA": folder, "EOFFICE_DATABASE_URL": database}
        environment |= {"EOFFICE_REDIS_URL": "unix:///nonexistent/redis.sock", "HOST": "127.0.0.1", "PORT": "0"}
        results = list(_measured(environment))
    return tell(results, f"{machine()}; {'PostgreSQL' if server else 'SQLite'}, one web process", as_json=as_json)


def _measured(environment: Mapping[str, str]) -> Iterator[Result]:
    migrate(environment["EOFFICE_DATABASE_URL"])
    with create_app(from_environment(environment)).app_context():
        office = Office()
        with _serving(environment) as port:
            found = [one for _ in range(_WARM + _CASES) for one in office.one_by_one(port)][5 * _WARM :]
            spent, together = office.together(port)
        db.engine.dispose()
    times = sorted(one.milliseconds for one in found)
    yield Result("completing a human task, p50", median(times), "ms", MOST_MS, note=f"{len(times)} completions")
    yield Result("completing a human task, p95", quantiles(times, n=20)[-1], "ms", 3 * MOST_MS)
    yield Result("  of it in the application, p50", median(one.in_server for one in found), "ms", MOST_MS)
    yield Result("  completions in a second, one client", 1000 / (sum(times) / len(times)), "/s", float("inf"))
    yield Result("  statements", max(one.statements for one in found), "", MOST_STATEMENTS)
    yield Result("  commits", max(one.commits for one in found), "", MOST_COMMITS)
    yield Result("  answered otherwise than 200", sum(one.status != 200 for one in found), "", 0)  # noqa: PLR2004
    yield Result(f"{_WIDE} people complete {_WIDE} tasks of one case", spent, "s", MOST_TOGETHER)
    yield Result("  of them refused", sum(one.status != 200 for one in together), "", 0)  # noqa: PLR2004


class Office:
    """A demo world with two procedures more, and the tokens of those who work in them."""

    def __init__(self) -> None:
        world = demo.read(_WORLD)
        demo.load(world)
        tour = world["tour"]
        self.drafter = _actor(tour["drafter"])
        self.tokens = {role: accounts.make_token(_actor(tour[who]), label="bench") for role, who in _WHO.items()}
        administrator = _actor(next(one["sign_in"] for one in world["posts"] if one["role"] == "administrator"))
        _publish(administrator, "form", "bench_opinion", _FORM)
        for key, steps, xml in (
            ("bench_steps", list(_STEPS), bench_diagrams.steps("bench_steps", _STEPS)),
            ("bench_wide", [f"w{n}" for n in range(_WIDE)], bench_diagrams.wide("bench_wide", _WIDE)),
        ):
            forms = dict.fromkeys(steps, "bench_opinion")
            titles = {"vi": "Đo thời gian", "en": "Measuring"}
            content = {"title": titles, "starts_with": "person", "parameters": {}, "forms": forms, "diagram": xml}
            _publish(administrator, "procedure", key, content)

    def one_by_one(self, port: int) -> Iterator[Cost]:
        """One case from its first step to its last."""
        case_id = self._started("bench_steps")
        with closing(HTTPConnection("127.0.0.1", port)) as connection:
            for role in _STEPS.values():
                (task_id,) = _open(case_id)
                yield _complete(connection, task_id, self.tokens[role])

    def together(self, port: int) -> tuple[float, list[Cost]]:
        """All tasks of one case at the same moment; how many seconds until the last was answered."""
        tasks = _open(self._started("bench_wide"))
        token = self.tokens["specialist"]
        with ThreadPoolExecutor(_WIDE) as people, ExitStack() as line:
            connections = [line.enter_context(closing(HTTPConnection("127.0.0.1", port))) for _ in tasks]
            for one in connections:
                one.connect()
            begun = perf_counter()
            found = list(people.map(_complete, connections, tasks, [token] * len(tasks)))
            return perf_counter() - begun, found

    def _started(self, procedure: str) -> UUID:
        case_id = drafting.start_outgoing(self.drafter, procedure=procedure).id
        db.session.remove()
        return case_id


_STEPS = {"t1": "specialist", "t2": "head", "t3": "clerk", "t4": "chairman", "t5": "clerk"}
_WHO = {"specialist": "drafter", "head": "head", "clerk": "clerk", "chairman": "chairman"}


def _actor(sign_in: str) -> Actor:
    person = db.session.scalar(select(Person).where(Person.sign_in == sign_in))
    if person is None:
        raise LookupError(sign_in)
    return access.actor_of(person.id)


def _publish(administrator: Actor, kind: str, key: str, content: Mapping[str, Any]) -> None:
    draft = drafts.save_draft(administrator, Subject(kind, key, "common"), content)
    publishing.publish(administrator, draft.id, Words("Đo thời gian."))


def _open(case_id: UUID) -> list[UUID]:
    found = list(db.session.scalars(select(Task.id).where(Task.case_id == case_id, Task.closed_at.is_(None))))
    db.session.remove()
    return found


def _complete(connection: HTTPConnection, task_id: UUID, token: str) -> Cost:
    body = json.dumps({"answers": {"decision": "agree", "opinion": "Nhất trí."}})
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    begun = perf_counter()
    connection.request("POST", f"/api/v1/tasks/{task_id}/completion", body, headers)
    answer = connection.getresponse()
    answer.read()
    spent = (perf_counter() - begun) * 1000
    told = {name: float(value) for name, value in _COST.findall(answer.headers.get("Server-Timing", ""))}
    return Cost(spent, told.get("app", 0.0), int(told.get("statements", 0)), int(told.get("commits", 0)), answer.status)


@contextmanager
def _serving(environment: Mapping[str, str]) -> Iterator[int]:
    """One web process, as the Procfile starts it, on a free port."""
    port = free_port()
    surroundings = {**os.environ, **environment, "PORT": str(port), "EOFFICE_MEASURE": "1"}
    command = [sys.executable, "-m", "app", "web"]
    log = Path(environment["EOFFICE_DATA"]) / "web.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=surroundings, stdout=output, stderr=output)  # noqa: S603 - our own
    try:
        _wait(port, process, log)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = monotonic() + 60
    while monotonic() < until and process.poll() is None:
        try:
            with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
                connection.connect()
        except OSError:
            sleep(0.1)
        else:
            return
    raise RuntimeError(f"the web process did not start: {log.read_text('utf-8')[-2000:]}")
