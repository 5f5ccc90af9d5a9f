"""What comes in and what does not: the gate fails closed."""

import pytest

from app.engine import runtime
from app.kernel.errors import Invalid, OfficeError
from tests.engine.diagrams import (
    NAMES,
    boundary,
    condition,
    document,
    ends,
    error,
    escalation,
    gateway,
    handler,
    instances,
    message,
    node,
    said,
    service,
    signal,
    sub_process,
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
        '<bpmn:nonsense id="a"/>',
        user("a", inside="<bpmn:script>x</bpmn:script>"),
        user("a", inside='<x:thing xmlns:x="urn:x"/>'),
        user("a") + '<x:thing xmlns:x="urn:x"/>',
        node("intermediateCatchEvent", "a", "<bpmn:escalationEventDefinition/>"),
        node("intermediateThrowEvent", "a", "<bpmn:timerEventDefinition/>"),
        node("intermediateThrowEvent", "a", "<bpmn:errorEventDefinition/>"),
        node("intermediateThrowEvent", "a", "<bpmn:conditionalEventDefinition/>"),
        node("intermediateThrowEvent", "a", "<bpmn:cancelEventDefinition/>"),
        node("intermediateCatchEvent", "a", "<bpmn:eventDefinitionRef>t</bpmn:eventDefinitionRef>"),
    ],
)
def test_an_element_that_would_not_run_as_drawn_is_refused(element: str) -> None:
    _refused(_line(element), "diagram.element")


@pytest.mark.parametrize("definition", [condition("x"), error("er"), error(), escalation("es")])
def test_a_process_is_not_started_by_what_happens_inside_one(definition: str) -> None:
    start = node("startEvent", "s", definition)
    _refused(document(start + node("endEvent", "e") + user("a"), LINE, beside=NAMES), "diagram.start")


@pytest.mark.parametrize("definition", [message("m1"), signal("sig1"), timer("P1D"), condition("x")])
def test_a_sub_process_is_started_by_the_token_that_enters_it(definition: str) -> None:
    inside = node("startEvent", "is", definition) + node("endEvent", "ie")
    _refused(document(ends() + sub_process("a", inside, "is > ie"), LINE, beside=NAMES), "diagram.start")


@pytest.mark.parametrize("starts", [("", ""), (message("m1"), message("m1")), (signal("sig1"), signal("sig1"))])
def test_two_starts_that_mean_the_same_are_refused(starts: tuple[str, str]) -> None:
    body = node("startEvent", "s", starts[0]) + node("startEvent", "s2", starts[1]) + node("endEvent", "e")
    body += gateway("exclusive", "g")
    _refused(document(body, "s > g; s2 > g; g > e", beside=NAMES), "diagram.start")


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        ("<bpmn:compensateEventDefinition/>", "diagram.compensation"),
        ("<bpmn:cancelEventDefinition/>", "diagram.element"),
        (message("none"), "diagram.message"),
        ("<bpmn:messageEventDefinition/>", "diagram.message"),
        (signal("none"), "diagram.signal"),
        (escalation(), "diagram.escalation"),
        (escalation("none"), "diagram.escalation"),
        (message("m1") + signal("sig1"), "diagram.event"),
    ],
)
def test_an_end_that_would_throw_into_the_void_is_refused(definition: str, code: str) -> None:
    end = node("endEvent", "e", definition)
    _refused(document(node("startEvent", "s") + end + user("a"), LINE, beside=NAMES), code)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (node("intermediateCatchEvent", "a"), "diagram.event"),
        (node("intermediateCatchEvent", "a", message("m1") + timer("P1D")), "diagram.event"),
        (node("intermediateCatchEvent", "a", message("m1"), parallelMultiple="true"), "diagram.attribute_value"),
        (node("intermediateCatchEvent", "a", message("nameless")), "diagram.message"),
        (node("intermediateCatchEvent", "a", "<bpmn:conditionalEventDefinition/>"), "diagram.expression"),
        (node("intermediateCatchEvent", "a", condition("open(1)")), "diagram.expression"),
        (node("intermediateCatchEvent", "a", said("a b") + message("m1")), "diagram.expression"),
        (node("intermediateCatchEvent", "a", said(result="x.y") + message("m1")), "diagram.message"),
        (node("intermediateCatchEvent", "a", said() + timer("P1D")), "diagram.extension"),
        (node("intermediateThrowEvent", "a", said()), "diagram.extension"),
        (node("intermediateThrowEvent", "a", said(result="x") + message("m1")), "diagram.attribute"),
        (node("intermediateCatchEvent", "a", said(x="1") + message("m1")), "diagram.extension"),
        (node("intermediateCatchEvent", "a", said("x") + signal("sig1")), "diagram.attribute"),
        (node("receiveTask", "a", said(x="1"), messageRef="m1"), "diagram.extension"),
        (node("sendTask", "a", said(result="x"), messageRef="m1"), "diagram.attribute"),
        (node("intermediateThrowEvent", "a", escalation()), "diagram.escalation"),
        (node("sendTask", "a"), "diagram.message"),
        (node("receiveTask", "a"), "diagram.message"),
        (node("receiveTask", "a", messageRef="m1", instantiate="true"), "diagram.attribute_value"),
        (node("eventBasedGateway", "a"), "diagram.event_gateway"),
    ],
)
def test_an_event_says_what_it_waits_for(event: str, code: str) -> None:
    _refused(document(ends() + event, LINE, beside=NAMES + '<bpmn:message id="nameless"/>'), code)


@pytest.mark.parametrize(
    ("start", "code"),
    [
        ("", "diagram.start"),
        (message("m1") + signal("sig1"), "diagram.event"),
        (message("none"), "diagram.message"),
        (timer("R/P1D", "timeCycle"), "diagram.timer"),
        (condition("x("), "diagram.expression"),
        (error("none"), "diagram.error"),
    ],
)
def test_an_event_sub_process_has_one_start_that_can_happen(start: str, code: str) -> None:
    _refused(document(ends() + user("a") + handler("h", start, user("b")), LINE, beside=NAMES), code)


def test_a_join_of_two_starts_would_wait_for_the_one_that_never_comes() -> None:
    body = node("startEvent", "s") + node("startEvent", "s2", message("m1")) + node("endEvent", "e")
    _refused(document(body + gateway("parallel", "j"), "s > j; s2 > j; j > e", beside=NAMES), "diagram.deadlock")


def test_an_event_sub_process_is_one_and_says_so() -> None:
    doubtful = sub_process("a", node("startEvent", "is") + node("endEvent", "ie"), "is > ie", triggeredByEvent="maybe")
    _refused(_line(doubtful), "diagram.attribute_value")
    many = handler("h", message("m1"), user("b") + instances("people", "person", "results", "result"))
    _refused(document(ends() + user("a") + many, LINE, beside=NAMES), "diagram.instances")


def test_an_event_sub_process_hangs_on_nothing() -> None:
    body = ends() + user("a") + handler("h", message("m1"), user("b"))
    _refused(document(body, "s > h; h > a; a > e", beside=NAMES), "diagram.connection")
    _refused(document(body + boundary("t", "h", timer("P1D")), LINE + "; t > e", beside=NAMES), "diagram.boundary")
    _refused(document(ends() + user("a") + handler("h", error(), user("b"), interrupts=False), LINE), "diagram.start")


RACE = ends() + node("eventBasedGateway", "g") + node("intermediateCatchEvent", "c", message("m1")) + user("u")
RACE += node("receiveTask", "r", messageRef="m2")


@pytest.mark.parametrize(
    ("more", "flows"),
    [
        ("", "s > g; g > c; g > u; c > r; u > r; r > e"),
        ("", "s > g; g > c; g > r; c > r; r > u; u > e"),
        (boundary("b", "r", timer("P1D")), "s > g; g > c; g > r; c > e; r > e; b > u; u > e"),
    ],
)
def test_behind_an_event_gateway_stand_events_that_wait(more: str, flows: str) -> None:
    _refused(document(RACE + more, flows, beside=NAMES), "diagram.event_gateway")


@pytest.mark.parametrize(
    "attributes",
    [
        {"scriptFormat": "python"},
        {"implementation": "x"},
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
        node("userTask", "a", isForCompensation="maybe"),
        node("eventBasedGateway", "a", instantiate="true"),
        node("eventBasedGateway", "a", eventGatewayType="Parallel"),
    ],
)
def test_an_attribute_that_changes_the_meaning_is_refused(element: str) -> None:
    _refused(_line(element), "diagram.attribute_value")


def test_a_process_that_must_not_run_does_not_run() -> None:
    xml = _line(user("a")).replace(b'isExecutable="true"', b'isExecutable="false"')
    _refused(xml, "diagram.attribute_value")


@pytest.mark.parametrize("key", ["a.b", "End.", "a b", "1a", "", "a [child]", "s"])
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
    inside = f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>"
    _refused(_line(node("serviceTask", "a", inside)), code)
    _refused(_line(node("sendTask", "a", inside)), code if extension else "diagram.message")


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


def test_a_process_has_a_start_and_an_end() -> None:
    _refused(document(node("endEvent", "e") + user("a"), "a > e"), "diagram.start")
    _refused(document(node("startEvent", "s") + user("a") + user("b"), "s > a; a > b; b > a"), "diagram.end")


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (boundary("b", "missing", timer("P1D")), "diagram.boundary"),
        (boundary("b", "s", timer("P1D")), "diagram.boundary"),
        (boundary("b", "a", error()), "diagram.boundary"),
        (boundary("b", "k", error("none")), "diagram.error"),
        (boundary("b", "k", error(), cancels=False), "diagram.boundary"),
        (boundary("b", "k", error() + timer("P1D")), "diagram.event"),
        (boundary("b", "k", escalation()), "diagram.boundary"),
        (boundary("b", "a", ""), "diagram.boundary"),
        (boundary("b", "a", timer("P1D") + timer("P2D")), "diagram.event"),
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
        (boundary("b", "a", "<bpmn:messageEventDefinition/>"), "diagram.message"),
        (boundary("b", "a", "<bpmn:cancelEventDefinition/>"), "diagram.element"),
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
    asked = document(
        node("startEvent", "cs", message("m1")) + node("endEvent", "ce"), "cs > ce", beside=NAMES, name="called"
    )
    with pytest.raises(Invalid, match=r"diagram\.call"):
        runtime.parse(document(call, LINE), "p", {"called": asked})


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
