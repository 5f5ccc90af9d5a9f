"""Killed in the middle of the tour: it takes longer, and nothing else is different."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0


class Tour:
    """A tour that runs beside the test, which can wait for its steps."""

    def __init__(self, folder: Path, log: IO[str]) -> None:
        self.folder = folder
        self.log = Path(log.name)
        command = [sys.executable, "-m", "app", "tour", "--json", "--world", "2017", "--data", str(folder)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)

    def wait_for(self, step: str) -> None:
        """Until the tour has printed a step."""
        self._until(lambda: step in self.log.read_text("utf-8"), f"the step {step}")

    def kill(self, name: str) -> tuple[int, int]:
        """Kill one process of the deployment without warning; its pid before and after."""
        before = self._pid(name)
        os.kill(before, signal.SIGKILL)
        self._until(lambda: self._pid(name) != before, f"a new {name}")
        return before, self._pid(name)

    def outcome(self) -> dict[str, Any]:
        """What the tour says in the end."""
        out, _ = self.process.communicate(timeout=240)
        found: dict[str, Any] = json.loads(out)
        return found

    def _pid(self, name: str) -> int:
        found = json.loads((self.folder / "2017" / "run" / "pids.json").read_text())
        return int(found.get(name, 0))

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        until = monotonic() + PATIENCE * 3
        while not condition():
            assert self.process.poll() is None, self.log.read_text("utf-8")[-2000:]
            assert monotonic() < until, f"waited in vain for {what}"
            sleep(0.05)


@pytest.mark.slow
def test_worker_redis_and_web_are_killed_in_the_middle_of_the_tour(tmp_path: Path) -> None:
    with (tmp_path / "steps.log").open("w") as log:
        tour = Tour(tmp_path / "data", log)
        try:
            replaced = []
            for step, victim in (
                ("check_form", "worker"),
                ("approve", "worker"),
                (" issue", "redis"),
                (".register", "web"),
                (".direct", "worker"),
                (".take_up", "redis"),
            ):
                tour.wait_for(step)
                replaced.append(tour.kill(victim))
            outcome = tour.outcome()
        finally:
            tour.process.kill()

    assert all(before != after for before, after in replaced)
    assert outcome["ok"], outcome
    world = outcome["worlds"][0]
    assert world["document"]["number"] == "01/UBND-VX"
    assert [one["arrival_number"] for one in world["recipients"]] == [1] * 11
    assert {tuple(one["statuses"]) for one in world["recipients"]} == {("01", "03", "04", "05", "06")}
