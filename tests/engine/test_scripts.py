"""Script tasks assign values and can do nothing else."""

from collections.abc import Callable

import pytest

from app.engine import runtime
from app.engine.declarations import describe
from app.kernel.errors import Conflict, Invalid
from tests.engine.diagrams import (
    boundary,
    case,
    document,
    ends,
    error,
    gateway,
    inner,
    instances,
    loop,
    node,
    numbered,
    user,
)

pytestmark = pytest.mark.bpmn("Activity: scriptTask")


def script(key: str, lines: str, inside: str = "") -> str:
    """A script task that says its script in our own element."""
    own = f"<bpmn:extensionElements><eo:script><![CDATA[{lines}]]></eo:script></bpmn:extensionElements>"
    return node("scriptTask", key, own + inside)


def drawn(key: str, lines: str) -> str:
    """A script task that says its script where BPMN puts it."""
    return node("scriptTask", key, f"<bpmn:script><![CDATA[{lines}]]></bpmn:script>", scriptFormat="eoffice")


@pytest.mark.parametrize("make", [script, drawn])
def test_each_line_knows_those_above_it(make: Callable[..., str]) -> None:
    lines = "\n  # what it costs\n total = price * count\nlevel = 'high' if total >= 100 else 'low'\nprice = null\n"
    one = case(ends() + make("a", lines) + user("b"), "s > a; a > b; b > e", price=20, count=6)
    assert one.step.entered == ("s", "a")
    assert one.complete("b").step.data == {"price": None, "count": 6, "total": 120, "level": "high"}


def test_the_page_of_a_diagram_can_show_its_scripts() -> None:
    told = {one.id: one.script for one in describe(document(ends() + script("a", "x = 1"), "s > a; a > e"))}
    assert told["a"] is not None
    assert told["a"].lines == (("x", "1"),)
    assert told["s"] is None


def test_values_are_copies() -> None:
    body = ends() + script("a", "second = first") + user("b") + user("c")
    one = case(body, "s > a; a > b; a > c; b > e; c > e", first={"x": [1]})
    one.complete("b", first=1).complete("c")
    assert one.step.data == {"first": 1, "second": {"x": [1]}}


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("", "diagram.script"),
        ("# nothing", "diagram.script"),
        ("import os", "diagram.script"),
        ("x == 1", "diagram.script"),
        ("x.y = 1", "diagram.script"),
        ("x = 1; import os", "diagram.expression"),
        ("X = 1", "diagram.script"),
        ("_x = 1", "diagram.script"),
        ("x = y = 1", "diagram.expression"),
        ("x = open('/etc/passwd')", "diagram.expression"),
        ("x = ().__class__", "diagram.expression"),
        ("x = 1\nfor y in z: pass", "diagram.script"),
        ("\n".join(f"x{number} = 1" for number in range(51)), "diagram.script"),
    ],
)
@pytest.mark.parametrize("make", [script, drawn])
def test_what_is_no_assignment_is_refused(make: Callable[..., str], lines: str, code: str) -> None:
    with pytest.raises(Invalid) as raised:
        runtime.parse(document(ends() + make("a", lines), "s > a; a > e"), "p")
    assert (raised.value.code, raised.value.data["node"]) == (code, "a")


@pytest.mark.parametrize(
    "element",
    [
        node("scriptTask", "a"),
        node("scriptTask", "a", scriptFormat="eoffice"),
        node("scriptTask", "a", "<bpmn:script>x = 1</bpmn:script>"),
        node("scriptTask", "a", "<bpmn:script>x = 1</bpmn:script>", scriptFormat="python"),
        node("scriptTask", "a", "<bpmn:script>x = 1</bpmn:script>", scriptFormat="javascript"),
        script("a", "x = 1", '<bpmn:script scriptFormat="eoffice">x = 1</bpmn:script>').replace(" scriptFormat", " id"),
        drawn("a", "x = 1").replace(
            "<bpmn:script>",
            "<bpmn:extensionElements><eo:script>x = 1</eo:script></bpmn:extensionElements><bpmn:script>",
        ),
    ],
)
def test_a_script_in_another_language_or_none_at_all_is_refused(element: str) -> None:
    with pytest.raises(Invalid, match=r"diagram\.script"):
        runtime.parse(document(ends() + element, "s > a; a > e"), "p")


def test_nothing_can_be_caught_around_a_script() -> None:
    body = ends() + script("a", "x = 1") + boundary("b", "a", error()) + user("c")
    with pytest.raises(Invalid, match=r"diagram\.boundary"):
        runtime.parse(document(body, "s > a; a > e; b > c; c > e"), "p")


def test_a_script_that_does_not_fit_the_data_names_its_step_and_changes_nothing() -> None:
    one = case(ends() + user("b") + script("a", "x = 1\ny = x + text"), "s > b; b > a; a > e")
    before = one.step.state
    with pytest.raises(Invalid, match=r"engine\.expression") as raised:
        one.complete("b", text="t")
    assert (raised.value.data["node"], one.step.state) == ("a", before)
    assert one.complete("b", text=1).step.data == {"text": 1, "x": 1, "y": 2}


def test_scripts_in_rounds_branches_sub_processes_and_instances() -> None:
    sub = inner("sub", script("k", "vote = place * 10"), "subs > k; k > sube", numbered("3", "place", results="votes"))
    body = ends() + sub + script("a", "rounds = (rounds or 0) + 1") + script("b", "total = len(votes)") + user("u")
    body += gateway("parallel", "j") + gateway("exclusive", "g", "e")
    one = case(body, "s > sub; sub > a; sub > b; a > j; b > j; j > u; u > g; g > sub if rounds < 3; g > e else")
    for _ in range(3):
        one.complete("u")
    assert (one.step.finished, one.step.data) == (True, {"votes": [0, 10, 20], "rounds": 3, "total": 3})


def test_a_script_in_a_loop_and_for_each_item() -> None:
    each = instances("people", "person", "names", "name", in_turn=True)
    body = ends() + script("a", "n = n + 1", loop("n < 5")) + script("b", "name = upper(person)", each)
    one = case(body, "s > a; a > b; b > e", n=0, people=["p", "q"])
    assert one.step.data == {"n": 5, "people": ["p", "q"], "names": ["P", "Q"]}
    with pytest.raises(Conflict, match=r"engine\.budget"):
        case(body, "s > a; a > b; b > e", n=-3000, people=[])
