"""Business rule tasks: where the table of a decision meets a case."""

import copy

import pytest

from app.engine import runtime
from app.engine.declarations import describe
from app.kernel.errors import Invalid
from tests.engine.diagrams import (
    Case,
    boundary,
    document,
    ends,
    error,
    gateway,
    inner,
    instances,
    later,
    loop,
    node,
    user,
)
from tests.engine.tables import column, output, table

pytestmark = pytest.mark.bpmn("Activity: businessRuleTask")
WHO = table(column("amount", "number"), output("who", "string"), '< 100 => "clerk"\n> floor => "head"')


def rule(key: str, decision: str = "who_signs", result: str = "signer", inside: str = "") -> str:
    """A business rule task."""
    own = f'<eo:decision key="{decision}" result="{result}"/>'
    return node("businessRuleTask", key, f"<bpmn:extensionElements>{own}</bpmn:extensionElements>{inside}")


def _case(body: str, flows: str, **data: object) -> Case:
    definition = runtime.parse(document(body, flows), "p", decisions={"who_signs": WHO}.get)
    return Case(definition, later, **copy.deepcopy(data))


def test_the_case_is_told_what_the_table_says() -> None:
    body = ends() + user("u") + rule("a") + user("sign", 'post="signer"')
    one = _case(body, "s > u; u > a; a > sign; sign > e", floor=500).complete("u", amount=600)
    assert (one.step.entered, one.step.human_tasks[0].post) == (("u", "a"), "head")
    assert one.complete("sign").step.data["signer"] == "head"


def test_no_match_and_missing_inputs_tell_null() -> None:
    assert _case(ends() + rule("a"), "s > a; a > e", floor=1).step.data["signer"] is None


def test_the_page_of_a_diagram_can_show_its_decisions() -> None:
    told = {one.id: one.decision for one in describe(document(ends() + rule("a"), "s > a; a > e"))}
    assert told["a"] is not None
    assert (told["a"].key, told["a"].result) == ("who_signs", "signer")


def test_rows_that_match_together_stop_the_step_and_name_it() -> None:
    one = _case(ends() + user("u") + rule("a"), "s > u; u > a; a > e", floor=0)
    with pytest.raises(Invalid, match=r"engine\.dmn") as raised:
        one.complete("u", amount=50)
    assert raised.value.data == {"node": "a", "reason": "decision.several"}
    with pytest.raises(Invalid, match=r"engine\.dmn") as raised:
        one.complete("u", amount="much")
    assert raised.value.data == {"node": "a", "reason": "decision.type"}
    assert one.complete("u", amount=200).step.finished


def test_tables_in_rounds_branches_sub_processes_loops_and_instances() -> None:
    each = instances("amounts", "amount", "signers", "signer")
    sub = inner("sub", rule("k"), "subs > k; k > sube", each)
    body = ends() + sub + rule("a", result="x") + rule("b", result="y", inside=loop("", "2")) + user("u")
    body += gateway("parallel", "j") + gateway("exclusive", "g", "e")
    flows = "s > sub; sub > a; sub > b; a > j; b > j; j > u; u > g; g > sub if again; g > e else"
    one = _case(body, flows, floor=500, amounts=[1, 200, 501], amount=5)
    assert one.complete("u", again=True, amounts=[501]).step.data["signers"] == ["head"]
    one.complete("u", again=False)
    assert (one.step.finished, one.step.data["x"], one.step.data["y"]) == (True, "clerk", "clerk")


@pytest.mark.parametrize(
    ("element", "code"),
    [
        (node("businessRuleTask", "a"), "diagram.decision"),
        (rule("a", "unknown"), "diagram.decision"),
        (rule("a", "Not a word"), "diagram.decision"),
        (rule("a", ""), "diagram.decision"),
        (rule("a", result=""), "diagram.decision"),
        (rule("a", "broken"), "decision.cell"),
        (rule("a", "other"), "decision.not_dmn"),
        (rule("a").replace("result", "colour"), "diagram.attribute"),
        (rule("a").replace("businessRuleTask", "serviceTask"), "diagram.extension"),
    ],
)
def test_a_decision_that_is_not_there_or_not_right_is_refused(element: str, code: str) -> None:
    broken = table(column("n"), output("r"), "open() => 1")
    known = {"who_signs": WHO, "broken": broken, "other": document(ends(), "s > e")}
    with pytest.raises(Invalid) as raised:
        runtime.parse(document(ends() + element, "s > a; a > e"), "p", decisions=known.get)
    assert (raised.value.code, raised.value.data["node"]) == (code, "a")


def test_nobody_gives_decisions_unless_told_to() -> None:
    with pytest.raises(Invalid, match=r"diagram\.decision"):
        runtime.parse(document(ends() + rule("a"), "s > a; a > e"), "p")


def test_nothing_can_be_caught_around_a_table() -> None:
    body = ends() + rule("a") + boundary("b", "a", error()) + user("c")
    with pytest.raises(Invalid, match=r"diagram\.boundary"):
        runtime.parse(document(body, "s > a; a > e; b > c; c > e"), "p", decisions={"who_signs": WHO}.get)
