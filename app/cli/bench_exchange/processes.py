"""The processes of a deployment, started on a folder and an address of its own, and what they weigh."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from app.cli.tour.deployment import INHERITED, ROOT, STOPS_WITHIN

_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


@contextmanager
def running(commands: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[list[int]]:
    """Run some `python3 -m app …` for a while; the numbers of the processes."""
    inherited = {name: value for name, value in os.environ.items() if name not in INHERITED}
    given = {**inherited, **{name: value for name, value in environment.items() if value}}
    with ExitStack() as stack:
        written = stack.enter_context(log.open("ab"))
        started = [_start(command, given, written.fileno()) for command in commands]
        for one in started:
            stack.callback(_stop, one)
        yield [one.pid for one in started]


class Peaks:
    """The most that each of some processes, or a child of it, ever had in memory; children come and go."""

    def __init__(self, processes: Sequence[int]) -> None:
        self.most = dict.fromkeys(processes, 0.0)

    def look(self) -> None:
        """Look once, in MB."""
        for root in self.most:
            self.most[root] = max(self.most[root], *(_peak(one) for one in (root, *_children(root))))


def _children(root: int) -> list[int]:
    with suppress(OSError):
        return [int(pid) for pid in Path(f"/proc/{root}/task/{root}/children").read_text().split()]
    return []


def _peak(pid: int) -> float:
    with suppress(OSError):
        found = _PEAK.search(Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) / 1024 if found else 0.0
    return 0.0


def _start(command: str, environment: Mapping[str, str], log: int) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-m", "app", *command.split()]
    return subprocess.Popen(words, cwd=ROOT, env=environment, stdout=log, stderr=log)  # noqa: S603 - our own command


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
