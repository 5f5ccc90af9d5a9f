"""What earlier releases kept still runs: states of every kind of wait, made by the engine of the time."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from app.engine import codec, runtime
from app.engine.runtime import Migration
from app.kernel.errors import Conflict
from tests.engine.diagrams import Case, later
from tests.engine.states.make import CASES, finish

FOLDER = Path(__file__).parent / "states"
KEPT = sorted(FOLDER.glob("format_*/*.json"))


def _case(path: Path) -> Case:
    """A case as it was kept."""
    kept = json.loads(path.read_text("utf-8"))
    one = Case.__new__(Case)
    one.definition, one.operations = runtime.parse(kept["diagram"].encode(), "p"), later
    one.step = Migration(one.definition, one.definition, runtime.propose(one.definition, one.definition)).move(
        base64.b64decode(kept["state"])
    )
    return one


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_state_of_an_earlier_release_runs_to_its_end(path: Path) -> None:
    one = _case(path)
    assert json.loads(one.step.state)["format"] == codec.FORMAT
    assert finish(one).step.finished


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_state_of_an_earlier_release_needs_no_move_to_go_on(path: Path) -> None:
    kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
    one = _case(path)
    state = base64.b64decode(kept["state"])
    soon = min((timer.due for timer in one.step.timers), default=None)
    if one.step.human_tasks:
        step = runtime.complete(one.definition, state, one.step.human_tasks[0].id, {}, later)
    elif one.step.waiting:
        step = runtime.answer(one.definition, state, one.step.waiting[0].id, {}, later)
    elif soon is not None:
        step = runtime.fire_timers(one.definition, state, soon, later)
    elif one.step.awaited:
        step = runtime.deliver(one.definition, state, one.step.awaited[0].name, {}, None, later)
    else:
        step = runtime.signal(one.definition, state, one.step.listening[0].name, {}, later)
    assert step.state != state


def test_every_format_has_states_of_every_kind_of_wait() -> None:
    formats = {path.name for path in FOLDER.glob("format_*")}
    assert formats == {f"format_{number}" for number in range(1, codec.FORMAT + 1)}
    assert {path.stem for path in FOLDER.glob(f"format_{codec.FORMAT}/*.json")} == set(CASES)


def test_a_state_of_a_later_release_is_a_conflict() -> None:
    kept = json.loads(KEPT[0].read_text("utf-8"))
    later_on = json.loads(base64.b64decode(kept["state"])) | {"format": codec.FORMAT + 1}
    definition = runtime.parse(kept["diagram"].encode(), "p")
    with pytest.raises(Conflict, match=r"engine\.state"):
        runtime.signal(definition, json.dumps(later_on).encode(), "storm", {}, later)
