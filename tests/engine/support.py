"""What BPMN 2.0 has and which test runs it: the page docs/bpmn-support.md is made from the marks on the tests.

`python -m tests.engine.support` writes the page anew.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.engine.diagrams import HEAD

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "bpmn-support.md"
_SINK = "EOFFICE_TEST_MARKS"
_GATE = "test_support.py::test_what_no_test_runs_is_refused_by_name"
Marks = Mapping[str, list[tuple[str, str]]]


@dataclass(frozen=True)
class Element:
    """Something BPMN has; `body` shows it in a process (or `beside` it) on the element `x`."""

    group: str
    name: str
    body: str = ""
    beside: str = ""

    @property
    def document(self) -> bytes:
        """The smallest document that has it."""
        process = f'<bpmn:process id="p">{_start()}{self.body or _step()}{_end()}</bpmn:process>'
        return f"{HEAD}{self.beside}{process}</bpmn:definitions>".encode()


def _start(inside: str = "", key: str = "s", attributes: str = "") -> str:
    flow = f'<bpmn:sequenceFlow id="{key}_x" sourceRef="{key}" targetRef="x"/>' if key == "s" else ""
    return f'<bpmn:startEvent id="{key}" {attributes}>{inside}</bpmn:startEvent>{flow}'


def _end() -> str:
    return '<bpmn:endEvent id="e"/><bpmn:sequenceFlow id="x_e" sourceRef="x" targetRef="e"/>'


def _step(kind: str = "userTask", inside: str = "", attributes: str = "", key: str = "x") -> str:
    return f'<bpmn:{kind} id="{key}" {attributes}>{inside}</bpmn:{kind}>'


def _inner(start: str = "") -> str:
    begin = start or '<bpmn:startEvent id="is"/>'
    return f'{begin}<bpmn:endEvent id="ie"/><bpmn:sequenceFlow id="is_ie" sourceRef="is" targetRef="ie"/>'


def _activities() -> Iterator[Element]:
    kinds = "task userTask manualTask serviceTask sendTask receiveTask scriptTask businessRuleTask callActivity"
    for kind in kinds.split():
        yield Element("Activity", f"Activity: {kind}", _step(kind))
    for kind in ("subProcess", "adHocSubProcess", "transaction"):
        yield Element("Activity", f"Activity: {kind}", _step(kind, _inner()))
    loops = {
        "standardLoopCharacteristics": "<bpmn:standardLoopCharacteristics/>",
        "multiInstanceLoopCharacteristics": "<bpmn:multiInstanceLoopCharacteristics/>",
        "multiInstanceLoopCharacteristics, sequential": (
            '<bpmn:multiInstanceLoopCharacteristics isSequential="true"/>'
        ),
    }
    for name, loop in loops.items():
        yield Element("Activity", f"Activity: {name}", _step(inside=loop))
    yield Element("Activity", "Activity: compensation handler", _step(attributes='isForCompensation="true"'))
    yield Element(
        "Activity", "Activity: receiveTask that starts", _step("receiveTask", attributes='instantiate="true"')
    )


def _gateways() -> Iterator[Element]:
    for kind in ("exclusive", "inclusive", "parallel", "complex", "eventBased"):
        yield Element("Gateway", f"Gateway: {kind}Gateway", _step(f"{kind}Gateway"))
    yield Element("Gateway", "Gateway: complexGateway, joining N of M", _step("complexGateway"))
    begins = _step("eventBasedGateway", attributes='instantiate="true"')
    yield Element("Gateway", "Gateway: eventBasedGateway that starts", begins)


_PLACES = {
    "Start event": "none message timer conditional signal multiple parallel-multiple",
    "Intermediate catch event": "message timer conditional link signal multiple parallel-multiple",
    "Intermediate throw event": "none message escalation link compensate signal multiple",
    "End event": "none message error escalation cancel compensate signal terminate multiple",
    "Boundary event": "message timer error escalation cancel compensate conditional signal multiple parallel-multiple",
    "Event sub-process": "message timer error escalation compensate conditional signal multiple parallel-multiple",
}
_ALWAYS_INTERRUPTS = {"error", "cancel", "compensate"}


def _events() -> Iterator[Element]:
    for place, triggers in _PLACES.items():
        for trigger in triggers.split():
            if place not in {"Boundary event", "Event sub-process"}:
                yield Element("Event", f"{place}: {trigger}", _event(place, trigger))
                continue
            start = " start" if place == "Event sub-process" else ""
            ways = ("interrupting",) if trigger in _ALWAYS_INTERRUPTS else ("interrupting", "non-interrupting")
            for way in ways:
                yield Element("Event", f"{place}: {trigger}{start}, {way}", _event(place, trigger, way))


def _event(place: str, trigger: str, way: str = "interrupting") -> str:
    inside, whether = _definitions(trigger), "true" if way == "interrupting" else "false"
    both = 'parallelMultiple="true"' if trigger == "parallel-multiple" else ""
    if place == "Boundary event":
        edge = f'attachedToRef="host" cancelActivity="{whether}" {both}'
        return _step(key="host") + _step("boundaryEvent", inside, edge)
    if place == "Event sub-process":
        start = f'<bpmn:startEvent id="is" isInterrupting="{whether}" {both}>{inside}</bpmn:startEvent>'
        return _step(key="host") + _step("subProcess", _inner(start), 'triggeredByEvent="true"')
    kinds = {"Start event": "startEvent", "End event": "endEvent", "Intermediate catch event": "intermediateCatchEvent"}
    return _step(kinds.get(place, "intermediateThrowEvent"), inside, both)


def _definitions(trigger: str) -> str:
    if trigger == "none":
        return ""
    kinds = ("message", "signal") if "multiple" in trigger else (trigger,)
    return "".join(f"<bpmn:{kind}EventDefinition/>" for kind in kinds)


def _flows() -> Iterator[Element]:
    always = "<bpmn:conditionExpression>true</bpmn:conditionExpression>"
    second = '<bpmn:endEvent id="e2"/><bpmn:sequenceFlow id="x_e2" sourceRef="{}" targetRef="e2">{}</bpmn:sequenceFlow>'
    yield from (Element("Flow", f"Flow: {name}") for name in ("sequenceFlow", "conditional", "default"))
    yield Element("Flow", "Flow: conditional out of an activity", _step() + second.format("x", always))
    yield Element("Flow", "Flow: default out of an activity", _step(attributes='default="x_e"'))
    yield Element("Flow", "Flow: several out of an activity", _step() + second.format("x", ""))
    yield Element("Flow", "Flow: several into an activity")
    yield Element("Flow", "Flow: several out of an event", _step("intermediateThrowEvent") + second.format("x", ""))
    pools = '<bpmn:participant id="we" processRef="p"/><bpmn:participant id="them"/>'
    flow = '<bpmn:messageFlow id="x" sourceRef="we" targetRef="them"/>'
    beside = f'<bpmn:collaboration id="c">{pools}{flow}</bpmn:collaboration>'
    yield Element("Flow", "Flow: messageFlow", _step(key="y"), beside)


def _data() -> Iterator[Element]:
    for kind in ("dataObject", "dataObjectReference", "dataStoreReference", "property"):
        yield Element("Data", f"Data: {kind}", _step(kind) + _step(key="y"))
    yield Element("Data", "Data: dataStore", _step(key="y"), '<bpmn:dataStore id="x"/>')
    yield Element("Data", "Data: ioSpecification", _step(inside="<bpmn:ioSpecification/>"))
    for kind in ("dataInputAssociation", "dataOutputAssociation"):
        yield Element("Data", f"Data: {kind}", _step(inside=_step(kind), key="y"))


def _rest() -> Iterator[Element]:
    for name in ("participant", "participant without a process", "lane", "childLaneSet"):
        yield Element("Swimlane", f"Swimlane: {name}")
    many = '<bpmn:participant id="x"><bpmn:participantMultiplicity maximum="3"/></bpmn:participant>'
    beside = f'<bpmn:collaboration id="c">{many}</bpmn:collaboration>'
    yield Element("Swimlane", "Swimlane: participantMultiplicity", _step(key="y"), beside)
    for name in ("textAnnotation", "association", "group"):
        yield Element("Artifact", f"Artifact: {name}")
    for kind in ("conversation", "subConversation", "callConversation", "conversationLink", "correlationKey"):
        beside = f'<bpmn:collaboration id="x"><bpmn:{kind}/></bpmn:collaboration>'
        yield Element("Conversation and choreography", f"Conversation: {kind}", _step(key="y"), beside)
    for kind in ("choreographyTask", "subChoreography", "callChoreography"):
        beside = f'<bpmn:choreography id="c"><bpmn:{kind} id="x"/></bpmn:choreography>'
        yield Element("Conversation and choreography", f"Choreography: {kind}", _step(key="y"), beside)
    for kind in ("Task", "UserTask", "ManualTask", "ScriptTask", "BusinessRuleTask"):
        yield Element(
            "Beside the process", f"Beside the process: global{kind}", _step(key="y"), f'<bpmn:global{kind} id="x"/>'
        )
    for kind in ("category", "itemDefinition", "interface", "resource", "import"):
        yield Element("Beside the process", f"Beside the process: {kind}")


CATALOGUE = (*_activities(), *_gateways(), *_events(), *_flows(), *_data(), *_rest())
ALIASES = {
    "Receive task": "Activity: receiveTask",
    "Send task": "Activity: sendTask",
    "Event-based gateway": "Gateway: eventBasedGateway",
}


def pytest_collection_finish(session: pytest.Session) -> None:
    """As a plugin: note which marks stand on which tests."""
    found: dict[str, list[tuple[str, str]]] = {}
    for item in session.items:
        for mark in item.iter_markers("bpmn"):
            name = f"{Path(item.path).name}::{item.name.split('[')[0]}"
            entry = (str(mark.kwargs.get("how", "runs")), name)
            tests = found.setdefault(ALIASES.get(mark.args[0], mark.args[0]), [])
            if entry not in tests:
                tests.append(entry)
    Path(os.environ[_SINK]).write_text(json.dumps(found), "utf-8")


@cache
def marks() -> Marks:
    """The marks of all tests of diagrams, by the element they name."""
    with tempfile.NamedTemporaryFile() as sink:
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "tests.engine.support", "tests/engine"]
        surroundings = {**os.environ, _SINK: sink.name}
        subprocess.run(command, cwd=ROOT, env=surroundings, check=True, stdout=subprocess.DEVNULL)
        found: Marks = json.loads(Path(sink.name).read_text("utf-8"))
    return found


def page(known: Marks) -> str:
    """The page, from the marks."""
    lines = [
        "# BPMN 2.0: what runs",
        "",
        "Made from the tests by `python -m tests.engine.support`; a test fails when it is out of date.",
        "",
        "- *runs*: the test named here plays the element;",
        "- *rewritten*: it comes in as something that runs;",
        "- *refused*: it never runs as something else; the gate names it and `bpmn check` lists it as to do.",
    ]
    for group in dict.fromkeys(one.group for one in CATALOGUE):
        lines += ["", f"## {group}", "", "| Element | | Test |", "|---|---|---|"]
        lines += [_row(one, known) for one in CATALOGUE if one.group == group]
    return "\n".join([*lines, ""])


def _row(element: Element, known: Marks) -> str:
    tests = known.get(element.name, [])
    how = "refused" if not tests else min(tests, key=lambda one: one[0] != "runs")[0]
    names = [name for one, name in tests if one == how]
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"| {_label(element)} | {how} | `{names[0] if names else _GATE}`{more} |"


def refused() -> list[Element]:
    """What the committed page says is refused."""
    text = PAGE.read_text("utf-8") if PAGE.exists() else ""
    return [one for one in CATALOGUE if f"| {_label(one)} | refused |" in text]


def _label(element: Element) -> str:
    return element.name if element.group == "Event" else element.name.split(": ", 1)[1]


if __name__ == "__main__":
    PAGE.write_text(page(marks()), "utf-8")
