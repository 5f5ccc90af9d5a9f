"""Reading diagrams of strangers: never here, always in a process with little time, little memory, nothing to lose."""

import base64
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from app.kernel.errors import Invalid, Unavailable

_ROOT = Path(__file__).resolve().parents[2]


class Reader:
    """A process that answers questions about diagrams, each in a child of its own (see `inside`)."""

    def __enter__(self) -> Self:
        """Start it; it imports what it needs once, for all the questions that follow."""
        self._process = subprocess.Popen(
            [sys.executable, "-E", "-s", "-B", "-m", "app.engine.inside"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it and whatever it is still reading."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    def ask(self, act: str, xml: bytes, **arguments: Any) -> dict[str, Any]:
        """What an act of `inside` says about a document.

        Errors: Invalid with the reason for which it was refused, diagram.too_costly and diagram.broke among them;
        rehearsal.value when the arguments hold what JSON cannot.
        """
        question = _line({"act": act, "xml": base64.b64encode(xml).decode(), "arguments": arguments})
        told, asked = self._process.stdout, self._process.stdin
        if told is None or asked is None:
            raise Unavailable("diagram.broke")
        asked.write(question)
        asked.flush()
        line = told.readline()
        if not line:
            raise Unavailable("diagram.broke")
        answer: dict[str, Any] = orjson.loads(line)
        code = answer.get("refused")
        if code is not None:
            raise Invalid(code, **answer["data"])
        return answer


def _line(question: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(question) + b"\n"
    except TypeError as error:  # half a character, a number without end, lists in lists without end
        raise Invalid("rehearsal.value", text=str(error)[:200]) from error
