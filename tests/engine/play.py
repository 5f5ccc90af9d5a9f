"""One random diagram in both engines, with the same people, machines and moments doing the same things to it.

`python -m tests.engine.play 5000` plays so many seeds, and tells of each on which the engines do not agree; with
`--seed 17` it plays that one alone and prints its diagram and what was done.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from functools import partial
from typing import Any
from unittest.mock import patch

from lxml import etree

from app.engine import runtime
from app.engine.runtime import OperationCall, Step
from app.kernel import clock
from app.kernel.errors import Conflict
from tests.engine import acts
from tests.engine.graphs import Data, telling
from tests.engine.random_diagrams import Generator
from tests.engine.sheets import Draws
from tests.engine.tokens import Open, Run

WAYS = 40
ROUNDS = 40
Shown = tuple[str, Data, str]
"""Work that waits: its node, what is known there, and its id."""


class Machines:
    """Answers operations at once, but for those that answer later, and remembers what each was told."""

    def __init__(self, draw: Draws) -> None:
        self.draw = draw
        self.asked: Open = []

    def __call__(self, call: OperationCall) -> Mapping[str, Any] | None:
        """Answer at once; a decision is answered with its number."""
        if call.node.startswith("draw_"):
            return {"n": self.draw(call.node, numbers(call.data))}
        self.asked.append((call.node, numbers(call.data)))
        return None if call.node.startswith("op") else {}

    def taken(self) -> Open:
        """What machines were told since last time."""
        asked, self.asked = self.asked, []
        return asked


def numbers(data: Mapping[str, Any]) -> Data:
    """The part of the data of a case that tokens are told apart by."""
    return {name: value for name, value in data.items() if name.startswith("last_")}


def in_order(found: Open) -> list[tuple[str, list[tuple[str, int]]]]:
    """Nodes with what is known there, whatever order they came in."""
    return sorted((name, sorted(telling(data).items())) for name, data in found)


class Play:
    """A diagram being played: `step` is where the engine stands, `truth` where the interpreter does."""

    def __init__(self, made: Generator, seed: int, salt: int = 99) -> None:
        self.made, self.seed = made, seed
        self.definition = runtime.parse(made.xml, "p")
        self.machines, self.dice = Machines(Draws(seed)), random.Random(seed + salt)  # noqa: S311
        self.moment = datetime(2030, 1, 1, tzinfo=UTC)
        self.done: list[str] = []
        self._works: tuple[Step, list[Shown]] | None = None
        self.picks: list[int] = []
        self.twins: list[int] = []
        data = {f"last_{name}": 0 for name in made.users}
        with self.clock():
            self.step = runtime.start(self.definition, data, self.machines)
        self.truth = Run(made.graph, dict(data), Draws(seed))

    @contextmanager
    def clock(self) -> Iterator[None]:
        """Time stands still but for the timers that are fired: then it is as late as the last of them."""
        with patch.object(clock, "_read", lambda: self.moment):
            yield

    def open(self) -> list[Shown]:
        """The work that waits, as the engine shows it."""
        if self._works is None or self._works[0] is not self.step:
            self._works = self.step, [*self._people(), *self._calls()]
        return self._works[1]

    def _people(self) -> Iterator[Shown]:
        names = [f"last_{name}" for name in self.made.users]
        for task in self.step.human_tasks:
            shown = [*task.unit, *task.post, *task.deadline]
            yield task.node, dict(zip(names, shown, strict=True)), task.id

    def _calls(self) -> Iterator[Shown]:
        for one in self.step.waiting:
            known = runtime.known(self.definition, self.step.state, one.id)
            yield one.node, numbers(known), one.id

    def agree(self) -> None:
        """Compare what both engines show."""
        self._same("works", in_order([one[:2] for one in self.open()]), in_order(self.truth.open()))
        self._same("waits", self._waiting(), self.truth.waiting())
        self._same("asked", in_order(self.machines.taken()), in_order(self.truth.taken()))
        self._same("ended", self.step.finished, self.truth.done)
        if self.step.finished:
            self._same("known", numbers(self.step.data), telling(self.truth.known))

    def _same(self, what: str, ours: object, true: object) -> None:
        assert ours == true, f"after {self.done}: {what} {ours}, but in truth {true}"

    def _waiting(self) -> list[tuple[str, str]]:
        found = [("timer", one.node) for one in self.step.timers] + [("message", one.node) for one in self.step.awaited]
        return sorted(found + [("signal", one.node) for one in self.step.listening])

    def go(self, rounds: int = ROUNDS, moves: float = 0.0) -> None:
        """Do something, so many times, and compare each time; so many of the acts are done or undone by hand."""
        for _ in range(rounds):
            self.agree()
            if not (self.open() or self._events()):
                return
            with self.clock():
                self._act(moves)
        self.agree()

    def _act(self, moves: float) -> None:
        people = [one for one in self.open() if not one[0].startswith("op")]
        if people and self.dice.random() < moves:
            self._displace(self._one_of(people))
        elif self._happens(self._event()):
            return
        else:
            before = deepcopy(self.truth), self.step
            shown = self._one_of(self.open())
            news = self._finish(shown)
            if news and self.dice.random() < moves:
                self._take_back(shown, news, *before)

    def _event(self) -> tuple[str, str]:
        """What happens next, now and then instead of somebody finishing something."""
        found = self._events()
        if not found or (self.open() and self.dice.random() < 0.7):
            return "", ""
        return self.dice.choice(found)

    def _events(self) -> list[tuple[str, str]]:
        """What may happen: of two that wait for one message, either may take it.

        Nothing happens again while what it may have begun is open: of twins in different places nobody knows which is
        which.
        """
        times = Counter(self.truth.waiting())
        once = any(node.startswith(("w", "op")) for node, _, _ in self.open())
        found = (one for one in times if times[one] == 1 or one[0] != "message")
        return sorted(one for one in found if self.done.count(" ".join(one)) < (1 if once else ROUNDS))

    def _happens(self, event: tuple[str, str]) -> bool:
        trigger, node = event
        self.done.append(f"{trigger} {node}")
        if trigger == "timer":
            self.moment = max(timer.due for timer in self.step.timers)
            self._go(runtime.fire_timers, self.moment)
            acts.tell(self.truth, trigger)
        elif trigger == "message":
            name = next(one.name for one in self.step.awaited if one.node == node)
            self._go(runtime.deliver, name, {}, None)
            acts.deliver(self.truth, name)
        elif trigger == "signal":
            name = next(one.name for one in self.step.listening if one.node == node)
            self._go(runtime.signal, name, {})
            acts.tell(self.truth, trigger, name)
        else:
            self.done.pop()
        return bool(trigger)

    def _go(self, move: Any, *arguments: Any) -> Step:
        self.step = move(self.definition, self.step.state, *arguments, self.machines)
        return self.step

    def _one_of(self, shown: list[Shown]) -> Shown:
        """One that waits, sooner one that can be told apart; of twins the one that `picks` says, or the first."""
        times = Counter(str(one[:2]) for one in shown)
        apart = [one for one in shown if times[str(one[:2])] == 1]
        node, known, _ = self.dice.choice(sorted(apart or shown, key=lambda one: (one[0], sorted(one[1].items()))))
        alike = [one for one in shown if one[:2] == (node, known)]
        if len(alike) == 1:
            return alike[0]
        self.twins.append(len(alike))
        pick = self.picks[len(self.twins) - 1] if len(self.twins) <= len(self.picks) else 0
        return alike[pick]

    def _finish(self, shown: Shown) -> Data:
        """Let somebody finish work; gives what a person wrote."""
        node, known, task_id = shown
        self.done.append(f"{node} {len(self.done)}")
        if not node.startswith("op"):
            news = {f"last_{node}" if node.startswith("u") else f"other_{node}": len(self.done)}
            self._go(runtime.complete, task_id, news)
            acts.complete(self.truth, node, known, news)
            return news
        if self.dice.random() < 0.5:
            code = self.dice.choice(["refused", "lost"])
            self.done[-1] += f" {code}"
            uncaught = self._go(runtime.fail, task_id, code, "").unhandled_error
            assert acts.fail(self.truth, node, known, code) == (uncaught is None), (self.seed, self.done)
        else:
            self._go(runtime.answer, task_id, {})
            acts.complete(self.truth, node, known, {})
        return {}

    def _displace(self, shown: Shown) -> None:
        """Put a token elsewhere by hand."""
        node, known, task_id = shown
        near = set(runtime.reachable(self.definition, self.step.state, task_id)) - self.truth.graph.deciding()
        target = node if node.startswith("w") else self.dice.choice(sorted(near))  # who wrote one name tells nothing
        news = {f"last_{node}": len(self.done) + 1} if node.startswith("u") else {}
        self.done.append(f"{node} to {target}")
        self._go(partial(runtime.move, data=news), task_id, target)
        acts.move(self.truth, node, known, target, news)

    def _take_back(self, shown: Shown, news: Data, truth: Run, step: Step) -> None:
        """Take back what was done last, if the engine agrees; then all is as before, but for what was written."""
        node, known, task_id = shown
        old = {one.id for one in step.human_tasks}
        opened = [one.id for one in self.step.human_tasks if one.id not in old] or [task_id]
        try:
            self._go(runtime.retract, opened, node)
        except Conflict:
            return
        self.done[-1] += " taken back"
        self.machines.taken()
        self.truth = truth
        acts.renew(truth, node, known, news)


def compare(seed: int, *, moves: float = 0.0, events: bool = True) -> None:
    """Play the diagram of a seed in both engines and compare after every step; the diagram is told when they differ.

    Of twins nobody can tell which is which, although they may stand in different places: where the engines differ,
    others of them are taken, until the engines agree or `WAYS` have been gone.
    """
    made = Generator(seed, events=events)
    ways: list[list[int]] = [[]]
    wrong: list[AssertionError] = []
    while ways and len(wrong) < WAYS:
        play = Play(made, seed)
        play.picks = ways.pop()
        try:
            return play.go(moves=moves)
        except AssertionError as error:
            wrong.append(error)
            ways += _others(play)
    first = wrong[0]
    first.add_note(f"seed {seed}: python -m tests.engine.play --seed {seed} --moves {moves}")
    raise first


def _others(play: Play) -> list[list[int]]:
    """The ways that part from the one that was gone where it had a choice of its own."""
    gone, made = play.picks, len(play.picks)
    taken = [*gone, *[0] * (len(play.twins) - made)]
    return [[*taken[:at], pick] for at in range(made, len(taken)) for pick in range(1, play.twins[at])]


def drawing(made: Generator) -> str:
    """A diagram as text."""
    root = etree.fromstring(made.xml)
    etree.indent(root)
    return etree.tostring(root, encoding="unicode")


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeds", type=int, nargs="?", default=1000)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--moves", type=float, default=0.0)
    given = parser.parse_args()
    if given.seed is not None:
        sys.stdout.write(drawing(Generator(given.seed)))
        compare(given.seed, moves=given.moves)
        return
    wrong = 0
    for seed in range(given.seeds):
        try:
            compare(seed, moves=given.moves)
        except Exception as error:
            wrong += 1
            sys.stdout.write(f"seed {seed}: {type(error).__name__} {error}\n")
    sys.stdout.write(f"{given.seeds} seeds, {wrong} on which the engines do not agree\n")


if __name__ == "__main__":
    _main()
