"""Diagrams as the token interpreter sees them: nodes, edges, and what repeats."""

from collections.abc import Callable
from dataclasses import dataclass, field


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
class Repeat:
    """How often an activity runs: `turn` one after the other, `all` at once, `results` at once and forgetting.

    `enough` done are all that is waited for.
    """

    count: int
    mode: str
    enough: int | None = None


@dataclass
class Graph:
    """Nodes by name with their kind, the edges between them, and sub-processes with a graph of their own."""

    kinds: dict[str, str] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    inner: dict[str, "Graph"] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    repeats: dict[str, Repeat] = field(default_factory=dict)

    def only(self, node: str) -> "Graph":
        """A process of one activity alone, as each of its repetitions sees it."""
        inner = {node: self.inner[node]} if node in self.inner else {}
        kinds = {"s": "start", node: self.kinds[node], "e": "end"}
        return Graph(kinds, [Edge("s", node), Edge(node, "e")], inner)

    def around(self, node: str) -> set[str]:
        """The timers at the edge of a node."""
        return {timer for timer, host in self.hosts.items() if host == node}

    def deciding(self) -> set[str]:
        """The gateways, here and inside, that need a number from the step before."""
        here = {edge.source for edge in self.edges if edge.when is not None and not edge.source.startswith("draw_")}
        return here.union(*(one.deciding() for one in self.inner.values()))

    def out(self, node: str) -> list[Edge]:
        """The edges that leave a node."""
        return [edge for edge in self.edges if edge.source == node]

    def into(self, node: str) -> list[Edge]:
        """The edges that enter a node."""
        return [edge for edge in self.edges if edge.target == node]
