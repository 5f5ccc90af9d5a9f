"""A second, independent engine: tokens on a graph, as the BPMN standard tells it, and nothing else.

It knows no task trees and no history. A token carries its data; where tokens join, the highest number written to
each name wins, which is right because the tests only ever write growing numbers.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tests.engine.graphs import Data, Edge, Graph, Repeat, merged
from tests.engine.token_joins import Joins

Draw = Callable[[str, Data], int]
Open = list[tuple[str, Data]]
WORK = frozenset({"user", "call"})


@dataclass(eq=False)
class Place:
    """What waits at a node: work, a whole sub-process or repetitions; `waits` are the events that may happen to it.

    What runs `aside` tells only what it changed: the rest it merely knew, and may have been taken back since.
    """

    node: str
    data: Data
    waits: set[str]
    run: "Run | Many | None" = None
    aside: bool = False

    @property
    def runs(self) -> "list[Run]":
        """What is in motion inside."""
        if self.run is None:
            return []
        return [self.run] if isinstance(self.run, Run) else list(self.run.runs)

    def told(self) -> Data:
        """What it will tell, as far as it has come."""
        if self.run is None:
            return self.data
        known = self.run.known
        return {name: known[name] for name in known if known[name] != self.data.get(name)} if self.aside else known


class Run(Joins):
    """One process or sub-process in motion."""

    def __init__(self, graph: Graph, data: Data, draw: Draw, outer: "Run | None" = None) -> None:
        self.graph, self.draw, self.outer = graph, draw, outer
        self.moving: list[tuple[Edge, Data]] = []
        self.places: list[Place] = []
        self.ended: list[Data] = []
        self.served: Open = [] if outer is None else outer.served
        self.watching = set(graph.handlers)
        self.spent: dict[str, set[Edge]] = {}
        self.leave(graph.start, data)
        self.settle()

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return not (self.moving or self.places)

    @property
    def known(self) -> Data:
        """What all tokens know together."""
        return merged([*(place.told() for place in self.places), *(data for _, data in self.moving), *self.ended])

    def all_runs(self) -> Iterator["Run"]:
        """All that is in motion, outer ones first."""
        yield self
        for place in list(self.places):
            for run in place.runs:
                yield from run.all_runs()

    def resting(self) -> list[str]:
        """The nodes at which tokens wait for something else than other tokens."""
        return [place.node for place in self.places]

    def open(self) -> Open:
        """The nodes where people and machines are waited for, and what is known there."""
        return [(place.node, place.data) for run in self.all_runs() for place in run.places if run.is_work(place)]

    def is_work(self, place: Place) -> bool:
        """Whether a person or a machine is waited for at a place."""
        return place.run is None and self.graph.kinds[place.node] in WORK

    def waiting(self) -> list[tuple[str, str]]:
        """The events that wait for something from outside: what they wait for, and the node as it is drawn."""
        found = []
        for run in self.all_runs():
            here = [(run.graph.events[one].trigger, f"{one}s") for one in run.watching if not run.done]
            at_places = [one for place in run.places for one in place.waits]
            found += here + [(run.graph.events[one].trigger, one) for one in at_places]
        return sorted(one for one in found if one[0] in {"timer", "message", "signal"})

    def taken(self) -> Open:
        """What machines were asked since last time, here and inside."""
        found = self.served[:]
        self.served.clear()
        return found

    def settle(self) -> bool:
        """Move every token as far as it goes, and say whether any moved; joins that look around come last."""
        moved = False
        while self.end_round() or self._settle_inner() or self._move() or self.join_inclusive():
            moved = True
        return moved

    def clear(self) -> None:
        """Take everything away."""
        for place in self.places:
            drop(place)
        self.places, self.moving, self.ended, self.watching = [], [], [], set()

    def happen(self, event: str, place: Place | None) -> None:
        """Let an event happen: at a place, or to the whole of this."""
        one = self.graph.events[event]
        if place is None:
            self._handle(event, self.known)
            return
        if one.cancels:
            self.places.remove(place)
            drop(place)
        elif one.trigger == "timer":
            place.waits.discard(event)
        self.leave(event, dict(place.data))

    def _handle(self, event: str, data: Data) -> None:
        one = self.graph.events[event]
        if one.cancels:
            self.clear()
        elif one.trigger == "timer":
            self.watching.discard(event)
        run = Run(self.graph.handlers[event], dict(data), self.draw, self)
        self.places.append(Place(event, data, set(), run, aside=not one.cancels))

    def hear(self, trigger: str, name: str = "") -> None:
        """Let everything that waits for something hear it, outer ones first: here, then at places and inside them."""
        places = list(self.places)
        for event in self._hearing(self.watching, trigger, name):
            if event in self.watching:
                self.happen(event, None)
        for place in places:
            for event in self._hearing(place.waits, trigger, name):
                if place in self.places:
                    self.happen(event, place)
            for run in place.runs if place in self.places else []:
                run.hear(trigger, name)

    def caught(self, trigger: str, name: str, place: Place | None = None) -> bool:
        """Let the nearest event around a place, or around all of this, catch an error or escalation."""
        for waits, spot in ((set() if place is None else place.waits, place), (self.watching, None)):
            found = self._hearing(waits, trigger, name)
            if found:
                self.happen(max(found, key=lambda one: self.graph.events[one].name), spot)
                return True
        if self.outer is None:
            return False
        return self.outer.caught(trigger, name, next(one for one in self.outer.places if self in one.runs))

    def _hearing(self, events: Iterable[str], trigger: str, name: str) -> list[str]:
        """Those that wait for something, the ones that take nothing away first."""
        found = [one for one in events if self.graph.events[one].hears(trigger, name)]
        return sorted(found, key=lambda one: (self.graph.events[one].cancels, one))

    def _settle_inner(self) -> bool:
        for place in list(self.places):
            if place.run is not None and place.run.settle():
                return True
            if place.run is not None and place.run.done:
                self.places.remove(place)
                self.leave(place.node, place.told())
                return True
        return False

    def _move(self) -> bool:
        for edge, data in self.moving:
            kind = self.graph.kinds[edge.target]
            joins = len(self.graph.into(edge.target)) > 1
            if joins and kind in {"parallel", "complex"}:
                if self.join_parallel(edge.target) if kind == "parallel" else self.join_complex(edge):
                    return True
            elif not joins or kind != "inclusive":
                self.moving.remove((edge, data))
                self._enter(edge.target, data)
                return True
        return False

    def put(self, node: str, data: Data) -> None:
        """Let a token come to a node by no flow."""
        self.moving.append((Edge("", node), data))

    def _enter(self, node: str, data: Data) -> None:
        kind, waits = self.graph.kinds[node], self.graph.around(node)
        if kind in {"service", "call"} and node not in self.graph.repeats:
            self.served.append((node, dict(data)))
        if node in self.graph.repeats:
            many = Many(self.graph.only(node), self.graph.repeats[node], dict(data), self)
            self.places.append(Place(node, data, waits, many))
        elif kind in WORK | {"race", "catch"}:
            self.places.append(Place(node, data, waits))
        elif kind == "sub":
            self.places.append(Place(node, data, waits, Run(self.graph.inner[node], dict(data), self.draw, self)))
        else:
            self.leave(node, data)
            if kind == "throw":
                self._throw(node, data)

    def _throw(self, node: str, data: Data) -> None:
        trigger, name = self.graph.events[node].trigger, self.graph.events[node].name
        if trigger == "terminate":
            self.clear()
            self.ended = [data]
        elif trigger == "signal":
            root = self
            while root.outer is not None:
                root = root.outer
            root.hear(trigger, name)
        else:
            assert self.caught(trigger, name) or trigger == "escalation"

    def leave(self, node: str, data: Data) -> None:
        """Let a token go on from a node; where no way leads on, it has ended."""
        ways = self.graph.out(node)
        if not ways:
            self.ended.append(data)
        kind = self.graph.kinds[node]
        if len(ways) > 1 and any(way.when is not None for way in ways):
            number, gateway = self.draw(node, data), kind in {"exclusive", "inclusive"}
            always = [] if gateway else [way for way in ways if way.when is None and not way.default]
            chosen = [way for way in ways if way.when is not None and way.when(number)]
            chosen = always + (chosen or [way for way in ways if way.when is None and way not in always])
            ways = chosen[:1] if kind == "exclusive" else chosen
        self.moving += [(way, dict(data)) for way in ways]


class Many:
    """The repetitions of one activity."""

    def __init__(self, graph: Graph, repeat: Repeat, data: Data, outer: Run) -> None:
        self.graph, self.repeat, self.outer = graph, repeat, outer
        self.base = dict(data)
        self.runs: list[Run] = []
        self.left, self.finished = repeat.count, 0
        self.settle()

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return not (self.runs or self.left)

    @property
    def known(self) -> Data:
        """What all repetitions know together."""
        return merged([self.base, *(run.known for run in self.runs)])

    def settle(self) -> bool:
        """Begin and end repetitions, and say whether anything moved."""
        moved = self._begin() or any(run.settle() for run in self.runs)
        ended = next((run for run in self.runs if run.done), None)
        if ended is None:
            return moved
        self._take(ended)
        return True

    def clear(self) -> None:
        """Take everything away."""
        for run in self.runs:
            run.clear()
        self.runs, self.left = [], 0

    def _begin(self) -> bool:
        begun = False
        while self.left and not (self.runs and self.repeat.mode == "turn"):
            self.left, begun = self.left - 1, True
            self.runs.append(Run(self.graph, dict(self.base), self.outer.draw, self.outer))
        return begun

    def _take(self, run: Run) -> None:
        self.runs.remove(run)
        self.finished += 1
        if self.repeat.mode != "results":
            self.base = merged([self.base, run.known])
        if self.finished == self.repeat.enough:
            self.clear()


def drop(place: Place) -> None:
    """Take away what is in motion inside a place."""
    if place.run is not None:
        place.run.clear()
