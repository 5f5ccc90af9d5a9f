"""A real case once more: what was done in it is done again as soon as it can be, in the order in which it was done."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.engine import runtime
from app.engine.definition import Definition
from app.engine.playing import Given, Play
from app.engine.rehearsal import Told
from app.engine.xml import bpmn, read
from app.kernel.errors import Conflict

_KINDS = {"complete": "human", "answer": "operation", "fail": "operation"}


class Replay(Play):
    """An act whose step does not wait is kept for later: another diagram may come to it by another way, or never."""

    def __init__(self, given: Given, acts: list[Told], kinds: Mapping[str, str]) -> None:
        super().__init__(given, [], kinds)
        self.pending = list(acts)

    def begin(self, definition: Definition) -> None:
        """Play it from the start until nothing that was recorded can still be done."""
        super().begin(definition)
        while (found := next((act for act in self.pending if self._can(act)), None)) is not None:
            self.wait_until(max(self.now, datetime.fromisoformat(found["at"])))
            self.pending.remove(found)
            if self._can(found):  # unless a timer took the step away on the way
                self._do(found)

    def complete(self, act: Told) -> None:
        """Complete a step, whoever would do it there; Conflict "replay.answers" when its form takes other answers."""
        if act.get("wrong"):
            raise Conflict("replay.answers", node=act["complete"], fields=act["wrong"])
        key, _kind = self._first(act["complete"], ("human",))
        self.tasks[key]["closed_at"] = self.now.isoformat()
        self._go(runtime.complete, key, dict(act["told"]))

    def told(self, definition: Definition, incident: Told | None) -> Told:
        """What was seen, and how much of what was recorded found no place."""
        return {**super().told(definition, incident), "unused": len(self.pending)}

    def _can(self, act: Told) -> bool:
        if "message" in act:
            step = self.step
            return step is not None and any(one.name == act["message"] for one in step.awaited)
        word = next(iter(_KINDS.keys() & act.keys()))
        return (act[word], _KINDS[word]) in self._open.values()

    def _do(self, act: Told) -> None:
        acts = self.acts()
        acts[next(word for word in acts if word in act)](act)


def codes(xml: bytes) -> dict[str, str]:
    """The error that leads out of each step by an event at its edge: what a step must have failed with."""
    root = read(xml)
    names = {error.get("id"): error.get("errorCode") or "" for error in root.iter(bpmn("error"))}
    found: dict[str, str] = {}
    for event in root.iter(bpmn("boundaryEvent")):
        caught = event.find(bpmn("errorEventDefinition"))
        if caught is not None:
            found.setdefault(event.get("attachedToRef") or "", names.get(caught.get("errorRef"), "") or "error")
    return found


def outcome(before: Told, after: Told) -> dict[str, Any]:
    """How a case went on another diagram (`after`), beside how it went on its own (`before`).

    `kind`: same, other (the first difference), waits (where nobody of the time answered), fails (why), or unknown:
    what was kept of the case does not bring it to its end on its own diagram either.
    """
    if before["incident"] is not None or not before["ended"]:
        return {"kind": "unknown", "nodes": [one["node"] for one in before["open"]]}
    if after["incident"] is not None:
        return {"kind": "fails", "reason": after["incident"]["code"], "data": after["incident"]["data"]}
    if not after["ended"]:
        return {"kind": "waits", "nodes": sorted({one["node"] for one in after["open"]})}
    pairs = zip([*before["passed"], None], [*after["passed"], None], strict=False)
    return next(({"kind": "other", "was": was, "now": now} for was, now in pairs if was != now), {"kind": "same"})
