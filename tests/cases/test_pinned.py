"""A case keeps the tables and the processes of the day it began, whatever the library says later."""

import pytest

from app.kernel.errors import Invalid
from tests.cases.shelf import Shelf
from tests.engine import tables
from tests.engine.diagrams import document, ends, gateway, node, user

HERE, ABOVE = "xa-tinh-bac", "huyen-son-tinh"
ROLE = 'role="specialist"'
RULE = '<bpmn:extensionElements><eo:decision key="who" result="way"/></bpmn:extensionElements>'
WAYS = "s > d; d > g; g > a if way == 'one'; g > b else; a > e; b > e2"


def _decides() -> bytes:
    body = ends("e", "e2") + node("businessRuleTask", "d", RULE) + gateway("exclusive", "g", "b")
    return document(body + user("a", ROLE) + user("b", ROLE), WAYS)


def _table(desk: str) -> bytes:
    columns = tables.column("amount", "number")
    return tables.table(columns, tables.output("desk", "string"), f"< 10 => '{desk}'\n>= 10 => 'other'")


def test_a_table_beside_the_diagram_decides_the_way_of_a_case(procedures: Shelf) -> None:
    procedures.put("decides", _decides(), steps=("a", "b"), who=_table("one"))
    small, large = procedures.start("decides", HERE, amount=3), procedures.start("decides", HERE, amount=30)

    assert (procedures.open(small), procedures.open(large)) == (["a"], ["b"])


def test_the_nearest_table_wins_and_a_case_that_has_begun_keeps_its_own(procedures: Shelf) -> None:
    wait = document(
        ends("e", "e2")
        + user("w", ROLE)
        + node("businessRuleTask", "d", RULE)
        + gateway("exclusive", "g", "b")
        + user("a", ROLE)
        + user("b", ROLE),
        WAYS.replace("s > d", "s > w; w > d"),
    )
    procedures.put("decides", wait, steps=("w", "a", "b"), who=_table("one"))
    begun = procedures.start("decides", HERE, amount=3)
    procedures.put("decides", wait, steps=("w", "a", "b"), place="levels/commune", who=_table("two"))
    later, above = procedures.start("decides", HERE, amount=3), procedures.start("decides", ABOVE, amount=3)
    for case in (begun, later):
        procedures.complete(case, "w")

    assert (procedures.open(begun), procedures.open(later)) == (["a"], ["b"])
    versions = {procedures.case(case).version.sha256 for case in (begun, later, above)}
    assert len(versions) == 2


def test_a_called_process_is_pinned_with_its_steps_and_its_tables(procedures: Shelf) -> None:
    procedures.put("outer", document(ends() + node("callActivity", "c", calledElement="inner"), "s > c; c > e"))
    procedures.put("inner", _decides(), steps=("a", "b"), who=_table("one"))
    begun = procedures.start("outer", HERE, amount=3)
    procedures.put("inner", document(ends(), "s > e"))

    assert procedures.open(begun) == ["a"]
    procedures.complete(begun, "a")
    assert procedures.case(begun).status == "done"
    assert procedures.case(procedures.start("outer", HERE)).status == "done"


@pytest.mark.parametrize("calls", ["outer", "inner"])
def test_a_process_that_calls_itself_in_the_end_does_not_begin(procedures: Shelf, calls: str) -> None:
    procedures.put("outer", document(ends() + node("callActivity", "c", calledElement="inner"), "s > c; c > e"))
    procedures.put("inner", document(ends() + node("callActivity", "c", calledElement=calls), "s > c; c > e"))
    with pytest.raises(Invalid, match=r"diagram\.call"):
        procedures.start("outer", HERE)


def test_a_table_that_is_not_there_is_named(procedures: Shelf) -> None:
    procedures.put("decides", _decides(), steps=("a", "b"))
    with pytest.raises(Invalid) as raised:
        procedures.start("decides", HERE, amount=3)
    assert (raised.value.code, raised.value.data["key"]) == ("diagram.decision", "who")
