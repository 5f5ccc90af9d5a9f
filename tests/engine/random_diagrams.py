"""Random diagrams from a seed, drawn once as BPMN for the engine and once as a graph for the token interpreter."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from tests.engine.diagrams import boundary, document, gateway, loop, node, numbered, service, timer, user, wires
from tests.engine.graphs import Edge, Graph, Repeat
from tests.engine.tokens import Data, telling

Block = Callable[..., tuple[str, str]]
SHOWN = 'unit="@0" post="@1" deadline="@2"'
"""Lets a task of a person tell what is known where it stands."""

KINDS = (
    *("user", "user", "user", "service", "row", "choice", "branches", "branches", "some", "loop", "sub", "timed"),
    *("fan", "fork", "rework", "spill", "repeated", "repeated"),
)


class Draws:
    """The numbers that gateways decide by: the same for both engines, whatever order their tokens come in.

    Tokens are told apart by what they know; those that know the same may change places.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.asked: Counter[str] = Counter()

    def __deepcopy__(self, _memo: object) -> "Draws":
        """The same: a copy of a run draws what its original would."""
        return self

    def __call__(self, name: str, data: Data) -> int:
        """The next number of a gateway for a token with some data."""
        key = f"{self.seed}/{name.removeprefix('draw_')}/{sorted(telling(data).items())}"
        self.asked[key] += 1
        return random.Random(f"{key}/{self.asked[key]}").randrange(60)  # noqa: S311


@dataclass
class Sheet:
    """One process or sub-process while it is being drawn."""

    elements: list[str] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    graph: Graph = field(default_factory=Graph)

    def put(self, key: str, kind: str, element: str) -> str:
        """Add a node to both drawings."""
        self.graph.kinds[key] = kind
        self.elements.append(element)
        return key

    def join(
        self, source: str, target: str, divisor: int | None = None, decided_by: str = "", *, default: bool = False
    ) -> None:
        """Add a flow; with a divisor it is taken when the number drawn can be divided by it."""
        if divisor is None:
            self.graph.edges.append(Edge(source, target, default=default))
            self.flows.append(f"{source} > {target}")
        else:
            self.graph.edges.append(Edge(source, target, lambda number: number % divisor == 0))
            self.flows.append(f"{source} > {target} if {decided_by}.n % {divisor} == 0")


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


class Generator:
    """Draws one random diagram. Blocks return the names of their first and last node."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311
        self.count = 0
        self.users: list[str] = []
        self.crowded = 0
        self.xml, self.graph = self._process()

    def _process(self) -> tuple[bytes, Graph]:
        sheet = Sheet()
        self._framed(sheet, "s", "e", [self._block(sheet, 3) for _ in range(3)])
        drawn = "".join(sheet.elements)
        for place in range(3):
            shown = [f"last_{name}" for name in self.users][place * 90 : place * 90 + 90]
            drawn = drawn.replace(f"@{place}", f"[{','.join(shown)}]")
        return document(drawn, ";".join(sheet.flows)), sheet.graph

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
        kind = self.dice.choice(KINDS if depth > 0 else ("user", "user", "service"))
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

    def _timed(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        """A task or sub-process with a reminder beside it and a limit that takes it away."""
        makers: list[Block] = [self._user, self._sub, self._repeated]
        host, _ = self.dice.choice(makers)(sheet, depth)
        merge = self._name("m")
        sheet.put(merge, "exclusive", gateway("exclusive", merge))
        sheet.join(host, merge)
        for kind in self.dice.choice([("limit",), ("reminder",), ("limit", "reminder")]):
            key = self._name("t")
            sheet.put(key, kind, boundary(key, host, timer("P1D"), cancels=kind == "limit"))
            sheet.graph.hosts[key] = host
            self.crowded += kind == "reminder"  # several may be open at once in a loop
            after, _ = self.dice.choice([self._user, self._service])(sheet, 0)
            self.crowded -= kind == "reminder"
            sheet.join(key, after)
            if kind == "limit":
                sheet.join(after, merge)
            else:
                end = self._name("end")
                sheet.join(after, sheet.put(end, "end", node("endEvent", end)))
        return host, merge
