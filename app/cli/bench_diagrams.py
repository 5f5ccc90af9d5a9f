"""The diagrams that `bench engine` runs: as procedures are drawn, and as long or wide as they get."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:bench">'
    '<bpmn:process id="p" isExecutable="true">'
)
_TAIL = "</bpmn:process></bpmn:definitions>"


def procedure() -> bytes:
    """25 nodes in two lanes: 16 tasks, three decisions that may send it back, a parallel review, milestones, ends."""
    tasks = [f"t{number}" for number in range(1, 17)]
    gateways = "".join(_choice(f"g{number}") for number in range(1, 4))
    nodes = _ends() + _tasks(tasks) + gateways + _parallel("fork") + _parallel("join")
    flows = _chain("s", "t1", "t2", "t3", "g1") + _choose("g1", "t1", "t4")
    flows += _chain("t4", "t5", "t6", "g2") + _choose("g2", "t4", "t7") + _chain("t7", "t8", "fork")
    flows += _chain("fork", "t9", "join") + _chain("fork", "t10", "join") + _chain("join", "t11", "t12", "t13", "g3")
    flows += _choose("g3", "t11", "t14") + _chain("t14", "t15", "signed", "t16", "sent", "e")
    milestones = "".join(f'<bpmn:intermediateThrowEvent id="{name}"/>' for name in ("signed", "sent"))
    lanes = _lanes(("specialist", tasks[:8]), ("chairman", tasks[8:]))
    return _document(lanes + nodes + milestones, flows)


def loop() -> bytes:
    """A draft that is checked again and again."""
    nodes = _ends() + _tasks(("draft", "check")) + _choice("g")
    return _document(nodes, _chain("s", "draft", "check", "g") + _choose("g", "draft", "e"))


def review() -> bytes:
    """A draft on which two give their opinions, again and again."""
    nodes = _ends() + _tasks(("draft", "legal", "finance")) + _parallel("fork") + _parallel("join") + _choice("g")
    flows = _chain("s", "draft", "fork", "legal", "join", "g") + _chain("fork", "finance", "join")
    return _document(nodes, flows + _choose("g", "draft", "e"))


def instances() -> bytes:
    """A sub-process of two steps for each of many people."""
    each = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>"
        "<bpmn:loopDataOutputRef>opinions</bpmn:loopDataOutputRef>"
        '<bpmn:inputDataItem name="person"/><bpmn:outputDataItem name="opinion"/>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    inside = '<bpmn:startEvent id="is"/><bpmn:endEvent id="ie"/>' + _tasks(("read", "answer"))
    inner = f'<bpmn:subProcess id="inner">{each}{inside}{_chain("is", "read", "answer", "ie")}</bpmn:subProcess>'
    return _document(_ends() + inner, _chain("s", "inner", "e"))


def line(steps: int) -> bytes:
    """So many steps in a row."""
    names = [f"t{number}" for number in range(steps)]
    return _document(_ends() + _tasks(names), _chain("s", *names, "e"))


def steps(key: str, roles: Mapping[str, str]) -> str:
    """A procedure of human steps one after the other, each for a role."""
    return _ours(key, _ends() + _role_tasks(roles) + _chain("s", *roles, "e"))


def wide(key: str, width: int) -> str:
    """A procedure of so many human steps side by side, all for specialists."""
    names = {f"w{number}": "specialist" for number in range(width)}
    flows = "".join(_chain("fork", name, "join") for name in names)
    nodes = _ends() + _parallel("fork") + _parallel("join") + _role_tasks(names)
    return _ours(key, nodes + _chain("s", "fork") + flows + _chain("join", "e"))


def _ours(key: str, inside: str) -> str:
    head = _HEAD.replace(' id="p"', f' id="{key}"').replace(" id=", ' xmlns:eo="urn:eoffice:bpmn:1" id=', 1)
    return f"{head}{inside}{_TAIL}"


def _role_tasks(roles: Mapping[str, str]) -> str:
    inside = {"specialist": "drafting_unit_id", "head": "drafting_unit_id"}
    return "".join(
        f'<bpmn:userTask id="{name}" name="Bước {name}"><bpmn:extensionElements>'
        f'<eo:task form="bench_opinion" role="{role}" unit="{inside.get(role, "unit_id")}"/>'
        "</bpmn:extensionElements></bpmn:userTask>"
        for name, role in roles.items()
    )


def _document(nodes: str, flows: str) -> bytes:
    return f"{_HEAD}{nodes}{flows}{_TAIL}".encode()


def _ends() -> str:
    return '<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>'


def _tasks(names: Iterable[str]) -> str:
    return "".join(f'<bpmn:userTask id="{name}" name="Bước {name}"/>' for name in names)


def _choice(name: str) -> str:
    return f'<bpmn:exclusiveGateway id="{name}" default="{name}_on"/>'


def _parallel(name: str) -> str:
    return f'<bpmn:parallelGateway id="{name}"/>'


def _lanes(*lanes: tuple[str, list[str]]) -> str:
    inside = "".join(
        f'<bpmn:lane id="{name}" name="{name}">'
        + "".join(f"<bpmn:flowNodeRef>{task}</bpmn:flowNodeRef>" for task in tasks)
        + "</bpmn:lane>"
        for name, tasks in lanes
    )
    return f'<bpmn:laneSet id="lanes">{inside}</bpmn:laneSet>'


def _chain(*names: str) -> str:
    return "".join(
        f'<bpmn:sequenceFlow id="{one}_{two}" sourceRef="{one}" targetRef="{two}"/>' for one, two in pairwise(names)
    )


def _choose(name: str, back: str, on: str) -> str:
    condition = "<bpmn:conditionExpression>decision == 'return'</bpmn:conditionExpression>"
    ends = f'id="{name}_back" sourceRef="{name}" targetRef="{back}"'
    return (
        f"<bpmn:sequenceFlow {ends}>{condition}</bpmn:sequenceFlow>"
        f'<bpmn:sequenceFlow id="{name}_on" sourceRef="{name}" targetRef="{on}"/>'
    )
