"""Gateways that join tokens, as the BPMN standard tells it."""

from collections.abc import Iterable

from tests.engine.graphs import Data, Edge, Graph, merged


class Joins:
    """Tokens on the edges of a graph; `spent` are the edges whose tokens a complex gateway has had in this round."""

    graph: Graph
    moving: list[tuple[Edge, Data]]
    spent: dict[str, set[Edge]]

    def leave(self, node: str, data: Data) -> None:
        """Let a token go on from a node."""
        raise NotImplementedError

    def resting(self) -> list[str]:
        """The nodes at which tokens wait for something else than other tokens."""
        raise NotImplementedError

    def _filled(self, node: str) -> list[Edge]:
        """The edges on which tokens wait before a node."""
        return list(dict.fromkeys(edge for edge, _ in self.moving if edge.target == node))

    def _join(self, node: str, edges: Iterable[Edge]) -> bool:
        tokens = [next(one for one in self.moving if one[0] is edge) for edge in edges]
        for token in tokens:
            self.moving.remove(token)
        self.leave(node, merged(data for _edge, data in tokens))
        return True

    def join_parallel(self, node: str) -> bool:
        """Join the tokens before a parallel gateway if there is one on each edge."""
        filled = self._filled(node)
        return len(filled) == len(self.graph.into(node)) and self._join(node, filled)

    def join_complex(self, edge: Edge) -> bool:
        """Open with the first tokens that are enough, and let the others of the round end here (13.4.5)."""
        node, filled = edge.target, self._filled(edge.target)
        if node in self.spent:
            late = next((one for one in self.moving if one[0].target == node and one[0] not in self.spent[node]), None)
            if late is not None:
                self.moving.remove(late)
                self.spent[node].add(late[0])
            return late is not None
        if len(filled) < self.graph.enough[node]:
            return False
        self.spent[node] = set(filled)
        return self._join(node, filled)

    def end_round(self) -> bool:
        """Begin anew before a complex gateway once nothing can come late any more."""
        for node, edges in self.spent.items():
            if edges.issuperset(self._filled(node)) and self._is_last(node, edges):
                return bool(self.spent.pop(node))
        return False

    def join_inclusive(self) -> bool:
        """Join the tokens before an inclusive gateway to which no other can come any more."""
        waiting = dict.fromkeys(edge.target for edge, _ in self.moving)
        for node in waiting:
            if self.graph.kinds[node] == "inclusive" and self._is_last(node, self._filled(node)):
                return self._join(node, self._filled(node))
        return False

    def _is_last(self, node: str, filled: Iterable[Edge]) -> bool:
        """No token can come to an empty edge that could not as well come to a filled one (BPMN 2.0, 13.4.3)."""
        empty = [edge for edge in self.graph.into(node) if edge not in filled]
        spots = [*self.resting(), *(edge.target for edge, _ in self.moving if edge.target != node)]
        reaches = self.graph.reaches
        return not any(reaches(spot, empty, node) and not reaches(spot, filled, node) for spot in spots)
