"""Random diagrams: our engine against a small interpreter of tokens that shares nothing with it."""

import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from SpiffWorkflow.bpmn.parser.task_parsers import GatewayParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs import defaults

from app.engine import catching, parser, runtime
from app.engine.runtime import OperationCall, Step
from app.kernel.errors import Invalid
from tests.engine.event_tokens import Run
from tests.engine.random_events import Draws, Generator

ROUNDS = 40
BATCH = 25


class Machines:
    """Answers every operation at once and remembers what each was told."""

    def __init__(self, draw: Draws) -> None:
        self.draw = draw
        self.asked: list[tuple[str, dict[str, int]]] = []

    def __call__(self, call: OperationCall) -> Mapping[str, Any]:
        """Answer at once; a decision is answered with its number."""
        if call.node.startswith("draw_"):
            return {"n": self.draw(call.node.removeprefix("draw_"))}
        self.asked.append((call.node, _numbers(call.data)))
        return {}

    def taken(self) -> list[tuple[str, dict[str, int]]]:
        """What machines were told since last time."""
        asked, self.asked = self.asked, []
        return asked


def _numbers(data: Mapping[str, Any]) -> dict[str, int]:
    return {name: value for name, value in data.items() if name.startswith("last_")}


def _in_order(asked: list[tuple[str, dict[str, int]]]) -> list[tuple[str, list[tuple[str, int]]]]:
    return sorted((name, sorted(data.items())) for name, data in asked)


def compare(seed: int, *, messages: bool = False) -> None:
    """Run one diagram in both, with the same people doing the same things, and compare after every step."""
    made = Generator(seed, messages=messages)
    definition = runtime.parse(made.xml, "p")
    machines, dice = Machines(Draws(seed)), random.Random(seed + 99)  # noqa: S311
    data = {f"last_{name}": 0 for name in made.users}
    step = runtime.start(definition, data, machines)
    truth = Run(made.graph, dict(data), Draws(seed))
    for number in range(1, ROUNDS):
        told = f"seed {seed}, step {number}"
        assert sorted(task.node for task in step.human_tasks) == truth.open(), told
        assert sorted(one.name for one in step.awaited) == truth.awaited(), told
        assert _in_order(machines.taken()) == _in_order(truth.taken()), told
        assert step.finished == truth.done, told
        if step.finished:
            return
        step = _move(definition, step, truth, machines, (dice, number))


def _move(
    definition: runtime.Definition, step: Step, truth: Run, machines: Machines, turn: tuple[random.Random, int]
) -> Step:
    dice, number = turn
    letters = [name for name, times in Counter(truth.awaited()).items() if times == 1]  # of two, either may take it
    if letters and (dice.random() < 0.25 or not step.human_tasks):
        name = dice.choice(letters)
        truth.deliver(name)
        return runtime.deliver(definition, step.state, name, {}, None, machines)
    if step.timers and (dice.random() < 0.25 or not step.human_tasks):
        truth.fire()
        return runtime.fire_timers(definition, step.state, max(timer.due for timer in step.timers), machines)
    key = dice.choice(sorted({task.node for task in step.human_tasks}))
    truth.complete(key, f"last_{key}", number)
    task = next(task for task in step.human_tasks if task.node == key)
    return runtime.complete(definition, step.state, task.id, {f"last_{key}": number}, machines)


@pytest.mark.parametrize("first", range(0, 300, BATCH))
def test_random_diagrams_run_as_tokens_do(first: int) -> None:
    for seed in range(first, first + BATCH):
        compare(seed)


@pytest.mark.parametrize("first", range(0, 300, BATCH))
def test_random_diagrams_full_of_events_run_as_tokens_do(first: int) -> None:
    for seed in range(first, first + BATCH):
        compare(seed, messages=True)


def test_the_comparison_notices_joins_that_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = parser.DiagramParser.OVERRIDE_PARSER_CLASSES
    library = {full_tag("parallelGateway"): (GatewayParser, defaults.ParallelGateway)}
    monkeypatch.setattr(parser.DiagramParser, "OVERRIDE_PARSER_CLASSES", ours | library)
    assert _noticed(messages=False) > 0


def test_the_comparison_notices_events_that_do_not_wait_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catching, "_wait_again", lambda _task: None)
    assert _noticed(messages=True) > 0


def test_the_comparison_notices_events_that_start_from_old_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catching, "known", lambda flow: dict(flow.task_tree.data))
    assert _noticed(messages=True) > 0


def _noticed(*, messages: bool) -> int:
    noticed = 0
    for seed in range(BATCH):
        try:
            compare(seed, messages=messages)
        except (AssertionError, Invalid):
            noticed += 1
    return noticed
