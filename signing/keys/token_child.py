"""A process that has a token's library open, seen from the one that asked for it."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
import weakref
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from signing.errors import SigningError, SigningNotConfigured, SigningRefused, SigningUnavailable

_ROOT = Path(__file__).resolve().parents[2]
_LONGEST_ANSWER = 16 * 2**20
_INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "LD_LIBRARY_PATH", "TZ")
"""A vendor's library has no business with the other secrets of our environment."""
_FAREWELL = 2.0
_KINDS: Mapping[str, type[SigningError]] = {
    "key.unavailable": SigningUnavailable,
    "key.module_missing": SigningNotConfigured,
}


class Child:
    """One process for one login. After any error it is dead, and says so when it is asked again."""

    def __init__(self, environment: Mapping[str, str], patience: float, idle: float) -> None:
        """Start it; `patience` is how long one answer may take, `idle` how long it waits for a question (seconds)."""
        kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        self._patience = patience
        self._process = subprocess.Popen(  # noqa: S603  # our own module, by our own interpreter
            [sys.executable, "-m", "signing.keys.token_process", str(patience), str(idle)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**kept, **environment},
            cwd=_ROOT,
            bufsize=0,
        )
        self.end = weakref.finalize(self, _farewell, self._process)

    @property
    def pid(self) -> int:
        """Its number, for those who look after processes."""
        return self._process.pid

    def ask(self, **question: Any) -> dict[str, Any]:
        """Its answer. Errors: SigningRefused, SigningNotConfigured, SigningUnavailable; none leaves it alive."""
        try:
            return self._understood(self._heard(json.dumps(question).encode() + b"\n"))
        except SigningError:
            self._process.kill()
            self.end()
            raise

    def _heard(self, question: bytes) -> bytes:
        """One line from it. Errors: SigningUnavailable("key.too_slow" | "key.unavailable")."""
        assert self._process.stdin is not None  # noqa: S101  # both are pipes
        assert self._process.stdout is not None  # noqa: S101
        until, said = time.monotonic() + self._patience, bytearray()
        waiting = select.poll()
        with suppress(OSError, ValueError):  # it is gone: no answer says that better
            waiting.register(self._process.stdout, select.POLLIN)
            self._process.stdin.write(question)
            while len(said) <= _LONGEST_ANSWER:
                if not waiting.poll(max(until - time.monotonic(), 0) * 1000):
                    raise SigningUnavailable("key.too_slow")
                part = os.read(self._process.stdout.fileno(), 65_536)
                said += part
                if not part or said.endswith(b"\n"):
                    break
        return bytes(said)

    @staticmethod
    def _understood(said: bytes) -> dict[str, Any]:
        if not said.endswith(b"\n"):
            raise SigningUnavailable("key.unavailable")
        answer: dict[str, Any] = json.loads(said)
        if "error" in answer:
            code = str(answer["error"])
            raise _KINDS.get(code, SigningRefused)(code)
        return answer


def _farewell(process: subprocess.Popen[bytes]) -> None:
    """Let it log out, and end it when it does not."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    try:
        process.wait(_FAREWELL)
    except subprocess.TimeoutExpired:
        process.kill()
        with suppress(subprocess.TimeoutExpired):  # a driver may hold even a killed process
            process.wait(_FAREWELL)
