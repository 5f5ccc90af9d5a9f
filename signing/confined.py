"""The acts that open files of strangers, each in a child process with little memory and little time.

The child is a fork: it has everything imported already, where a program of its own would spend a second on that. It
answers in JSON through a pipe and ends without tidying up, for what is open here is not its own. Linux only.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any, NoReturn

from signing import archive, detached, qr, report, structure, validation
from signing import prepare as preparing
from signing.errors import SigningRefused
from signing.prepare import Layout, Prepared
from signing.reasons import Reason
from signing.source import written
from signing.structure import Limits
from signing.trust import TrustStore
from signing.validation import Policy
from signing.verdict import Outcome, Verdict

_MB = 2**20
_LARGEST_FILE = 512 * _MB
_LONGEST_ANSWER = 16 * _MB
_CHUNK = 65_536


class Exceeded(Exception):
    """An act took more memory or time than it may have."""


class Broken(Exception):
    """An act went wrong in a way that nobody foresaw; the text is the name of its exception."""


@dataclass(frozen=True)
class Budget:
    """The most an act may cost: bytes beside what the process has, seconds of processor, seconds by the clock.

    `niceness` above 0 lets what somebody waits for go before.
    """

    memory: int
    processor: int
    patience: float
    niceness: int = 0


VERIFYING = Budget(memory=768 * _MB, processor=15, patience=30.0)
IN_NO_HURRY = replace(VERIFYING, patience=120.0, niceness=10)
"""What costs no more may take longer, for it gives way."""
PREPARING = Budget(memory=1024 * _MB, processor=30, patience=60.0)


def verify(source: Path, trust: TrustStore, policy: Policy = validation.DEFAULT, budget: Budget = VERIFYING) -> Verdict:
    """As `validation.verify`; a file that costs more than it may is too complex to judge. Errors: OSError, Broken."""
    return _judged(source, lambda: validation.verify(source, trust, policy), policy.limits, budget)


def verify_file(source: Path, signature: Path, trust: TrustStore, budget: Budget = VERIFYING) -> Verdict:
    """As `detached.verify_file`, within the same bounds. Errors: OSError, Broken."""
    return _judged(source, lambda: detached.verify_file(source, signature, trust), Limits(), budget)


def _judged(source: Path, act: Callable[[], Verdict], limits: Limits, budget: Budget) -> Verdict:
    seen = structure.measured(source, limits)
    empty = Verdict(Outcome.INDETERMINATE, (), (), (), seen.sha256, seen.size, 0, datetime.now(UTC))
    if seen.reasons:
        return replace(empty, reasons=tuple(reason.value for reason in seen.reasons))
    try:
        return report.unpacked(answer(lambda: report.packed(act()), budget))
    except Exceeded:
        return replace(empty, reasons=(Reason.TOO_COMPLEX.value,))


def due(source: Path, verdict: Verdict, budget: Budget = VERIFYING) -> datetime | None:
    """As `archive.due`. Errors: Exceeded, Broken."""
    if not verdict.signatures:
        return None
    found = answer(lambda: None if (when := archive.due(source, verdict)) is None else when.isoformat(), budget)
    return None if found is None else datetime.fromisoformat(found)


def prepare(source: Path, target: Path, layout: Layout, budget: Budget = PREPARING) -> Prepared:
    """As `prepare.prepare`. Errors: those of it, SigningRefused("source.too_costly"), Broken."""
    with written(target):
        try:
            found = answer(lambda: asdict(preparing.prepare(source, target, layout)), budget)
        except Exceeded as cost:
            raise SigningRefused("source.too_costly") from cost
    plain: dict[str, Any] = {name: _frozen(one) for name, one in found.items()}
    return Prepared(**plain)


def stamp(source: Path, target: Path, text: str, budget: Budget = PREPARING) -> bool:
    """As `qr.stamp`. Errors: those of it, SigningRefused("source.too_costly"), Broken."""
    try:
        return bool(answer(lambda: qr.stamp(source, target, text), budget))
    except Exceeded as cost:
        target.unlink(missing_ok=True)
        raise SigningRefused("source.too_costly") from cost


def _frozen(value: Any) -> Any:
    """Tuples again, which JSON knows as lists only."""
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value


def answer(act: Callable[[], Any], budget: Budget) -> Any:
    """What an act returns, as JSON makes it, done in a child. Errors: Exceeded, Broken, SigningRefused."""
    reading, writing = os.pipe()
    with open(reading, "rb", buffering=0) as ear:  # noqa: PTH123  # a pipe has no path
        try:
            child = _forked()
            if child == 0:
                _serve(act, writing, budget)
        finally:
            os.close(writing)
        try:
            said = _heard(ear, time.monotonic() + budget.patience)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    return _understood(said)


def _forked() -> int:
    with warnings.catch_warnings():
        # Python 3.12 warns of a fork beside a thread: the child waits for no lock that a thread could hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _serve(act: Callable[[], Any], writing: int, budget: Budget) -> NoReturn:
    """The life of a child. Whatever ends it before it has answered was too much for it."""
    try:
        faulthandler.disable()  # how strangers' files break a library is no news
        gc.freeze()  # what the parent left to be collected, such as connections, is not for the child to close
        _limit(budget)
        with open(writing, "wb") as mouth:
            mouth.write(json.dumps(_done(act)).encode() + b"\n")
    except MemoryError:
        pass
    finally:
        os._exit(0)


def _done(act: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"value": act()}
    except MemoryError:
        raise
    except SigningRefused as refusal:
        return {"refused": [refusal.code, refusal.data]}
    except Exception as surprise:  # the parent cannot see it otherwise
        traceback.print_exc()
        sys.stderr.flush()
        return {"broken": type(surprise).__name__}


def _limit(budget: Budget) -> None:
    os.nice(budget.niceness)
    with Path("/proc/self/statm").open("rb") as counts:
        present = int(counts.read().split()[0]) * resource.getpagesize()
    for kind, most in (
        (resource.RLIMIT_AS, present + budget.memory),
        (resource.RLIMIT_CPU, budget.processor),
        (resource.RLIMIT_FSIZE, _LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        allowed = resource.getrlimit(kind)[1]
        least = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(kind, (least, least))


def _heard(ear: FileIO, until: float) -> bytes:
    """Everything that is said before the pipe closes; nothing when that takes too long, or no end."""
    said = bytearray()
    waiting = select.poll()
    waiting.register(ear, select.POLLIN)
    while len(said) <= _LONGEST_ANSWER:
        left = until - time.monotonic()
        if left <= 0 or not waiting.poll(left * 1000):
            break
        part = ear.read(_CHUNK)
        if not part:
            return bytes(said)
        said += part
    return b""


def _understood(said: bytes) -> Any:
    if not said.endswith(b"\n"):
        raise Exceeded
    found: dict[str, Any] = json.loads(said)
    if "refused" in found:
        code, data = found["refused"]
        raise SigningRefused(code, **data)
    if "broken" in found:
        name = found["broken"]
        raise Broken(name)
    return found["value"]
