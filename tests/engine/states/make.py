"""`python -m tests.engine.states.make FOLDER`: states of every kind of wait, as the engine of this release keeps them.

Run it once for each format of the state, before it is changed, and never again: what it made is what offices have.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any

from app.engine import codec, runtime
from tests.engine.diagrams import (
    NAMES,
    Case,
    boundary,
    condition,
    document,
    ends,
    error,
    gateway,
    handler,
    inner,
    instances,
    later,
    loop,
    message,
    node,
    service,
    signal,
    timer,
    user,
)

PEOPLE = {"people": ["x", "y", "z"]}
EACH = instances("people", "person", "opinions", "opinion")
FORK = ends() + gateway("parallel", "g") + gateway("parallel", "j") + user("a") + user("b") + user("c")
FORKED = "s > g; g > a; g > b; a > j; b > j; j > c; c > e"
ENOUGH = node("complexGateway", "j", "<bpmn:activationCondition>activationCount == 1</bpmn:activationCondition>")
RACE = node("intermediateCatchEvent", "c1", timer("P1D")) + node("intermediateCatchEvent", "c2", message("m1"))
UNDO = (
    node("intermediateThrowEvent", "x", "<bpmn:compensateEventDefinition/>")
    + node("boundaryEvent", "ca", "<bpmn:compensateEventDefinition/>", attachedToRef="a")
    + node("userTask", "undo", isForCompensation="true")
    + '<bpmn:association id="as" sourceRef="ca" targetRef="undo"/>'
)
CASES: dict[str, tuple[str, str, list[str], dict[str, Any]]] = {
    "human_task": (ends() + user("a"), "s > a; a > e", [], {"n": 1}),
    "operation": (ends() + service("k", "told"), "s > k; k > e", [], {}),
    "parallel_join": (FORK, FORKED, ["a"], {}),
    "inclusive_join": (
        FORK.replace("parallelGateway", "inclusiveGateway"),
        FORKED.replace("g > a", "g > a if n == 1").replace("g > b", "g > b if n > 0"),
        ["b"],
        {"n": 1},
    ),
    "complex_gateway": (FORK.replace(gateway("parallel", "j"), ENOUGH), FORKED, ["a"], {}),
    "instances": (ends() + user("l", 'post="person"', EACH), "s > l; l > e", ["l"], PEOPLE),
    "instances_in_turn": (ends() + user("l", "", EACH.replace("false", "true")), "s > l; l > e", ["l"], PEOPLE),
    "loop": (ends() + user("a", inside=loop("loopCounter < 3")), "s > a; a > e", ["a"], {}),
    "sub_process": (ends() + inner("i", user("u") + user("v"), "is > u; u > v; v > ie"), "s > i; i > e", ["u"], {}),
    "boundary_timer": (
        ends() + user("a") + boundary("t", "a", timer("P1D"), cancels=False) + user("r"),
        "s > a; a > e; t > r; r > e",
        [],
        {},
    ),
    "cycle": (
        ends() + user("a") + boundary("t", "a", timer("R3/P1D", "timeCycle"), cancels=False) + user("r"),
        "s > a; a > e; t > r; r > e",
        [],
        {},
    ),
    "error": (
        ends() + service("k") + boundary("f", "k", error("er")) + user("r"),
        "s > k; k > e; f > r; r > e",
        [],
        {},
    ),
    "receive": (ends() + node("receiveTask", "r", messageRef="m1"), "s > r; r > e", [], {}),
    "signal": (ends() + node("intermediateCatchEvent", "c", signal("sig1")), "s > c; c > e", [], {}),
    "race": (
        ends() + node("eventBasedGateway", "g") + RACE + user("a"),
        "s > g; g > c1; g > c2; c1 > a; c2 > a; a > e",
        [],
        {},
    ),
    "event_sub_process": (ends() + user("a") + handler("h", signal("sig1"), user("v")), "s > a; a > e", [], {}),
    "condition": (
        ends() + user("a") + user("b") + boundary("c", "b", condition("n > 3")),
        "s > a; a > b; b > e; c > e",
        ["a"],
        {"n": 1},
    ),
    "compensation": (ends() + user("a") + user("b") + UNDO, "s > a; a > b; b > x; x > e", ["a"], {}),
}


def main(folder: Path) -> None:
    """Write a file for each kind of wait."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (body, flows, steps, data) in CASES.items():
        xml = document(body, flows, beside=NAMES)
        one = Case(runtime.parse(xml, "p"), later, **data)
        for step in steps:
            one.complete(step)
        told = {"diagram": xml.decode(), "state": base64.b64encode(one.step.state).decode(), "format": codec.FORMAT}
        (folder / f"{name}.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")


def finish(one: Case, most: int = 30) -> Case:
    """Do whatever waits until a case ends."""
    for _ in range(most):
        if one.step.finished:
            break
        if one.step.human_tasks:
            one.go(runtime.complete, one.step.human_tasks[0].id, {"opinion": "done"})
        elif one.step.waiting:
            one.go(runtime.answer, one.step.waiting[0].id, {"ok": True})
        elif one.step.awaited:
            one.deliver(one.step.awaited[0].name)
        elif one.step.listening:
            one.hear(one.step.listening[0].name)
        else:
            one.at(one.step.timers[0].due)
    return one


if __name__ == "__main__":
    main(Path(sys.argv[1]))
