"""Random diagrams: our engine against a small interpreter of tokens that shares nothing with it."""

import random
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest
from SpiffWorkflow.bpmn.parser.task_parsers import GatewayParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs import defaults

from app.engine import instances, loops, parser, runtime, steering, ways
from app.engine.runtime import HumanTask, OperationCall, Step
from app.kernel.errors import Conflict, OfficeError
from tests.engine.random_diagrams import Draws, Generator
from tests.engine.tokens import Run, telling

ROUNDS = 40
BATCH = 25
Turn = tuple[random.Random, int, list[tuple[str, dict[str, int], str]]]
Done = tuple[str, dict[str, int], dict[str, int], set[str], str]
Moved = tuple[Step, Done | None]


class Machines:
    """Answers every operation at once and remembers what each was told."""

    def __init__(self, draw: Draws) -> None:
        self.draw = draw
        self.asked: list[tuple[str, dict[str, int]]] = []

    def __call__(self, call: OperationCall) -> Mapping[str, Any]:
        """Answer at once; a decision is answered with its number."""
        if call.node.startswith("draw_"):
            return {"n": self.draw(call.node, _numbers(call.data))}
        self.asked.append((call.node, _numbers(call.data)))
        return {}

    def taken(self) -> list[tuple[str, dict[str, int]]]:
        """What machines were told since last time."""
        asked, self.asked = self.asked, []
        return asked


def _numbers(data: Mapping[str, Any]) -> dict[str, int]:
    return {name: value for name, value in data.items() if name.startswith("last_")}


def _shown(task: HumanTask, users: list[str]) -> dict[str, int]:
    """What a task of a person shows of its data."""
    return dict(zip([f"last_{name}" for name in users], [*task.unit, *task.post, *task.deadline], strict=True))


def _in_order(asked: list[tuple[str, dict[str, int]]]) -> list[tuple[str, list[tuple[str, int]]]]:
    return sorted((name, sorted(data.items())) for name, data in asked)


def compare(seed: int, *, moves: float = 0.0) -> None:
    """Run one diagram in both, with the same people doing the same things, and compare after every step.

    With `moves` so many of their acts put a token elsewhere by hand, and so many are taken back.
    """
    made = Generator(seed)
    definition = runtime.parse(made.xml, "p")
    machines, dice = Machines(Draws(seed)), random.Random(seed + 99)  # noqa: S311
    data = {f"last_{name}": 0 for name in made.users}
    step = runtime.start(definition, data, machines)
    truth = Run(made.graph, dict(data), Draws(seed))
    for number in range(1, ROUNDS):
        told = f"seed {seed}, step {number}"
        open_ = [(task.node, _shown(task, made.users), task.id) for task in step.human_tasks]
        assert _in_order([one[:2] for one in open_]) == _in_order(
            [(key, telling(data)) for key, data in truth.open()]
        ), told
        assert _in_order(machines.taken()) == _in_order([(key, telling(data)) for key, data in truth.taken()]), told
        assert step.finished == truth.done, told
        if step.finished:
            assert _numbers(step.data) == telling(truth.known), told
            return
        act, before, turn = _displace if dice.random() < moves else _proceed, deepcopy(truth), (dice, number, open_)
        step, done = act(definition, step, truth, machines, turn)
        if done and dice.random() < moves:
            step, truth = _take_back(definition, step, done, (before, truth), machines)


def _take_back(
    definition: runtime.Definition, step: Step, done: Done, truths: tuple[Run, Run], machines: Machines
) -> tuple[Step, Run]:
    """Take back what was done last, if the engine agrees; then everything is as before, but for what was written."""
    node, known, news, open_before, task_id = done
    opened = [task.id for task in step.human_tasks if task.id not in open_before] or [task_id]
    before, after = truths
    try:
        step = runtime.retract(definition, step.state, opened, node, machines)
    except Conflict:
        return step, after
    machines.taken()
    assert before.renew(node, known, news)
    return step, before


def _displace(definition: runtime.Definition, step: Step, truth: Run, machines: Machines, turn: Turn) -> Moved:
    dice, number, open_ = turn
    key, known, task_id = dice.choice(sorted(open_, key=lambda one: (one[0], sorted(one[1].items()))))
    near = set(runtime.reachable(definition, step.state, task_id)) - truth.graph.deciding()
    target = key if key.startswith("w") else dice.choice(sorted(near))  # two that wrote one name tell nothing
    news = {f"last_{key}": number} if key.startswith("u") else {}
    assert truth.move(key, known, target, news)
    return runtime.move(definition, step.state, task_id, target, machines, news), None


def _proceed(definition: runtime.Definition, step: Step, truth: Run, machines: Machines, turn: Turn) -> Moved:
    dice, number, open_ = turn
    if step.timers and dice.random() < 0.25:
        truth.fire()
        return runtime.fire_timers(definition, step.state, max(timer.due for timer in step.timers), machines), None
    key, known, _ = dice.choice(sorted(open_, key=lambda one: (one[0], sorted(one[1].items()))))
    task_id = next(task_id for *same, task_id in open_ if same == [key, known])  # twins in the order they came
    name = f"last_{key}" if key.startswith("u") else f"other_{key}"
    assert truth.complete(key, known, name, number)
    done = key, known, {name: number}, {one[-1] for one in open_}, task_id
    return runtime.complete(definition, step.state, task_id, {name: number}, machines), done


@pytest.mark.parametrize("first", range(0, 300, BATCH))
def test_random_diagrams_run_as_tokens_do(first: int) -> None:
    for seed in range(first, first + BATCH):
        compare(seed)


@pytest.mark.parametrize("first", range(0, 300, BATCH))
def test_random_diagrams_in_which_tokens_are_moved_by_hand_run_as_tokens_do(first: int) -> None:
    for seed in range(first, first + BATCH):
        compare(seed, moves=0.2)


def test_the_comparison_notices_joins_that_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = parser.DiagramParser.OVERRIDE_PARSER_CLASSES
    library = {full_tag("parallelGateway"): (GatewayParser, defaults.ParallelGateway)}
    monkeypatch.setattr(parser.DiagramParser, "OVERRIDE_PARSER_CLASSES", ours | library)
    assert _is_noticed()


def _open_all(spec: Any, task: Any) -> bool:
    steering.open_ways(task, spec.outputs)
    return True


@pytest.mark.parametrize(
    ("owner", "name", "wrong"),
    [
        (ways.Ways, "_run_hook", _open_all),
        (instances.SequentialInstances, "_together", lambda _spec, task, _known: task.data),
        (loops.Loop, "_goes_on", lambda _spec, _task: False),
    ],
)
def test_the_comparison_notices_ways_instances_and_loops_that_are_wrong(
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str, wrong: object
) -> None:
    monkeypatch.setattr(owner, name, wrong)
    assert _is_noticed()


def _is_noticed() -> bool:
    for seed in range(4 * BATCH):
        try:
            compare(seed)
        except (AssertionError, OfficeError):
            return True
    return False
