"""What a random diagram is drawn on, and the numbers that its gateways decide by."""

import random
from collections import Counter
from dataclasses import dataclass, field

from tests.engine.graphs import Data, Edge, Graph, telling


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
