"""A case from its start to its end, and what the engine refuses on the way."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
from SpiffWorkflow.util.task import TaskState

from app.engine import runtime
from app.engine.machine import BUDGET
from app.engine.runtime import OperationCall
from app.kernel.errors import Conflict, Invalid
from tests.engine.diagrams import Case, at_once, case, document, ends, gateway, instances, node, service, user, wires

APPROVAL = ends() + user("draft") + user("approve") + gateway("exclusive", "g", "draft") + service("sign", "signature")
APPROVAL_FLOWS = "s > draft; draft > approve; approve > g; g > sign if decision == 'sign'; g > draft else; sign > e"


@pytest.mark.bpmn("Activity: userTask")
@pytest.mark.bpmn("Activity: serviceTask")
@pytest.mark.bpmn("Gateway: exclusiveGateway")
@pytest.mark.bpmn("Start event: none")
@pytest.mark.bpmn("End event: none")
@pytest.mark.bpmn("Flow: sequenceFlow")
@pytest.mark.bpmn("Flow: conditional")
@pytest.mark.bpmn("Flow: default")
@pytest.mark.bpmn("Flow: several into an activity")
def test_a_case_runs_from_its_start_to_its_end() -> None:
    one = case(APPROVAL, APPROVAL_FLOWS)
    assert one.open == ["draft"]
    assert one.complete("draft").complete("approve", decision="return").open == ["draft"]
    one.complete("draft").complete("approve", decision="sign")
    assert (one.open, one.asked, one.step.finished) == ([], ["sign"], False)
    one.answer("sign", sha256="ab")
    assert one.step.finished
    assert one.step.data == {"decision": "sign", "signature": {"sha256": "ab"}}


def test_a_step_names_the_nodes_that_were_passed_in_order() -> None:
    one = case(APPROVAL, APPROVAL_FLOWS)
    passed = [one.step.entered]
    passed.append(one.complete("draft").step.entered)
    passed.append(one.complete("approve", decision="sign").step.entered)
    passed.append(one.answer("sign").step.entered)
    assert passed == [("s",), ("draft",), ("approve", "g"), ("sign", "e")]


def test_a_human_task_tells_who_may_do_it_until_when() -> None:
    task = 'form="draft_document" role="clerk" unit="unit_id" post="lead or deputy" deadline="parameters.days + 1"'
    one = case(
        ends() + user("draft", task),
        "s > draft; draft > e",
        unit_id="u1",
        deputy="p2",
        parameters={"days": 2},
    )
    (told,) = one.step.human_tasks
    assert (told.form, told.role, told.unit, told.post, told.deadline) == ("draft_document", "clerk", "u1", "p2", 3)


@pytest.mark.bpmn("Swimlane: lane")
def test_a_task_knows_its_lane_and_its_name() -> None:
    lane = node("lane", "l1", "<bpmn:flowNodeRef>a</bpmn:flowNodeRef>", name="Văn thư")
    one = case(node("laneSet", "ls", lane) + ends() + node("userTask", "a", name="Đăng ký"), "s > a; a > e")
    (told,) = one.step.human_tasks
    assert (told.lane, told.name) == ("Văn thư", "Đăng ký")


def test_a_task_can_be_completed_only_once() -> None:
    one = case(APPROVAL, APPROVAL_FLOWS)
    done = one.task("draft")
    one.complete("draft")
    with pytest.raises(Conflict, match=r"task\.already_done"):
        runtime.complete(one.definition, one.step.state, done, {}, one.operations)


def test_a_task_that_does_not_exist_counts_as_done() -> None:
    one = case(APPROVAL, APPROVAL_FLOWS)
    with pytest.raises(Conflict, match=r"task\.already_done"):
        runtime.complete(one.definition, one.step.state, str(uuid4()), {}, one.operations)


def test_a_service_task_cannot_be_completed_like_a_human_task() -> None:
    one = case(ends() + service("sign"), "s > sign; sign > e")
    with pytest.raises(Conflict, match=r"task\.already_done"):
        runtime.complete(one.definition, one.step.state, one.call("sign"), {}, one.operations)


def test_a_late_answer_is_taken_only_once() -> None:
    one = case(ends() + service("sign") + user("a"), "s > sign; sign > a; a > e")
    key = one.call("sign")
    one.answer("sign")
    with pytest.raises(Conflict, match=r"call\.already_answered"):
        runtime.answer(one.definition, one.step.state, key, {}, one.operations)
    with pytest.raises(Conflict, match=r"call\.already_answered"):
        runtime.fail(one.definition, one.step.state, key, "late", "", one.operations)


def test_a_sub_process_or_a_set_of_instances_cannot_be_answered() -> None:
    each = instances("people", "person", "results", "result")
    inside = each + node("startEvent", "is") + user("a") + node("endEvent", "ie") + wires("is > a; a > ie")
    one = case(ends() + node("subProcess", "inner", inside), "s > inner; inner > e", people=["p"])
    rows = json.loads(one.step.state)["rows"]
    started = [row[3] for row in rows if row[2] == TaskState.STARTED]
    assert len(started) == 2
    for key in started:
        with pytest.raises(Conflict, match=r"call\.already_answered"):
            runtime.answer(one.definition, one.step.state, key, {}, one.operations)


def test_a_human_task_cannot_be_answered_like_a_service_task() -> None:
    one = case(APPROVAL, APPROVAL_FLOWS)
    with pytest.raises(Conflict, match=r"call\.already_answered"):
        runtime.answer(one.definition, one.step.state, one.task("draft"), {}, one.operations)


def test_an_operation_is_asked_with_its_parameters_and_may_answer_at_once() -> None:
    asked: list[OperationCall] = []

    def number(call: OperationCall) -> Mapping[str, Any]:
        asked.append(call)
        return {"number": 7}

    one = case(
        ends() + service("number", "issued", document_id="document.id", year="2026"),
        "s > number; number > e",
        number,
        document={"id": "d1"},
    )
    (call,) = asked
    assert (call.name, call.node, call.params) == ("test.number", "number", {"document_id": "d1", "year": 2026})
    assert one.step.finished
    assert one.step.data["issued"] == {"number": 7}


def test_an_operation_cannot_change_the_case_behind_its_back() -> None:
    def meddle(call: OperationCall) -> Mapping[str, Any]:
        call.data["document"]["id"] = "other"
        call.params["document"]["id"] = "other"
        return {}

    one = case(ends() + service("look", document="document"), "s > look; look > e", meddle, document={"id": "d1"})
    assert one.step.data["document"] == {"id": "d1"}


def test_an_operation_that_fails_now_undoes_the_step() -> None:
    def refuse(_call: OperationCall) -> Mapping[str, Any]:
        raise Conflict("numbers.none_left")

    one = Case(runtime.parse(document(ends() + user("a") + service("n"), "s > a; a > n; n > e"), "p"))
    before = one.step.state
    with pytest.raises(Conflict, match=r"numbers\.none_left"):
        runtime.complete(one.definition, before, one.task("a"), {}, refuse)
    assert runtime.complete(one.definition, before, one.task("a"), {}, at_once).finished


def test_a_loop_of_machines_is_stopped_by_the_budget() -> None:
    asked: list[OperationCall] = []

    def note(call: OperationCall) -> Mapping[str, Any]:
        asked.append(call)
        return {}

    body = ends() + service("again") + gateway("exclusive", "g", "again")
    with pytest.raises(Conflict, match=r"engine\.budget"):
        case(body, "s > again; again > g; g > again else; g > e if done", note)
    assert BUDGET // 2 - 10 < len(asked) <= BUDGET // 2  # two nodes a round


def test_a_gateway_without_a_way_out_says_where() -> None:
    body = ends() + user("a") + gateway("exclusive", "g") + user("b")
    one = case(body, "s > a; a > g; g > b if x == 1; g > e if x == 2; b > e")
    with pytest.raises(Invalid, match=r"engine\.no_way_out") as raised:
        one.complete("a", x=3)
    assert raised.value.data["node"] == "g"


def test_data_that_do_not_fit_a_condition_say_where() -> None:
    body = ends() + user("a") + gateway("exclusive", "g", "e") + user("b")
    one = case(body, "s > a; a > g; g > b if x > 1; g > e else; b > e")
    with pytest.raises(Invalid, match=r"engine\.expression") as raised:
        one.complete("a", x="many")
    assert raised.value.data["node"] == "g"


def test_a_case_that_waits_for_nothing_is_an_error_and_not_a_silence() -> None:
    body = ends() + gateway("exclusive", "g", "a") + user("a") + user("b") + gateway("parallel", "j")
    one = case(body, "s > g; g > a else; g > b if x; a > j; b > j; j > e")
    with pytest.raises(Invalid, match=r"engine\.stalled"):
        one.complete("a")


def test_data_that_are_not_json_are_refused() -> None:
    one = case(ends() + user("a") + user("b"), "s > a; a > b; b > e")
    with pytest.raises(Invalid, match=r"engine\.data"):
        one.complete("a", when=object())


def test_names_of_data_mean_nothing_to_the_engine() -> None:
    names: dict[str, Any] = {"self": 1, "typename": "BpmnEvent", "kwargs": 2, "data_objects": {"a": 1}, "workflow": 3}
    inner = node(
        "subProcess", "inner", node("startEvent", "is") + user("a") + node("endEvent", "ie") + wires("is > a; a > ie")
    )
    one = case(ends() + inner, "s > inner; inner > e", **names)
    assert one.complete("a").step.data == names


@pytest.mark.bpmn("Activity: subProcess")
def test_a_sub_process_hands_its_data_out() -> None:
    inner = node(
        "subProcess", "inner", node("startEvent", "is") + user("a") + node("endEvent", "ie") + wires("is > a; a > ie")
    )
    one = case(ends() + inner + user("b"), "s > inner; inner > b; b > e", known=1)
    one.complete("a", told=2)
    assert (one.open, one.step.data) == (["b"], {"known": 1, "told": 2})


@pytest.mark.bpmn("End event: terminate")
def test_a_terminate_end_leaves_nothing_open() -> None:
    stop = node("endEvent", "stop", "<bpmn:terminateEventDefinition/>")
    inner = node(
        "subProcess", "inner", node("startEvent", "is") + user("c") + node("endEvent", "ie") + wires("is > c; c > ie")
    )
    body = ends() + gateway("parallel", "f") + user("a") + user("b") + inner + stop
    one = case(body, "s > f; f > a; f > b; f > inner; a > stop; b > e; inner > e")
    assert one.open == ["a", "b", "c"]
    one.complete("a", why="withdrawn")
    assert (one.step.finished, one.open, one.step.data) == (True, [], {"why": "withdrawn"})


@pytest.mark.bpmn("Activity: callActivity")
def test_a_called_process_runs_inside_the_caller() -> None:
    called = document(node("startEvent", "cs") + user("a") + node("endEvent", "ce"), "cs > a; a > ce", name="called")
    caller = document(ends() + node("callActivity", "call", calledElement="called"), "s > call; call > e")
    one = Case(runtime.parse(caller, "p", {"called": called}))
    assert one.complete("a", told=1).step.finished
    assert one.step.data == {"told": 1}


def test_a_long_diagram_of_many_steps_runs_through() -> None:
    names = [f"t{index}" for index in range(195)]
    flows = ";".join(f"{one} > {two}" for one, two in zip(["s", *names], [*names, "e"], strict=True))
    one = case(ends() + "".join(user(name) for name in names), flows)
    for name in names:
        one.complete(name)
    assert one.step.finished


@pytest.mark.bpmn("Intermediate throw event: none")
def test_a_milestone_is_passed_and_noted() -> None:
    one = case(ends() + node("intermediateThrowEvent", "half"), "s > half; half > e")
    assert one.step.entered == ("s", "half", "e")


@pytest.mark.bpmn("Swimlane: childLaneSet")
@pytest.mark.bpmn("Swimlane: participant without a process")
@pytest.mark.bpmn("Beside the process: category")
def test_a_partner_and_lanes_in_lanes_change_nothing() -> None:
    inner = node("lane", "l2", "<bpmn:flowNodeRef>a</bpmn:flowNodeRef>", name="Văn thư")
    lanes = node("laneSet", "ls", node("lane", "l1", node("childLaneSet", "cs", inner), name="Sở"))
    beside = '<bpmn:collaboration id="c"><bpmn:participant id="we" processRef="p"/><bpmn:participant id="them"/>'
    beside += '</bpmn:collaboration><bpmn:category id="cat"><bpmn:categoryValue id="v" value="x"/></bpmn:category>'
    one = Case(runtime.parse(document(lanes + ends() + user("a"), "s > a; a > e", beside=beside), "p"))
    assert [task.lane for task in one.step.human_tasks] == ["Văn thư"]
    assert one.complete("a").step.finished
