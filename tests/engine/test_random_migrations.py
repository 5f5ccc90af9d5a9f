"""Random edits of random diagrams: a case moved half-way runs on as tokens do on the edited diagram."""

import json
import random
from collections import Counter

import pytest

from app.engine import runtime
from app.engine.runtime import Migration, Step
from app.kernel.errors import Invalid
from tests.engine import random_edits
from tests.engine.random_diagrams import Draws, Generator
from tests.engine.test_random_diagrams import ROUNDS, Machines, _in_order, _numbers, _proceed, _shown
from tests.engine.tokens import Run, telling

BATCH = 25


class Played:
    """One diagram in both engines, with the same people doing the same things."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.made = Generator(seed)
        self.definition = runtime.parse(self.made.xml, "p")
        self.machines, self.dice = Machines(Draws(seed)), random.Random(seed + 7)  # noqa: S311
        data = {f"last_{name}": 0 for name in self.made.users}
        self.step = runtime.start(self.definition, data, self.machines)
        self.truth = Run(self.made.graph, dict(data), Draws(seed))
        self.number = 0

    def agree(self) -> None:
        """Compare what both engines show."""
        told = f"seed {self.seed}, step {self.number}"
        shown = [(task.node, _shown(task, self.made.users)) for task in self.step.human_tasks]
        assert _in_order(shown) == _in_order([(key, telling(data)) for key, data in self.truth.open()]), told
        taken = [(key, telling(data)) for key, data in self.truth.taken()]
        assert _in_order(self.machines.taken()) == _in_order(taken), told
        assert self.step.finished == self.truth.done, told
        if self.step.finished:
            assert _numbers(self.step.data) == telling(self.truth.known), told

    def go(self, steps: int) -> None:
        """Let people do something, at most so many times."""
        for _ in range(steps):
            self.number += 1
            self.agree()
            if self.step.finished:
                return
            open_ = [(task.node, _shown(task, self.made.users), task.id) for task in self.step.human_tasks]
            turn = (self.dice, self.number, open_)
            self.step, _ = _proceed(self.definition, self.step, self.truth, self.machines, turn)
        self.agree()


def _whole(step: Step) -> object:
    """A state without the order in which a sub-process lists what waits in it and what is known."""
    content = json.loads(step.state)
    for flow in content["flows"]:
        flow[2] = [[sorted(part) if isinstance(part, list) else part for part in row] for row in json.loads(flow[2])]
        flow[3] = None if flow[3] is None else [sorted(kind, key=str) for kind in flow[3]]
    return content


def _moved_half_way(seed: int) -> str:
    """What became of one case: ended before, refused, or moved and run on as the interpreter says."""
    played = Played(seed)
    played.go(played.dice.randrange(1, 8))
    edit = random_edits.edited(played.made, played.dice)
    if played.step.finished or edit is None:
        return "ended"
    new = runtime.parse(edit.xml, "p")
    migration = Migration(played.definition, new, runtime.propose(played.definition, new, edit.choices))
    if random_edits.stands_in_the_way(played.truth, edit):
        with pytest.raises(Invalid, match=r"migration\.(removed_step|join)"):
            migration.move(played.step.state)
        return "refused"
    moved = migration.move(played.step.state)
    assert {one.id for one in moved.human_tasks} == {one.id for one in played.step.human_tasks}
    played.step, played.definition = moved, new
    played.truth = random_edits.moved(played.truth, edit.graph, edit)
    played.go(ROUNDS)
    return "moved"


@pytest.mark.parametrize("first", range(0, 200, BATCH))
def test_cases_moved_to_a_randomly_edited_diagram_run_on_as_tokens_do(first: int) -> None:
    became = Counter(_moved_half_way(seed) for seed in range(first, first + BATCH))
    assert became["moved"] > BATCH // 3, became


@pytest.mark.parametrize("first", range(0, 50, BATCH))
def test_a_move_to_the_same_diagram_leaves_a_state_as_it_was(first: int) -> None:
    for seed in range(first, first + BATCH):
        played = Played(seed)
        again = runtime.parse(played.made.xml, "p")
        migration = Migration(played.definition, again, runtime.propose(played.definition, again))
        while not played.step.finished and played.number < ROUNDS:
            assert _whole(migration.move(played.step.state)) == _whole(played.step), (seed, played.number)
            played.go(1)
