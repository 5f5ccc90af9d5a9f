"""Complex gateways: flows part by their conditions, and join when enough has come together."""

from collections.abc import Callable

import pytest

from app.engine import runtime
from app.kernel.errors import OfficeError
from tests.engine.diagrams import Case, case, document, ends, node, user, wanderer

Make = Callable[..., Case]


def _refused(xml: bytes, code: str) -> OfficeError:
    with pytest.raises(OfficeError) as raised:
        runtime.parse(xml, "p")
    assert raised.value.code == code
    return raised.value


COMPLEX = ends() + user("a") + node("complexGateway", "g", default="g_to_d") + user("b") + user("c") + user("d")
COMPLEX_FLOWS = "s > a; a > g; g > b if x; g > c if y; g > d; b > e; c > e; d > e"


@pytest.mark.bpmn("Gateway: complexGateway")
def test_a_complex_gateway_parts_flows_by_their_conditions() -> None:
    definition = runtime.parse(document(COMPLEX, COMPLEX_FLOWS), "p")
    assert Case(definition).complete("a", x=True, y=True).open == ["b", "c"]
    assert Case(definition).complete("a", y=True).open == ["c"]
    assert Case(definition).complete("a").complete("d").step.finished


def _joining(condition: str = "activationCount >= 2", more: str = "") -> str:
    inside = f"<bpmn:activationCondition><![CDATA[{condition}]]></bpmn:activationCondition>" if condition else ""
    return (
        ends()
        + node("exclusiveGateway", "m")
        + node("parallelGateway", "f")
        + "".join(user(name) for name in "abc")
        + node("complexGateway", "g", inside)
        + user("next")
        + node("exclusiveGateway", "again", default="again_to_e")
        + more
    )


JOINING_FLOWS = (
    "s > m; m > f; f > a; f > b; f > c; a > g; b > g; c > g; g > next; next > again; again > m if repeat; again > e"
)


@pytest.mark.bpmn("Gateway: complexGateway, joining N of M")
@pytest.mark.parametrize("make", [case, wanderer])
@pytest.mark.parametrize("order", ["abc", "bca", "cab", "acb"])
def test_two_of_three_are_enough_and_the_third_ends_at_the_gateway(make: Make, order: str) -> None:
    one = make(_joining(), JOINING_FLOWS)
    first, second, third = list(order)
    one.complete(first, **{first: 1})
    assert "next" not in one.open
    one.complete(second, **{second: 2})
    assert one.open == sorted(["next", third])
    one.complete(third, **{third: 3})
    assert one.open == ["next"]
    assert one.complete("next", repeat=False).step.finished
    assert one.step.data == {first: 1, second: 2, "repeat": False}


@pytest.mark.parametrize("make", [case, wanderer])
def test_a_case_ends_when_the_gateway_takes_its_last_token(make: Make) -> None:
    one = make(_joining(), JOINING_FLOWS)
    one.complete("a").complete("b").complete("next", repeat=False)
    assert one.open == ["c"]
    assert one.complete("c").step.finished


@pytest.mark.parametrize("make", [case, wanderer])
def test_a_case_whose_ways_say_nothing_ends_when_the_gateway_takes_its_last_token(make: Make) -> None:
    inside = "<bpmn:activationCondition>activationCount >= 2</bpmn:activationCondition>"
    body = ends() + node("parallelGateway", "f") + user("a") + user("b") + user("c")
    one = make(body + node("complexGateway", "g", inside), "s > f; f > a; f > b; f > c; a > g; b > g; c > g; g > e")
    assert one.complete("a").complete("b").complete("c").step.finished


@pytest.mark.parametrize("make", [case, wanderer])
def test_a_late_token_of_one_round_is_not_taken_for_one_of_the_next(make: Make) -> None:
    one = make(_joining(), JOINING_FLOWS)
    one.complete("a").complete("b").complete("next", repeat=True)
    assert one.open == ["a", "b", "c", "c"]
    one.complete("c")  # the late one: the gateway has had enough, and takes it
    one.complete("a")
    assert one.open == ["b", "c"]
    assert one.complete("b").open == ["c", "next"]


@pytest.mark.parametrize("make", [case, wanderer])
def test_a_round_is_over_when_nobody_can_come_late(make: Make) -> None:
    body, flows = _joining(), JOINING_FLOWS.replace("c > g", "c > left; left > g if stay; left > e2")
    body += node("exclusiveGateway", "left", default="left_to_e2") + node("endEvent", "e2")
    one = make(body, flows)
    one.complete("c", stay=False).complete("a").complete("b").complete("next", repeat=True)
    one.complete("c", stay=True)
    assert "next" not in one.open
    assert one.complete("a").open == ["b", "next"]


def test_enough_may_be_a_matter_of_what_was_said() -> None:
    one = case(_joining("activationCount == 3 or veto"), JOINING_FLOWS)
    assert one.complete("a", veto=False).open == ["b", "c"]
    assert one.complete("c", veto=True).open == ["b", "next"]


def test_a_complex_gateway_that_joins_says_when_it_has_enough() -> None:
    assert _refused(document(_joining(""), JOINING_FLOWS), "diagram.complex").data["node"] == "g"


def test_the_condition_of_a_complex_gateway_is_checked_like_every_other() -> None:
    _refused(document(_joining("__import__('os')"), JOINING_FLOWS), "diagram.expression")
    condition = node("complexGateway", "g", "<bpmn:activationCondition>n >= 2</bpmn:activationCondition>")
    _refused(document(ends() + condition, "s > g; g > e"), "diagram.complex")
