"""Random edits of random diagrams: a case moved half-way runs on as tokens do on the edited diagram."""

import json
from collections import Counter

import pytest

from app.engine import runtime
from app.engine.runtime import Migration, Step
from app.kernel.errors import Invalid
from tests.engine import random_edits
from tests.engine.play import ROUNDS, Play
from tests.engine.random_diagrams import Generator

BATCH = 25


def _whole(step: Step) -> object:
    """A state without the order in which a sub-process lists what waits in it and what is known."""
    content = json.loads(step.state)
    for flow in content["flows"]:
        flow[2] = [[sorted(part) if isinstance(part, list) else part for part in row] for row in json.loads(flow[2])]
        flow[3] = None if flow[3] is None else [sorted(kind, key=str) for kind in flow[3]]
    return content


def _moved_half_way(seed: int) -> str:
    """What became of one case: ended before, refused, or moved and run on as the interpreter says."""
    played = Play(Generator(seed, events=False), seed, salt=7)
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
    with played.clock():
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
        played = Play(Generator(seed, events=False), seed, salt=7)
        again = runtime.parse(played.made.xml, "p")
        migration = Migration(played.definition, again, runtime.propose(played.definition, again))
        for _ in range(ROUNDS):
            assert _whole(migration.move(played.step.state)) == _whole(played.step), played.done
            played.go(1)
