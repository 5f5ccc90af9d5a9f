"""Diagrams as the token interpreter sees them: nodes, edges, events, and what repeats."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

Data = dict[str, int]


@dataclass(frozen=True)
class Edge:
    """A flow; `when` decides from the number that its source drew.

    Without one it is the default of a gateway; out of anything else it is always taken unless it is the `default`.
    """

    source: str
    target: str
    when: Callable[[int], bool] | None = None
    default: bool = False


@dataclass(frozen=True)
class Event:
    """What an event waits for or throws: a timer, message, signal, error, escalation or the end of all.

    `name` is that of the signal or the code; without one it catches all codes.
    """

    trigger: str
    name: str = ""
    cancels: bool = True

    def hears(self, trigger: str, name: str) -> bool:
        """Whether something that happens is what this waits for."""
        return self.trigger == trigger and self.name in {"", name}


@dataclass(frozen=True)
class Repeat:
    """How often an activity runs: `turn` one after the other, `all` at once, `results` at once and forgetting.

    `enough` done are all that is waited for.
    """

    count: int
    mode: str
    enough: int | None = None


@dataclass
class Graph:
    """Nodes by name with their kind, the edges between them, and sub-processes with a graph of their own.

    `hosts` says which events sit at the edge of what, `handlers` are the event sub-processes, and `enough` says how
    many tokens open a complex gateway.
    """

    kinds: dict[str, str] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    inner: dict[str, "Graph"] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    repeats: dict[str, Repeat] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    handlers: dict[str, "Graph"] = field(default_factory=dict)
    enough: dict[str, int] = field(default_factory=dict)

    @property
    def start(self) -> str:
        """Where a token begins."""
        return next(key for key, kind in self.kinds.items() if kind == "start")

    def only(self, node: str) -> "Graph":
        """A process of one activity alone, as each of its repetitions sees it."""
        inner = {node: self.inner[node]} if node in self.inner else {}
        kinds = {"s": "start", node: self.kinds[node], "e": "end"}
        return Graph(kinds, [Edge("s", node), Edge(node, "e")], inner)

    def around(self, node: str) -> set[str]:
        """The events that wait as long as a token is at a node: at its edge, behind a race, or itself."""
        if self.kinds[node] == "race":
            return {edge.target for edge in self.out(node)}
        edge = {event for event, host in self.hosts.items() if host == node}
        return edge | ({node} if self.kinds[node] == "catch" else set())

    def deciding(self) -> set[str]:
        """The gateways, here and inside, that need a number from the step before."""
        here = {edge.source for edge in self.edges if edge.when is not None and not edge.source.startswith("draw_")}
        return here.union(*(one.deciding() for one in (*self.inner.values(), *self.handlers.values())))

    def out(self, node: str) -> list[Edge]:
        """The edges that leave a node."""
        return [edge for edge in self.edges if edge.source == node]

    def into(self, node: str) -> list[Edge]:
        """The edges that enter a node."""
        return [edge for edge in self.edges if edge.target == node]

    def reaches(self, spot: str, edges: Iterable[Edge], without: str) -> bool:
        """Whether a token can come from a node to one of some edges without passing another node."""
        seen: set[str] = set()
        todo = [spot]
        while todo:
            one = todo.pop()
            if one not in seen and one != without:
                seen.add(one)
                todo += [edge.target for edge in self.out(one)]
                todo += [event for event, host in self.hosts.items() if host == one]
        return any(edge.source in seen for edge in edges)


def telling(data: Data) -> Data:
    """The part of the data that tokens are told apart by."""
    return {name: number for name, number in data.items() if name.startswith("last_")}


def merged(all_data: Iterable[Data]) -> Data:
    """What several tokens know together: the tests only ever write growing numbers."""
    found: Data = {}
    for data in all_data:
        for name, number in data.items():
            found[name] = max(number, found.get(name, 0))
    return found
