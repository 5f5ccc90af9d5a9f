"""Small diagrams in few words, and a driver that completes tasks by the name of their node."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from app.engine import runtime
from app.engine.runtime import Definition, OperationCall, Operations, Step

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:eo="urn:eoffice:bpmn:1" id="definitions" targetNamespace="urn:test">'
)
_FLOW = re.compile(r"(\w+) > (\w+)(?: if (.+)| (else))?")


def document(body: str, flows: str = "", *, beside: str = "", name: str = "p") -> bytes:
    """A document with one process. Flows are lines or `;` parts: `a > b`, `g > b if x == 1`, `g > b else`."""
    return (
        f'{HEAD}{beside}<bpmn:process id="{name}" isExecutable="true">{body}{wires(flows)}</bpmn:process>'
        "</bpmn:definitions>"
    ).encode()


def wires(flows: str) -> str:
    """The sequence flows of a text; each is called `<source>_to_<target>`."""
    return "".join(_wire(part.strip()) for part in re.split(r"[;\n]", flows) if part.strip())


def _wire(text: str) -> str:
    match = _FLOW.fullmatch(text)
    assert match is not None, text
    source, target, condition, _default = match.groups()
    inside = (
        "" if condition is None else f"<bpmn:conditionExpression><![CDATA[{condition}]]></bpmn:conditionExpression>"
    )
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return f'<bpmn:sequenceFlow id="{source}_to_{target}" {ends}>{inside}</bpmn:sequenceFlow>'


def node(kind: str, key: str, inside: str = "", **attributes: str) -> str:
    """Any element."""
    given = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<bpmn:{kind} id="{key}"{given}>{inside}</bpmn:{kind}>'


def ends(*keys: str) -> str:
    """A start `s` and ends, `e` unless others are named."""
    return node("startEvent", "s") + "".join(node("endEvent", key) for key in keys or ("e",))


def user(key: str, task: str = "", inside: str = "", default: str = "", kind: str = "userTask") -> str:
    """A person's task; `task` are the attributes of its eo:task, `default` names the target of its default flow."""
    declared = f"<eo:task {task}/>" if task else ""
    return node(
        kind,
        key,
        f"<bpmn:extensionElements>{declared}</bpmn:extensionElements>{inside}",
        **({"default": f"{key}_to_{default}"} if default else {}),
    )


def service(key: str, result: str = "", inside: str = "", kind: str = "serviceTask", **params: str) -> str:
    """A service (or send) task that asks for `test.<key>`."""
    given = "".join(f'<eo:param name="{name}" value="{value}"/>' for name, value in params.items())
    kept = f' result="{result}"' if result else ""
    return node(
        kind,
        key,
        f'<bpmn:extensionElements><eo:operation name="test.{key}"{kept}>{given}</eo:operation>'
        f"</bpmn:extensionElements>{inside}",
    )


def gateway(kind: str, key: str, default: str = "") -> str:
    """An exclusive, inclusive or parallel gateway; `default` names the target of its default flow."""
    return node(f"{kind}Gateway", key, **({"default": f"{key}_to_{default}"} if default else {}))


def timer(text: str, kind: str = "timeDuration") -> str:
    """A timer event definition."""
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"


def boundary(key: str, host: str, inside: str, *, cancels: bool = True) -> str:
    """A boundary event."""
    return node("boundaryEvent", key, inside, attachedToRef=host, cancelActivity="true" if cancels else "false")


def error(reference: str = "") -> str:
    """An error event definition; without a reference it catches every code."""
    return f'<bpmn:errorEventDefinition errorRef="{reference}"/>' if reference else "<bpmn:errorEventDefinition/>"


def message(key: str) -> str:
    """A message event definition; the message itself is one of `NAMES`."""
    return f'<bpmn:messageEventDefinition messageRef="{key}"/>'


def signal(key: str) -> str:
    """A signal event definition; the signal itself is one of `NAMES`."""
    return f'<bpmn:signalEventDefinition signalRef="{key}"/>'


def escalation(reference: str = "") -> str:
    """An escalation event definition; without a reference it catches every code."""
    given = f' escalationRef="{reference}"' if reference else ""
    return f"<bpmn:escalationEventDefinition{given}/>"


def condition(text: str) -> str:
    """A conditional event definition."""
    inside = f"<bpmn:condition><![CDATA[{text}]]></bpmn:condition>"
    return f"<bpmn:conditionalEventDefinition>{inside}</bpmn:conditionalEventDefinition>"


def said(correlation: str = "", result: str = "", **params: str) -> str:
    """What a message carries, as extension elements."""
    given = "".join(f'<eo:param name="{name}" value="{value}"/>' for name, value in params.items())
    kept = (f' correlation="{correlation}"' if correlation else "") + (f' result="{result}"' if result else "")
    return f"<bpmn:extensionElements><eo:message{kept}>{given}</eo:message></bpmn:extensionElements>"


def sub_process(key: str, body: str, flows: str, **attributes: str) -> str:
    """A sub-process with nodes and flows of its own."""
    return node("subProcess", key, body + wires(flows), **attributes)


def handler(key: str, starts: str, body: str, *, interrupts: bool = True) -> str:
    """An event sub-process that does one thing: `<key>s` (the start, with its definition), the body, `<key>e`."""
    start = node("startEvent", f"{key}s", starts, isInterrupting="true" if interrupts else "false")
    inner = re.search(r' id="(\w+)"', body)
    assert inner is not None
    flows = f"{key}s > {inner[1]}; {inner[1]} > {key}e"
    return sub_process(key, start + body + node("endEvent", f"{key}e"), flows, triggeredByEvent="true")


NAMES = (
    '<bpmn:message id="m1" name="reply"/><bpmn:message id="m2" name="cancel"/>'
    '<bpmn:signal id="sig1" name="storm"/><bpmn:signal id="sig2" name="calm"/>'
    '<bpmn:error id="er" errorCode="refused"/><bpmn:error id="er2" errorCode="lost"/>'
    '<bpmn:escalation id="es" escalationCode="late"/><bpmn:escalation id="es2" escalationCode="dear"/>'
)


def instances(items: str, item: str, results: str, result: str, *, in_turn: bool = False, until: str = "") -> str:
    """Several instances over a list."""
    condition = f"<bpmn:completionCondition>{until}</bpmn:completionCondition>" if until else ""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{"true" if in_turn else "false"}">'
        f"<bpmn:loopDataInputRef>{items}</bpmn:loopDataInputRef>"
        f"<bpmn:loopDataOutputRef>{results}</bpmn:loopDataOutputRef>"
        f'<bpmn:inputDataItem name="{item}"/><bpmn:outputDataItem name="{result}"/>{condition}'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


def numbered(number: str, item: str = "", *, in_turn: bool = False, until: str = "", results: str = "") -> str:
    """Several instances by number; `results` names the list, its singular (without the s) the result of one."""
    parts = f"<bpmn:loopCardinality><![CDATA[{number}]]></bpmn:loopCardinality>"
    parts += f"<bpmn:loopDataOutputRef>{results}</bpmn:loopDataOutputRef>" if results else ""
    parts += f'<bpmn:inputDataItem name="{item}"/>' if item else ""
    parts += f'<bpmn:outputDataItem name="{results[:-1]}"/>' if results else ""
    parts += f"<bpmn:completionCondition><![CDATA[{until}]]></bpmn:completionCondition>" if until else ""
    turn = "true" if in_turn else "false"
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{turn}">{parts}</bpmn:multiInstanceLoopCharacteristics>'
    )


def loop(condition: str = "", maximum: str = "", *, before: bool = False) -> str:
    """A loop; `before` asks its condition also before the first round."""
    attributes = f' loopMaximum="{maximum}"' if maximum else ""
    attributes += ' testBefore="true"' if before else ""
    inside = f"<bpmn:loopCondition><![CDATA[{condition}]]></bpmn:loopCondition>" if condition else ""
    return f"<bpmn:standardLoopCharacteristics{attributes}>{inside}</bpmn:standardLoopCharacteristics>"


def inner(key: str, inside: str, flows: str, before: str = "") -> str:
    """A sub-process with a start `<key>s` and an end `<key>e`."""
    ends_ = node("startEvent", f"{key}s") + node("endEvent", f"{key}e")
    return node("subProcess", key, before + ends_ + inside + wires(flows))


def later(_call: OperationCall) -> Mapping[str, Any] | None:
    """Operations that all answer later."""
    return None


def at_once(_call: OperationCall) -> Mapping[str, Any] | None:
    """Operations that all answer at once."""
    return {"ok": True}


class Case:
    """One running case: keeps the last step and finds tasks by their node."""

    def __init__(self, definition: Definition, operations: Operations = later, /, **data: Any) -> None:
        self.definition = definition
        self.operations = operations
        self.step = runtime.start(definition, data, operations)

    @property
    def open(self) -> list[str]:
        """The nodes of the open human tasks, in alphabetical order."""
        return sorted(task.node for task in self.step.human_tasks)

    @property
    def asked(self) -> list[str]:
        """The nodes of the service tasks that wait for an answer, in alphabetical order."""
        return sorted(call.node for call in self.step.waiting)

    def task(self, key: str) -> str:
        """The id of the first open human task of a node."""
        return next(task.id for task in self.step.human_tasks if task.node == key)

    def call(self, key: str) -> str:
        """The id of the first waiting service task of a node."""
        return next(call.id for call in self.step.waiting if call.node == key)

    def complete(self, key: str, **data: Any) -> "Case":
        """Complete a human task."""
        return self.go(runtime.complete, self.task(key), data)

    def answer(self, key: str, **result: Any) -> "Case":
        """Answer a service task."""
        return self.go(runtime.answer, self.call(key), result)

    def fail(self, key: str, code: str) -> "Case":
        """Fail a service task."""
        return self.go(runtime.fail, self.call(key), code, "message")

    def deliver(self, name: str, correlation: str | None = None, **payload: Any) -> "Case":
        """Deliver a message."""
        return self.go(runtime.deliver, name, payload, correlation)

    def hear(self, name: str, **payload: Any) -> "Case":
        """Let the case hear a signal."""
        return self.go(runtime.signal, name, payload)

    @property
    def awaited(self) -> list[str]:
        """The nodes that wait for a message, in alphabetical order."""
        return sorted(one.node for one in self.step.awaited)

    def at(self, moment: datetime) -> "Case":
        """Fire the timers due at a moment."""
        return self.go(runtime.fire_timers, moment)

    def go(self, move: Callable[..., Step], *arguments: Any) -> "Case":
        """Make any move on the last state."""
        self.step = move(self.definition, self.step.state, *arguments, self.operations)
        return self


def case(body: str, flows: str, operations: Operations = later, /, **data: Any) -> Case:
    """Parse and start a process in one go."""
    return Case(runtime.parse(document(body, flows, beside=NAMES), "p"), operations, **data)


class Wanderer(Case):
    """A case whose every step is made by a worker that has only just read the diagram."""

    def __init__(self, xml: bytes, operations: Operations = later, /, **data: Any) -> None:
        self.xml = xml
        super().__init__(runtime.parse(xml, "p"), operations, **data)

    def go(self, move: Callable[..., Step], *arguments: Any) -> "Case":
        """Read the diagram again, then make the move."""
        self.definition = runtime.parse(self.xml, "p")
        return super().go(move, *arguments)


def wanderer(body: str, flows: str, operations: Operations = later, /, **data: Any) -> Case:
    """As `case`, with a new worker at every step."""
    return Wanderer(document(body, flows, beside=NAMES), operations, **data)
