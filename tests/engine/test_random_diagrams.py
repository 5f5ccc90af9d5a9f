"""Random diagrams of everything at once: our engine against a small interpreter of tokens that shares nothing with it.

A seed that fails names the command that plays it alone.
"""

from typing import Any

import pytest
from SpiffWorkflow.bpmn.parser.task_parsers import GatewayParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs import defaults

from app.engine import catching, complexes, faults, instances, knowledge, loops, parser, steering, ways
from app.kernel.errors import OfficeError
from tests.engine.play import compare

BATCH = 25


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
        (complexes.ComplexGateway, "_spent", lambda _spec, _flow: []),
        (catching, "_wait_again", lambda _task: None),
        (catching, "known", lambda flow: dict(flow.task_tree.data)),
        (catching, "withdraw", lambda _tasks: None),
        (faults, "_caller", lambda _task: None),
        (knowledge, "on_its_way", lambda _task: False),
        (instances.ParallelInstances, "with_the_done", lambda _spec, _task, known: known),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_the_comparison_notices_an_engine_that_is_wrong(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, wrong: object
) -> None:
    monkeypatch.setattr(owner, name, wrong)
    assert _is_noticed()


def _is_noticed() -> bool:
    for seed in range(300):
        try:
            compare(seed)
        except (AssertionError, KeyError, OfficeError):
            return True
    return False
