"""What an act of a person may cost: a number of statements that does not grow, and one commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event

from app.cli.bench import MOST_STATEMENTS
from app.domain.procedures.commands import pinned_form
from app.kernel.db import db
from tests.house import Office
from tests.story import Ref, Told


class Costs:
    """Counts statements, without those that begin or end transactions, and commits."""

    def __init__(self) -> None:
        self.statements = self.commits = 0

    def note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        """One more statement."""
        self.statements += not statement.startswith("BEGIN")

    def note_commit(self, _connection: Any) -> None:
        """One more commit."""
        self.commits += 1


@contextmanager
def counted() -> Iterator[Costs]:
    costs = Costs()
    event.listen(Engine, "before_cursor_execute", costs.note)
    event.listen(Engine, "commit", costs.note_commit)
    try:
        yield costs
    finally:
        event.remove(Engine, "before_cursor_execute", costs.note)
        event.remove(Engine, "commit", costs.note_commit)


def _cost(told: Told, case: Ref, node: str, who: str, **answers: Any) -> Costs:
    client, task = told.office.client(who), told.task(case, node)
    address = f"/tasks/{task.id}"
    pinned_form(task.form_sha256)  # a form is read once in the life of a process
    db.session.remove()
    with counted() as costs:
        assert client.post(address, data=answers).status_code == 303
    told.office.work()
    return costs


@pytest.mark.parametrize("recipients", [1, 11])
def test_completing_any_task_costs_few_statements_and_one_commit(app: Flask, office: Office, recipients: int) -> None:
    told = Told(office)
    tour, first, case = told.tour, told.recipients[0], told.start()
    found = {
        "draft": _cost(told, case, "draft", tour["drafter"], **told.draft(recipients)),
        "check_content": _cost(told, case, "check_content", tour["head"], content_decision="agree"),
        "check_form": _cost(told, case, "check_form", tour["clerk"], form_decision="agree"),
        "approve": _cost(told, case, "approve", tour["chairman"], approval_decision="sign"),
        "issue": _cost(told, case, "issue", tour["clerk"], issue_decision="issue"),
    }
    arrived, lead = told.arrived(first), told.post_ids([first["lead"]])[0]
    found |= {
        "register": _cost(told, arrived, "register", first["clerk"], registration_decision="register"),
        "direct": _cost(told, arrived, "direct", first["chairman"], instruction="Tham mưu.", lead_post=lead),
        "take_up": _cost(told, arrived, "take_up", first["specialist"]),
        "handle": _cost(told, arrived, "handle", first["specialist"], result="Đã xong."),
    }

    assert {node: costs.statements for node, costs in found.items() if costs.statements > MOST_STATEMENTS} == {}
    assert {costs.commits for costs in found.values()} == {1}
