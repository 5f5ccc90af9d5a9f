"""Random diagrams from a seed, drawn once as BPMN for the engine and once as a graph for the token interpreter."""

import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from tests.engine.diagrams import boundary, document, gateway, message, node, service, timer, user, wires
from tests.engine.event_tokens import Edge, Graph

KINDS = ("user", "user", "user", "service", "row", "choice", "branches", "branches", "some", "loop", "sub", "timed")
EVENTS = ("timed", "timed", "race", "sub", "sub")


class Draws:
    """The numbers that gateways decide by: the same for both engines, whatever order they ask in."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.asked: Counter[str] = Counter()

    def __call__(self, name: str) -> int:
        """The next number of a gateway."""
        self.asked[name] += 1
        return random.Random(f"{self.seed}/{name}/{self.asked[name]}").randrange(60)  # noqa: S311


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

    def join(self, source: str, target: str, divisor: int | None = None, decided_by: str = "") -> None:
        """Add a flow; with a divisor it is taken when the number drawn can be divided by it."""
        if divisor is None:
            self.graph.edges.append(Edge(source, target))
            self.flows.append(f"{source} > {target}")
        else:
            self.graph.edges.append(Edge(source, target, lambda number: number % divisor == 0))
            self.flows.append(f"{source} > {target} if {decided_by}.n % {divisor} == 0")


class Generator:
    """Draws one random diagram. Blocks return the names of their first and last node."""

    def __init__(self, seed: int, *, messages: bool = False) -> None:
        self.dice = random.Random(seed)  # noqa: S311
        self.count = 0
        self.users: list[str] = []
        self.messages = messages
        self.kinds = KINDS + (EVENTS if messages else ())
        self.xml, self.graph = self._process()

    def _process(self) -> tuple[bytes, Graph]:
        sheet = Sheet()
        self._framed(sheet, "s", "e", [self._block(sheet, 3) for _ in range(4)])
        self._handlers(sheet)
        beside = "".join(f'<bpmn:message id="m_{key}" name="{key}"/>' for key in self._awaiting(sheet.graph))
        return document("".join(sheet.elements), ";".join(sheet.flows), beside=beside), sheet.graph

    def _awaiting(self, graph: Graph) -> list[str]:
        found = [key for key, kind in graph.kinds.items() if kind in {"letter", "note", "catch", "rescue", "aside"}]
        inside = [*graph.inner.values(), *graph.handlers.values()]
        return found + [key for one in inside for key in self._awaiting(one)]

    def _handlers(self, sheet: Sheet) -> None:
        """Event sub-processes of one step, in some processes and sub-processes."""
        for kind in self.dice.choice([(), ("aside",), ("rescue",), ("aside", "rescue")]) if self.messages else ():
            name, inside = self._name("h"), Sheet()
            self._framed(inside, f"{name}s", f"{name}e", [self._block(inside, 0)])
            start = node("startEvent", f"{name}s", message(f"m_{name}"), isInterrupting=str(kind == "rescue").lower())
            body = "".join(inside.elements).replace(node("startEvent", f"{name}s"), start)
            body += wires(";".join(inside.flows))
            sheet.put(name, kind, node("subProcess", name, body, triggeredByEvent="true"))
            sheet.graph.handlers[name] = inside.graph

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

    def _user(self, sheet: Sheet, _depth: int) -> tuple[str, str]:
        key = sheet.put(name := self._name("u"), "user", user(name))
        self.users.append(key)
        return key, key

    def _service(self, sheet: Sheet, _depth: int) -> tuple[str, str]:
        name = self._name("k")
        sheet.put(name, "service", service(name))
        return name, name

    def _row(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        parts = [self._block(sheet, depth) for _ in range(self.dice.choice([2, 3]))]
        for (_, source), (target, _) in pairwise(parts):
            sheet.join(source, target)
        return parts[0][0], parts[-1][1]

    def _sub(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        name, inside = self._name("sub"), Sheet()
        self._framed(inside, f"{name}s", f"{name}e", [self._block(inside, depth)])
        self._handlers(inside)
        sheet.put(name, "sub", node("subProcess", name, "".join(inside.elements) + wires(";".join(inside.flows))))
        sheet.graph.inner[name] = inside.graph
        return name, name

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

    def _race(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        """A message and a time limit, whichever comes first."""
        gate, merge, letter, limit = (self._name(key) for key in ("g", "m", "c", "p"))
        sheet.put(gate, "race", node("eventBasedGateway", gate))
        sheet.put(merge, "exclusive", gateway("exclusive", merge))
        sheet.put(letter, "catch", node("intermediateCatchEvent", letter, message(f"m_{letter}")))
        sheet.put(limit, "pause", node("intermediateCatchEvent", limit, timer("P1D")))
        for event in (letter, limit):
            start, end = self._block(sheet, depth)
            sheet.join(gate, event)
            sheet.join(event, start)
            sheet.join(end, merge)
        return gate, merge

    def _timed(self, sheet: Sheet, depth: int) -> tuple[str, str]:
        """A task or sub-process with a reminder beside it and a limit that takes it away."""
        host, _ = self.dice.choice([self._user, self._sub])(sheet, depth)
        merge = self._name("m")
        sheet.put(merge, "exclusive", gateway("exclusive", merge))
        sheet.join(host, merge)
        timed: list[tuple[str, ...]] = [("limit",), ("reminder",), ("limit", "reminder")]
        told: list[tuple[str, ...]] = [("letter",), ("note",), ("letter", "note"), ("limit", "letter", "note")]
        for kind in self.dice.choice(timed + told if self.messages else timed):
            key, cancels = self._name("t"), kind in {"limit", "letter"}
            event = message(f"m_{key}") if kind in {"letter", "note"} else timer("P1D")
            sheet.put(key, kind, boundary(key, host, event, cancels=cancels))
            sheet.graph.hosts[key] = host
            after, _ = self.dice.choice([self._user, self._service])(sheet, 0)
            sheet.join(key, after)
            if cancels:
                sheet.join(after, merge)
            else:
                end = self._name("end")
                sheet.join(after, sheet.put(end, "end", node("endEvent", end)))
        return host, merge
