"""A second, independent engine: tokens on a graph, as the BPMN standard tells it, and nothing else.

It knows no task trees and no history. A token carries its data; where tokens join, the highest number written to
each name wins, which is right because the tests only ever write growing numbers.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.engine.graphs import Edge, Graph, Repeat

Data = dict[str, int]
Draw = Callable[[str, Data], int]
Open = list[tuple[str, Data]]


@dataclass
class Place:
    """Work that waits at a node: a person's, a whole sub-process or repetitions; `timers` have not fired yet."""

    node: str
    data: Data
    timers: set[str]
    run: "Run | Many | None" = None


class Run:
    """One process or sub-process in motion."""

    def __init__(self, graph: Graph, data: Data, draw: Draw) -> None:
        self.graph, self.draw = graph, draw
        self.moving: list[tuple[Edge, Data]] = []
        self.places: list[Place] = []
        self.ended: list[Data] = []
        self.served: list[tuple[str, Data]] = []
        self._leave("s" if "s" in graph.kinds else next(k for k, v in graph.kinds.items() if v == "start"), data)
        self.settle()

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return not (self.moving or self.places)

    @property
    def known(self) -> Data:
        """What is known at the end."""
        return _merged(self.ended)

    def open(self) -> Open:
        """The nodes where people are waited for, and what is known there."""
        inside = [one for place in self.places if place.run for one in place.run.open()]
        return inside + [(place.node, place.data) for place in self.places if place.run is None]

    def complete(self, node: str, known: Data, name: str, number: int) -> bool:
        """Let a person finish work at a node where this is known, writing one number."""
        for place in self.places:
            if place.run is not None and place.run.complete(node, known, name, number):
                self.settle()
                return True
            if place.run is None and place.node == node and telling(place.data) == known:
                self.places.remove(place)
                self._leave(node, place.data | {name: number})
                self.settle()
                return True
        return False

    def move(self, node: str, known: Data, target: str, news: Data) -> bool:
        """Put the token of a person's work where this is known at another node; of repetitions all go together."""
        for place in self.places:
            inside = place.run.open() if place.run is not None and self.graph.kinds[place.node] == "user" else []
            here = [(place.node, place.data)] if place.run is None else inside
            if any(key == node and telling(data) == known for key, data in here):
                self.places.remove(place)
                self._enter(target, self.graph.kinds[target], place.data | news)
            elif place.run is None or not place.run.move(node, known, target, news):
                continue
            self.settle()
            return True
        return False

    def renew(self, node: str, known: Data, news: Data) -> bool:
        """Let a person's work begin anew where it waits, knowing something more."""
        for place in self.places:
            if place.run is None and place.node == node and telling(place.data) == known:
                place.data, place.timers = place.data | news, self.graph.around(node)
                return True
        return any(place.run.renew(node, known, news) for place in self.places if place.run is not None)

    def fire(self) -> None:
        """Let every timer that runs now fire."""
        for place in list(self.places):
            self._fire(place)
        self.settle()

    def _fire(self, place: Place) -> None:
        timers, place.timers = sorted(place.timers), set()
        stopped = False
        for timer in timers:
            cancels = self.graph.kinds[timer] == "limit"
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

    def taken(self) -> Open:
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
                self._leave(place.node, place.run.known)
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
        timers = self.graph.around(node)
        if node in self.graph.repeats:
            many = Many(self.graph.only(node), self.graph.repeats[node], dict(data), self.draw)
            self.places.append(Place(node, data, timers, many))
        elif kind == "user":
            self.places.append(Place(node, data, timers))
        elif kind == "sub":
            self.places.append(Place(node, data, timers, Run(self.graph.inner[node], dict(data), self.draw)))
        elif kind == "end":
            self.ended.append(data)
        else:
            if kind == "service":
                self.served.append((node, dict(data)))
            self._leave(node, data)

    def _leave(self, node: str, data: Data) -> None:
        ways = self.graph.out(node)
        kind = self.graph.kinds[node]
        if len(ways) > 1 and any(way.when is not None for way in ways):
            number, gateway = self.draw(node, data), kind in {"exclusive", "inclusive"}
            always = [] if gateway else [way for way in ways if way.when is None and not way.default]
            chosen = [way for way in ways if way.when is not None and way.when(number)]
            chosen = always + (chosen or [way for way in ways if way.when is None and way not in always])
            ways = chosen[:1] if kind == "exclusive" else chosen
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


class Many:
    """The repetitions of one activity."""

    def __init__(self, graph: Graph, repeat: Repeat, data: Data, draw: Draw) -> None:
        self.graph, self.repeat, self.draw = graph, repeat, draw
        self.known = dict(data)
        self.runs: list[Run] = []
        self.left, self.finished = repeat.count, 0
        self.served: Open = []
        self._settle()

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return not (self.runs or self.left)

    def open(self) -> Open:
        """The nodes where people are waited for, and what is known there."""
        return [one for run in self.runs for one in run.open()]

    def complete(self, node: str, known: Data, name: str, number: int) -> bool:
        """Let a person finish work in one of the repetitions."""
        told = any(run.complete(node, known, name, number) for run in self.runs)
        self._settle()
        return told

    def move(self, node: str, known: Data, target: str, news: Data) -> bool:
        """Move a token inside one of the repetitions."""
        moved = any(run.move(node, known, target, news) for run in self.runs)
        self._settle()
        return moved

    def renew(self, node: str, known: Data, news: Data) -> bool:
        """Let work inside one of the repetitions begin anew."""
        return any(run.renew(node, known, news) for run in self.runs)

    def fire(self) -> None:
        """Let every timer inside fire."""
        for run in list(self.runs):
            run.fire()
        self._settle()

    def taken(self) -> Open:
        """What machines were asked since last time."""
        found, self.served = self.served, []
        return found + [one for run in self.runs for one in run.taken()]

    def _settle(self) -> None:
        self._begin()
        while done := [run for run in self.runs if run.done]:
            for run in done:
                self._take(run)
            self._begin()

    def _begin(self) -> None:
        while self.left and not (self.runs and self.repeat.mode == "turn"):
            self.left -= 1
            self.runs.append(Run(self.graph, dict(self.known), self.draw))

    def _take(self, run: Run) -> None:
        self.runs.remove(run)
        self.served += run.taken()
        self.finished += 1
        if self.repeat.mode != "results":
            self.known = _merged([self.known, run.known])
        if self.finished == self.repeat.enough:
            self.runs, self.left = [], 0


def telling(data: Data) -> Data:
    """The part of the data that tokens are told apart by."""
    return {name: number for name, number in data.items() if name.startswith("last_")}


def _merged(all_data: Iterable[Data]) -> Data:
    merged: Data = {}
    for data in all_data:
        for name, number in data.items():
            merged[name] = max(number, merged.get(name, 0))
    return merged
