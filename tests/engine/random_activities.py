"""Blocks of activities and gateways for random diagrams, each drawn as BPMN and as a graph."""

import random
from collections.abc import Callable
from itertools import pairwise

from tests.engine.diagrams import gateway, loop, node, numbered, service, user, wires
from tests.engine.graphs import Repeat
from tests.engine.sheets import Sheet

Block = Callable[..., tuple[str, str]]
SHOWN = 'unit="@0" post="@1" deadline="@2"'
"""Lets a task of a person tell what is known where it stands."""


def _repetition(kind: str, count: int, before: bool) -> tuple[Repeat, str]:
    """A repetition for both engines."""
    if kind == "loop":
        bounded = f"loopCounter < {count}"
        rounds = count if before else max(count, 1)
        return Repeat(rounds, "turn"), loop(bounded, before=before)
    number = f"1 + {count} - 1"
    if kind == "results":
        return Repeat(count, "results"), numbered(number, "place", results="results")
    if kind == "enough":
        return Repeat(count, "all", 2), numbered(number, until="nrOfCompletedInstances >= 2")
    return Repeat(count, kind), numbered(number, in_turn=kind == "turn")


class Activities:
    """Draws blocks; each gives the names of its first and last node."""

    kinds: tuple[str, ...] = (
        *("user", "user", "user", "service", "row", "choice", "branches", "branches", "some", "loop", "sub", "edged"),
        *("fan", "fork", "rework", "spill", "repeated", "repeated"),
    )

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311
        self.count = 0
        self.users: list[str] = []
        self.crowded = 0
        self.watched = 0
        """Whether something outside may ask what all tokens know together: then no two of them write one name."""

    def _framed(self, sheet: Sheet, start: str, end: str, blocks: list[tuple[str, str]]) -> None:
        sheet.put(start, "start", node("startEvent", start))
        sheet.put(end, "end", node("endEvent", end))
        chain = [(start, start), *blocks, (end, end)]
        for (_, source), (target, _) in pairwise(chain):
            sheet.join(source, target)

    def _name(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def _block(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        kind = self.dice.choice(self.kinds if depth > 0 else ("user", "user", "service"))
        made: tuple[str, str] = getattr(self, f"_{kind}")(sheet, depth - 1)
        return made

    def _user(self, sheet: Sheet, _depth: int, inside: str = "", default: str = "") -> tuple[str, str]:
        """A person's task; where several tokens pass one after the other, what they write is not compared."""
        key = self._name("w" if self.crowded else "u")
        kind = self.dice.choice(["userTask", "manualTask", "task"])
        sheet.put(key, "user", user(key, SHOWN, inside, default, kind))
        if not self.crowded:
            self.users.append(key)
        return key, key

    def _service(self, sheet: Sheet, _depth: int, inside: str = "") -> tuple[str, str]:
        name = self._name("k")
        sheet.put(name, "service", service(name, "", inside, self.dice.choice(["serviceTask", "sendTask"])))
        return name, name

    def _row(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        parts = [self._block(sheet, depth) for _ in range(self.dice.choice([2, 3]))]
        for (_, source), (target, _) in pairwise(parts):
            sheet.join(source, target)
        return parts[0][0], parts[-1][1]

    def _sub(self, sheet: Sheet, depth: int, repeated: str = "") -> tuple[str, str]:
        name, inside = self._name("sub"), Sheet()
        self._framed(inside, f"{name}s", f"{name}e", [self._block(inside, depth)])
        return self._enclose(sheet, name, inside, repeated)

    def _enclose(self, sheet: Sheet, name: str, inside: Sheet, repeated: str = "") -> tuple[str, str]:
        drawn = repeated + "".join(inside.elements) + wires(";".join(inside.flows))
        sheet.put(name, "sub", node("subProcess", name, drawn))
        sheet.graph.inner[name] = inside.graph
        return name, name

    def _step(self, sheet: Sheet, depth: int) -> str:
        """Any activity that several flows may leave."""
        makers: list[Block] = [self._user, self._service, self._sub]
        return self.dice.choice(makers)(sheet, depth)[0]

    def _fan(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        """Several flows out of an activity, joined by a gateway."""
        first, join = self._step(sheet, depth), self._name("j")
        sheet.put(join, "parallel", gateway("parallel", join))
        for _ in range(self.dice.choice([2, 3])):
            start, end = self._block(sheet, depth)
            sheet.join(first, start)
            sheet.join(end, join)
        return first, join

    def _fork(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        """Conditional flows out of an activity, with a default or beside one that is always taken."""
        name, join = f"draw_{self._name('f')}", self._name("j")
        parts = [self._block(sheet, depth) for _ in range(self.dice.choice([2, 3, 4]))]
        default = self.dice.random() < 0.5
        sheet.put(join, "inclusive", gateway("inclusive", join))
        self._draw_at(sheet, name, parts[0][0] if default else "")
        for index, (start, end) in enumerate(parts):
            sheet.join(name, start, index + 1 if index else None, f"d_{name}", default=default and not index)
            sheet.join(end, join)
        if self.dice.random() < 0.2:
            sheet.join(name, join, 2, f"d_{name}")
        return name, join

    def _draw_at(self, sheet: Sheet, name: str, default: str) -> None:
        drawn = service(name, f"d_{name}")
        if default:
            drawn = drawn.replace(" id=", f' default="{name}_to_{default}" id=', 1)
        sheet.put(name, "draw", drawn)

    def _rework(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        """A loop without gateways: flows meet at an activity and part at another."""
        back, name, after = self._service(sheet, 0)[0], f"draw_{self._name('f')}", self._service(sheet, 0)[0]
        start, end = self._block(sheet, depth)
        self._draw_at(sheet, name, after)
        sheet.join(back, start)
        sheet.join(end, name)
        sheet.join(name, back, 2, f"d_{name}")
        sheet.join(name, after, default=True)
        return back, after

    def _spill(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        """A sub-process where tokens part and pass the same way one after the other, each on its own.

        A person's task tells them apart before they meet.
        """
        if self.crowded:
            return self._fan(sheet, depth)
        name, inside = self._name("sub"), Sheet()
        start, end = f"{name}s", f"{name}e"
        inside.put(start, "start", node("startEvent", start))
        inside.put(end, "end", node("endEvent", end))
        parts = [self._block(inside, depth - 1) for _ in range(2)]
        self.crowded += 1
        meet = self._step(inside, depth - 1)
        rest = self._block(inside, depth - 1)
        self.crowded -= 1
        for first, last in parts:
            mark = self._user(inside, 0)[0]
            inside.join(start, first)
            inside.join(last, mark)
            inside.join(mark, meet)
        inside.join(meet, rest[0])
        inside.join(rest[1], end)
        return self._enclose(sheet, name, inside)

    def _repeated(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        """An activity in a loop or in several instances."""
        makers: list[Block] = [self._user, self._service, self._sub]
        make = self.dice.choice(makers)
        count = self.dice.choice([0, 1, 2, 3])
        kind = self.dice.choice(["loop", "turn", "results", "all", "enough"])
        if (make != self._user and kind == "enough") or (make == self._sub and kind == "all"):
            kind = "results"
        if self.watched and make == self._sub and kind == "results":
            kind = "turn"
        repeat, drawn = _repetition(kind, count, self.dice.random() < 0.5)
        key, _ = make(sheet, depth, drawn)
        sheet.graph.repeats[key] = repeat
        return key, key

    def _choice(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        return self._split(sheet, depth, "exclusive")

    def _some(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        return self._split(sheet, depth, "inclusive")

    def _branches(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        return self._split(sheet, depth, "parallel")

    def _split(self, sheet: Sheet, depth: int, kind: str) -> tuple[str, str]:
        split, join = self._name("g"), self._name("j")
        parts = [self._block(sheet, depth) for _ in range(self.dice.choice([2, 2, 3]))]
        first = split
        default = ""
        if kind != "parallel":
            default = parts[0][0]
            first = self._decision(sheet, split)
        sheet.put(split, kind, gateway(kind, split, default))
        sheet.put(join, kind, gateway(kind, join))
        for index, (start, end) in enumerate(parts):
            divided = kind != "parallel" and index > 0
            sheet.join(split, start, index + 1 if divided else None, f"d_{split}")
            sheet.join(end, join)
        if self.dice.random() < 0.2:  # a way on which there is nothing to do
            sheet.join(split, join, None if kind == "parallel" else 2, f"d_{split}")
        return first, join

    def _decision(self, sheet: Sheet, split: str) -> str:
        """A machine that draws the number its gateway decides by."""
        name = f"draw_{split}"
        sheet.put(name, "draw", service(name, f"d_{split}"))
        sheet.join(name, split)
        return name

    def _loop(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        back, split, after = self._name("m"), self._name("x"), self._name("k")
        start, end = self._block(sheet, depth)
        sheet.put(back, "exclusive", gateway("exclusive", back))
        sheet.put(split, "exclusive", gateway("exclusive", split, after))
        sheet.put(after, "service", service(after))
        sheet.join(back, start)
        sheet.join(end, self._decision(sheet, split))
        sheet.join(split, back, 2, f"d_{split}")
        sheet.join(split, after)
        return back, after
