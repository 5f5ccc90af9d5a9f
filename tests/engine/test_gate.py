"""What comes in and what does not: the gate fails closed."""

import pytest

from app.engine import runtime
from app.kernel.errors import Invalid, OfficeError
from tests.engine.diagrams import (
    boundary,
    document,
    ends,
    error,
    gateway,
    instances,
    node,
    service,
    timer,
    user,
    wires,
)

LINE = "s > a; a > e"


def _refused(xml: bytes, code: str) -> OfficeError:
    with pytest.raises(OfficeError) as raised:
        runtime.parse(xml, "p")
    assert raised.value.code == code
    return raised.value


def _line(middle: str) -> bytes:
    return document(ends() + middle, LINE)


def test_the_plain_diagrams_of_these_tests_come_in() -> None:
    for middle in (user("a"), service("a"), user("a", 'form="f" role="clerk" deadline="2"')):
        assert runtime.parse(_line(middle), "p").process_id == "p"


@pytest.mark.parametrize(
    "element",
    [
        '<bpmn:scriptTask id="a"><bpmn:script>import os</bpmn:script></bpmn:scriptTask>',
        '<bpmn:task id="a"/>',
        '<bpmn:manualTask id="a"/>',
        '<bpmn:businessRuleTask id="a"/>',
        '<bpmn:sendTask id="a"/>',
        '<bpmn:receiveTask id="a"/>',
        '<bpmn:complexGateway id="a"/>',
        '<bpmn:eventBasedGateway id="a"/>',
        '<bpmn:adHocSubProcess id="a"/>',
        '<bpmn:transaction id="a"/>',
        '<bpmn:nonsense id="a"/>',
        user("a") + '<bpmn:dataObject id="d"/>',
        user("a") + '<bpmn:ioSpecification id="d"/>',
        user("a", inside='<bpmn:standardLoopCharacteristics loopMaximum="3"/>'),
        user("a", inside="<bpmn:ioSpecification/>"),
        user("a", inside="<bpmn:script>x</bpmn:script>"),
        user("a", inside='<x:thing xmlns:x="urn:x"/>'),
        user("a") + '<x:thing xmlns:x="urn:x"/>',
        node("intermediateCatchEvent", "a", "<bpmn:messageEventDefinition/>"),
        node("intermediateCatchEvent", "a", "<bpmn:conditionalEventDefinition/>"),
        node("intermediateThrowEvent", "a", "<bpmn:signalEventDefinition/>"),
        node("intermediateThrowEvent", "a", "<bpmn:compensateEventDefinition/>"),
        node("intermediateCatchEvent", "a", "<bpmn:eventDefinitionRef>t</bpmn:eventDefinitionRef>"),
    ],
)
def test_an_element_that_would_not_run_as_drawn_is_refused(element: str) -> None:
    _refused(_line(element), "diagram.element")


@pytest.mark.parametrize("definition", ["message", "signal", "timer", "conditional", "error", "escalation"])
def test_a_process_is_started_by_the_office_and_by_nothing_else(definition: str) -> None:
    start = node("startEvent", "s", f"<bpmn:{definition}EventDefinition/>")
    _refused(document(start + node("endEvent", "e") + user("a"), LINE), "diagram.element")


@pytest.mark.parametrize("definition", ["message", "signal", "escalation", "compensate", "cancel"])
def test_an_end_that_would_throw_into_the_void_is_refused(definition: str) -> None:
    end = node("endEvent", "e", f"<bpmn:{definition}EventDefinition/>")
    _refused(document(node("startEvent", "s") + end + user("a"), LINE), "diagram.element")


@pytest.mark.parametrize(
    "attributes",
    [
        {"scriptFormat": "python"},
        {"implementation": "x"},
        {"default": "a_to_e"},
        {"{urn:x}y": "1"},
        {"unknown": "1"},
    ],
)
def test_an_attribute_that_would_be_ignored_is_refused(attributes: dict[str, str]) -> None:
    given = {name: value for name, value in attributes.items() if "{" not in name}
    element = node("userTask", "a", **given)
    if len(given) < len(attributes):
        element = '<bpmn:userTask id="a" xmlns:x="urn:x" x:y="1"/>'
    assert _refused(_line(element), "diagram.attribute").data["node"] == "a"


@pytest.mark.parametrize(
    "element",
    [
        node("userTask", "a", startQuantity="2"),
        node("userTask", "a", completionQuantity="2"),
        node("userTask", "a", isForCompensation="true"),
        node("subProcess", "a", triggeredByEvent="true"),
    ],
)
def test_an_attribute_that_changes_the_meaning_is_refused(element: str) -> None:
    _refused(_line(element), "diagram.attribute_value")


def test_a_process_that_must_not_run_does_not_run() -> None:
    xml = _line(user("a")).replace(b'isExecutable="true"', b'isExecutable="false"')
    _refused(xml, "diagram.attribute_value")


@pytest.mark.parametrize("key", ["Start", "End", "Root", "a.b", "a b", "1a", "", "a [child]", "s"])
def test_an_id_that_would_be_taken_for_another_is_refused(key: str) -> None:
    xml = document(ends() + node("userTask", key), "")
    _refused(xml, "diagram.id")


def test_a_node_without_an_id_is_refused() -> None:
    _refused(_line(user("a") + "<bpmn:userTask/>"), "diagram.id")


@pytest.mark.parametrize(
    ("extension", "code"),
    [
        ('<eo:task form="f" colour="red"/>', "diagram.attribute"),
        ('<eo:task form="Not a word"/>', "diagram.attribute_value"),
        ('<eo:task form="../../secret"/>', "diagram.attribute_value"),
        ('<eo:task deadline="days.__class__"/>', "diagram.expression"),
        ('<eo:task post="open(1)"/>', "diagram.expression"),
        ('<eo:task unit="a b"/>', "diagram.expression"),
        ("<eo:task/><eo:task/>", "diagram.extension"),
        ("<eo:task><eo:param/></eo:task>", "diagram.extension"),
        ('<eo:operation name="a.b"/>', "diagram.extension"),
        ("<eo:unknown/>", "diagram.extension"),
        ('<x:script xmlns:x="urn:x">import os</x:script>', "diagram.extension"),
        ("<bpmn:script/>", "diagram.extension"),
    ],
)
def test_a_declaration_that_nobody_reads_is_refused(extension: str, code: str) -> None:
    xml = _line(node("userTask", "a", f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>"))
    assert _refused(xml, code).data["node"] == "a"


@pytest.mark.parametrize(
    ("extension", "code"),
    [
        ("", "diagram.operation"),
        ("<eo:operation/>", "diagram.operation"),
        ('<eo:operation name="os.system()"/>', "diagram.operation"),
        ('<eo:operation name="noslice"/>', "diagram.operation"),
        ('<eo:operation name="a.b" result="x.y"/>', "diagram.operation"),
        ('<eo:operation name="a.b"><eo:param name="x"/></eo:operation>', "diagram.operation"),
        (
            '<eo:operation name="a.b"><eo:param name="x" value="1"/><eo:param name="x" value="2"/></eo:operation>',
            "diagram.operation",
        ),
        ('<eo:operation name="a.b"><eo:param name="x" value="f()"/></eo:operation>', "diagram.expression"),
        ('<eo:operation name="a.b"><eo:other/></eo:operation>', "diagram.extension"),
        ('<eo:operation name="a.b" retries="3"/>', "diagram.attribute"),
        ('<eo:task role="clerk"/>', "diagram.extension"),
    ],
)
def test_a_service_task_names_exactly_one_operation(extension: str, code: str) -> None:
    xml = _line(node("serviceTask", "a", f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>"))
    _refused(xml, code)


CHOICE = ends() + gateway("exclusive", "g") + user("a") + user("b")


@pytest.mark.parametrize(
    ("flows", "code"),
    [
        ("s > g; g > a; g > b if x; a > e; b > e", "diagram.condition"),
        ("s > g; g > a if x; g > b if __x; a > e; b > e", "diagram.expression"),
        ("s > g; g > a if x(); g > b if y; a > e; b > e", "diagram.expression"),
        ("s > g; g > a if x; g > b if y; a > e if z; b > e", "diagram.condition"),
        ("s > g; g > a if x; a > b; b > e", "diagram.condition"),
        ("s > g; g > a if x; g > b if y; a > e; b > nowhere", "diagram.flow"),
        ("s > g; g > g if x; g > a if y; a > b; b > e", "diagram.flow"),
        ("s > g; g > a if x; g > b if y; a > e", "diagram.connection"),
        ("s > g; g > a; a > e", "diagram.connection"),
        ("s > g; g > a if x; g > b if y; a > e; b > e; a > b", "diagram.connection"),
        ("s > g; g > a if x; g > b if y; a > b; b > a", "diagram.connection"),
        ("s > g; g > a if x; g > e if y; a > b; b > a", "diagram.unreachable"),
        ("s > g; g > e; a > b; b > a", "diagram.unreachable"),
        ("e > g; s > g; g > a if x; g > b if y; a > e; b > e", "diagram.connection"),
        ("s > g; g > a if x; g > b if y; a > e; b > s", "diagram.connection"),
    ],
)
def test_flows_that_would_mislead_a_token_are_refused(flows: str, code: str) -> None:
    _refused(document(CHOICE, flows), code)


def test_two_flows_between_the_same_nodes_are_refused() -> None:
    twice = '<bpmn:sequenceFlow id="again" sourceRef="s" targetRef="a"/>'
    _refused(document(ends() + user("a") + twice, LINE), "diagram.flow")


def test_an_island_with_a_way_out_is_still_an_island() -> None:
    body = ends() + user("a") + user("b") + gateway("exclusive", "h")
    _refused(document(body, "s > a; a > e; b > h; h > b if x; h > e if y"), "diagram.unreachable")


def test_a_parallel_gateway_that_waits_for_itself_is_refused() -> None:
    body = ends() + gateway("parallel", "f") + user("a") + gateway("exclusive", "g", "e")
    _refused(document(body, "s > f; f > a; a > g; g > f if again; g > e else"), "diagram.deadlock")


def test_a_default_way_is_one_of_the_gateway_s_and_has_no_condition() -> None:
    body = ends() + gateway("exclusive", "g", "a") + user("a") + user("b")
    _refused(document(body, "s > g; g > a if x; g > b if y; a > e; b > e"), "diagram.condition")
    body = ends() + node("exclusiveGateway", "g", default="s_to_g") + user("a") + user("b")
    _refused(document(body, "s > g; g > a if x; g > b if y; a > e; b > e"), "diagram.default")


def test_a_process_has_one_start_and_an_end() -> None:
    two = node("startEvent", "s") + node("startEvent", "s2") + node("endEvent", "e") + gateway("exclusive", "g")
    _refused(document(two, "s > g; s2 > g; g > e"), "diagram.start")
    _refused(document(node("startEvent", "s") + user("a") + user("b"), "s > a; a > b; b > a"), "diagram.end")


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (boundary("b", "missing", timer("P1D")), "diagram.boundary"),
        (boundary("b", "s", timer("P1D")), "diagram.boundary"),
        (boundary("b", "a", error()), "diagram.boundary"),
        (boundary("b", "k", error("none")), "diagram.error"),
        (boundary("b", "k", error(), cancels=False), "diagram.boundary"),
        (boundary("b", "k", error() + timer("P1D")), "diagram.boundary"),
        (boundary("b", "a", ""), "diagram.timer"),
        (boundary("b", "a", timer("P1D") + timer("P2D")), "diagram.timer"),
        (boundary("b", "a", "<bpmn:timerEventDefinition/>"), "diagram.timer"),
        (boundary("b", "a", timer("R3/P1D", "timeCycle")), "diagram.timer"),
        (boundary("b", "a", timer("R3/PT1S", "timeCycle"), cancels=False), "diagram.timer"),
        (boundary("b", "a", timer("P1D", "timeDate")), "diagram.timer"),
        (boundary("b", "a", timer("2026-01-01")), "diagram.timer"),
        (boundary("b", "a", timer("2026-13-01", "timeDate")), "diagram.timer"),
        (boundary("b", "a", timer("PT1H + open()")), "diagram.expression"),
        (boundary("b", "a", timer("")), "diagram.expression"),
        (
            boundary("b", "a", timer("P1D")).replace('cancelActivity="true"', 'cancelActivity="maybe"'),
            "diagram.boundary",
        ),
        (boundary("b", "a", "<bpmn:messageEventDefinition/>"), "diagram.element"),
    ],
)
def test_an_event_at_the_edge_catches_what_can_happen_there(event: str, code: str) -> None:
    body = ends() + user("a") + service("k") + user("c") + event
    _refused(document(body, "s > a; a > k; k > e; b > c; c > e"), code)


def test_an_error_end_needs_someone_to_catch_it() -> None:
    errors = '<bpmn:error id="er" errorCode="refused"/><bpmn:error id="er2" errorCode="lost"/>'
    inside = node("startEvent", "is") + node("endEvent", "ie", error("er")) + wires("is > ie")
    body = ends() + node("subProcess", "a", inside) + user("c")
    flows = LINE + "; b > c; c > e"
    for caught in (error("er"), error()):
        runtime.parse(document(body + boundary("b", "a", caught), flows, beside=errors), "p")
    _refused(document(body + boundary("b", "a", error("er2")), flows, beside=errors), "diagram.error")
    _refused(document(body.replace(user("c"), ""), LINE, beside=errors), "diagram.error")
    end = node("startEvent", "s") + node("endEvent", "e", error("er")) + user("a")
    _refused(document(end, LINE, beside=errors), "diagram.error")


@pytest.mark.parametrize(
    "spoiled",
    [
        instances("", "person", "results", "result"),
        instances("people", "", "results", "result"),
        instances("people", "person", "", "result"),
        instances("people", "person", "results", ""),
        instances("people", "x", "results", "x"),
        instances("people.all", "person", "results", "result"),
        "<bpmn:multiInstanceLoopCharacteristics/>",
    ],
)
def test_instances_name_their_list_item_results_and_result(spoiled: str) -> None:
    assert _refused(_line(user("a", inside=spoiled)), "diagram.instances").data["node"] == "a"


def test_instances_by_number_are_refused() -> None:
    number = node("multiInstanceLoopCharacteristics", "m", "<bpmn:loopCardinality>-1</bpmn:loopCardinality>")
    _refused(_line(user("a", inside=number)), "diagram.element")


def test_a_process_that_is_not_there_is_refused() -> None:
    with pytest.raises(Invalid, match=r"diagram\.process"):
        runtime.parse(_line(user("a")), "other")


def test_a_call_leads_to_a_process_and_never_back() -> None:
    call = ends() + node("callActivity", "a", calledElement="called")
    _refused(document(call, LINE), "diagram.call")
    back = document(
        node("startEvent", "cs") + node("callActivity", "ca", calledElement="p") + node("endEvent", "ce"),
        "cs > ca; ca > ce",
        name="called",
    )
    with pytest.raises(Invalid, match=r"diagram\.call"):
        runtime.parse(document(call, LINE), "p", {"called": back})


@pytest.mark.bpmn("Swimlane: participant")
@pytest.mark.bpmn("Artifact: textAnnotation")
@pytest.mark.bpmn("Artifact: association")
@pytest.mark.bpmn("Artifact: group")
def test_pools_lanes_notes_and_groups_are_welcome() -> None:
    beside = '<bpmn:collaboration id="c"><bpmn:participant id="pool" name="UBND" processRef="p"/></bpmn:collaboration>'
    lane = node("lane", "l", "<bpmn:flowNodeRef>a</bpmn:flowNodeRef>", name="Văn thư")
    note = '<bpmn:textAnnotation id="n"><bpmn:text>Ghi chú</bpmn:text></bpmn:textAnnotation>'
    note += '<bpmn:association id="as" sourceRef="a" targetRef="n"/><bpmn:group id="gr"/>'
    body = node("laneSet", "ls", lane) + ends() + user("a") + note
    assert runtime.parse(document(body, LINE, beside=beside), "p").process_id == "p"
