"""A second, independent engine: tokens on a graph, as the BPMN standard tells it, and nothing else.

It knows no task trees and no history. A token carries its data; where tokens join, the highest number written to
each name wins, which is right because the tests only ever write growing numbers.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

Data = dict[str, int]


@dataclass(frozen=True)
class Edge:
    """A flow; `when` decides from the number that its gateway drew, None is the default."""

    source: str
    target: str
    when: Callable[[int], bool] | None = None


@dataclass
class Graph:
    """Nodes by name with their kind, the edges between them, and sub-processes with a graph of their own.

    At the edge of `hosts` sit `limit` and `reminder` (timers), `letter` and `note` (messages); `handlers` are event
    sub-processes, of kind `rescue` or `aside`. The first of each pair takes everything away.
    """

    kinds: dict[str, str] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    inner: dict[str, "Graph"] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    handlers: dict[str, "Graph"] = field(default_factory=dict)

    def out(self, node: str) -> list[Edge]:
        """The edges that leave a node."""
        return [edge for edge in self.edges if edge.source == node]

    def into(self, node: str) -> list[Edge]:
        """The edges that enter a node."""
        return [edge for edge in self.edges if edge.target == node]


@dataclass
class Place:
    """Work that waits at a node: a person's, or a whole sub-process; `timers` have not fired yet.

    What runs `aside` tells only what it changed: the rest it merely knew, and may have been taken back since.
    """

    node: str
    data: Data
    timers: set[str]
    run: "Run | None" = None
    aside: bool = False

    def told(self) -> Data:
        """What the work will tell, as far as it has come."""
        if self.run is None:
            return self.data
        known = self.run.known()
        return {name: known[name] for name in known if known[name] != self.data.get(name)} if self.aside else known


class Run:
    """One process or sub-process in motion."""

    def __init__(self, graph: Graph, data: Data, draw: Callable[[str], int]) -> None:
        self.graph, self.draw = graph, draw
        self.moving: list[tuple[Edge, Data]] = []
        self.places: list[Place] = []
        self.ended: list[Data] = []
        self.served: list[tuple[str, Data]] = []
        self.watching = True
        self._leave("s" if "s" in graph.kinds else next(k for k, v in graph.kinds.items() if v == "start"), data)
        self.settle()

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return not (self.moving or self.places)

    def open(self) -> list[str]:
        """The nodes where people are waited for, in alphabetical order."""
        inside = [name for place in self.places if place.run for name in place.run.open()]
        return sorted(inside + [place.node for place in self.places if self.graph.kinds[place.node] == "user"])

    def awaited(self) -> list[str]:
        """The nodes that wait for a message, in alphabetical order."""
        found = [name for name in self.graph.handlers if self.watching and not self.done]
        for place in self.places:
            found += self._letters(place)
            found += place.run.awaited() if place.run else []
        return sorted(found)

    def deliver(self, node: str) -> bool:
        """Let a message come to a node that waits for it."""
        for place in self.places:
            if place.run is not None and place.run.deliver(node):
                self.settle()
                return True
            if node in self._letters(place):
                if self.graph.kinds[node] != "note":
                    self.places.remove(place)
                self._leave(node, dict(place.data))
                self.settle()
                return True
        if node in self.graph.handlers and self.watching and not self.done:
            self._handle(node)
            self.settle()
            return True
        return False

    def known(self) -> Data:
        """What all tokens know together."""
        return _merged([*(place.told() for place in self.places), *(data for _edge, data in self.moving), *self.ended])

    def _handle(self, node: str) -> None:
        data = self.known()
        if self.graph.kinds[node] == "rescue":
            self.served += [told for place in self.places if place.run for told in place.run.taken()]
            self.places, self.moving, self.ended, self.watching = [], [], [], False
        run = Run(self.graph.handlers[node], dict(data), self.draw)
        self.places.append(Place(node, data, set(), run, aside=self.graph.kinds[node] == "aside"))

    def _letters(self, place: Place) -> list[str]:
        at_edge = [event for event, host in self.graph.hosts.items() if host == place.node]
        behind = [edge.target for edge in self.graph.out(place.node)] if self._races(place) else []
        return [node for node in at_edge + behind if self.graph.kinds[node] in {"letter", "note", "catch"}]

    def _races(self, place: Place) -> bool:
        return self.graph.kinds[place.node] == "race"

    def complete(self, node: str, name: str, number: int) -> bool:
        """Let a person finish the oldest work at a node, writing one number."""
        for place in self.places:
            if place.run is not None and place.run.complete(node, name, number):
                self.settle()
                return True
            if place.run is None and place.node == node:
                self.places.remove(place)
                self._leave(node, place.data | {name: number})
                self.settle()
                return True
        return False

    def fire(self) -> None:
        """Let every timer that runs now fire."""
        for place in list(self.places):
            self._fire(place)
        self.settle()

    def _fire(self, place: Place) -> None:
        timers, place.timers = sorted(place.timers), set()
        stopped = False
        for timer in timers:
            cancels = self.graph.kinds[timer] != "reminder"
            self._leave(timer, dict(place.data))
            stopped = stopped or cancels
        if stopped:
            self.places.remove(place)
        elif place.run is not None:
            place.run.fire()

    def settle(self) -> None:
        """Move every token as far as it goes; inclusive joins only when nothing else moves."""
        while self._finish_inner() or self._move() or self._join_inclusive():
            pass

    def taken(self) -> list[tuple[str, Data]]:
        """What machines were asked since last time, here and inside."""
        found, self.served = self.served, []
        for place in self.places:
            if place.run is not None:
                found += place.run.taken()
        return found

    def _finish_inner(self) -> bool:
        for place in self.places:
            if place.run is not None and place.run.done:
                self.served += place.run.taken()
                self.places.remove(place)
                self._leave(place.node, place.told())
                return True
        return False

    def _move(self) -> bool:
        for edge, data in self.moving:
            kind = self.graph.kinds[edge.target]
            if kind == "parallel" and not self._join_parallel(edge.target):
                continue
            if kind == "inclusive" and len(self.graph.into(edge.target)) > 1:
                continue
            if kind != "parallel":
                self.moving.remove((edge, data))
                self._enter(edge.target, kind, data)
            return True
        return False

    def _enter(self, node: str, kind: str, data: Data) -> None:
        near = [event for event, host in self.graph.hosts.items() if host == node]
        near += [edge.target for edge in self.graph.out(node)] if kind == "race" else []
        timers = {event for event in near if self.graph.kinds[event] in {"limit", "reminder", "pause"}}
        if kind in {"user", "race"}:
            self.places.append(Place(node, data, timers))
        elif kind == "sub":
            self.places.append(Place(node, data, timers, Run(self.graph.inner[node], dict(data), self.draw)))
        elif kind == "end":
            self.ended.append(data)
        elif kind == "service":
            self.served.append((node, dict(data)))
            self._leave(node, data)
        else:
            self._leave(node, data)

    def _leave(self, node: str, data: Data) -> None:
        ways = self.graph.out(node)
        if node in self.graph.handlers:
            self.ended.append(data)
        if self.graph.kinds[node] in {"exclusive", "inclusive"} and len(ways) > 1:
            number = self.draw(node)
            chosen = [way for way in ways if way.when is not None and way.when(number)]
            chosen = chosen or [way for way in ways if way.when is None]
            ways = chosen[:1] if self.graph.kinds[node] == "exclusive" else chosen
        self.moving += [(way, dict(data)) for way in ways]

    def _join_parallel(self, node: str) -> bool:
        return self._join(node, self.graph.into(node))

    def _join(self, node: str, edges: Iterable[Edge]) -> bool:
        found = [next((one for one in self.moving if one[0] is edge), None) for edge in edges]
        tokens = [token for token in found if token is not None]
        if len(tokens) < len(found):
            return False
        for token in tokens:
            self.moving.remove(token)
        self._leave(node, _merged([data for _edge, data in tokens]))
        return True

    def _join_inclusive(self) -> bool:
        for edge, _data in self.moving:
            node = edge.target
            if self.graph.kinds[node] == "inclusive" and self._may_join(node):
                filled = {id(one): one for one, _ in self.moving if one.target == node}
                return self._join(node, filled.values())
        return False

    def _may_join(self, node: str) -> bool:
        """No token can come to an empty edge that could not as well come to a filled one (BPMN 2.0, 13.4.3)."""
        filled = [edge for edge in self.graph.into(node) if any(one is edge for one, _ in self.moving)]
        empty = [edge for edge in self.graph.into(node) if edge not in filled]
        spots = [edge.target for edge, _ in self.moving if edge.target != node]
        spots += [place.node for place in self.places]
        return not any(self._reaches(spot, empty, node) and not self._reaches(spot, filled, node) for spot in spots)

    def _reaches(self, spot: str, edges: list[Edge], without: str) -> bool:
        seen: set[str] = set()
        todo = [spot]
        while todo:
            one = todo.pop()
            if one in seen or one == without:
                continue
            seen.add(one)
            todo += [edge.target for edge in self.graph.out(one)]
            todo += [timer for timer, host in self.graph.hosts.items() if host == one]
        return any(edge.source in seen for edge in edges)


def _merged(all_data: Iterable[Data]) -> Data:
    merged: Data = {}
    for data in all_data:
        for name, number in data.items():
            merged[name] = max(number, merged.get(name, 0))
    return merged
