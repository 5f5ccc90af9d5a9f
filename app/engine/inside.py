"""The process that reads diagrams of strangers: one question a line on standard input, one answer a line.

It only ever copies lines. Each question is answered in a child of its own, which may take 8 s of the processor, 9 s
by the clock and 500 MB, and which takes its own crash with it.
"""

import base64
import os
import resource
import select
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from time import monotonic
from typing import Any, Never

import orjson
from lxml import etree

from app.engine import beside, diagram, gate, importing, layout, openings, playing, redrawing, rehearsal, replaying
from app.engine.report import REFUSED, Report
from app.kernel import archive
from app.kernel.errors import Invalid, OfficeError

PROCESSOR_SECONDS, SECONDS = 8, 9.0
MEMORY = 500 * 1024 * 1024
LONGEST_ANSWER = 64 * 1024 * 1024
_CHUNK = 1 << 20


def main() -> int:
    """Answer until nobody asks any more."""
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(_answer(line) + b"\n")
        sys.stdout.buffer.flush()
    return 0


def _answer(line: bytes) -> bytes:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _serve(line, writing)
    os.close(writing)
    try:
        answer = _read(reading, monotonic() + SECONDS)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    if answer:
        return answer
    is_out_of_bounds = answer is None or os.WIFSIGNALED(status)
    return _refusal("diagram.too_costly" if is_out_of_bounds else "diagram.broke")


def _read(reading: int, deadline: float) -> bytes | None:
    """All that a child says; None when it does not come to an end."""
    found = b""
    while len(found) <= LONGEST_ANSWER:
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - monotonic()))
        if not ready:
            return None
        part = os.read(reading, _CHUNK)
        if not part:
            return found
        found += part
    return None


def _serve(line: bytes, writing: int) -> Never:
    """Answer inside the limits and end, whatever happens: nothing may run on into the parent's work."""
    try:
        _limit()
        with open(writing, "wb", closefd=False) as answer:
            answer.write(_answered(line))
        os._exit(0)
    finally:
        os._exit(1)


def _answered(line: bytes) -> bytes:
    question = orjson.loads(line)
    try:
        return _line(ACTS[question["act"]](base64.b64decode(question["xml"]), **question["arguments"]))
    except OfficeError as error:
        return _refusal(error.code, **error.data)
    except (MemoryError, RecursionError):
        return _refusal("diagram.too_costly")


def _line(told: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(told)
    except TypeError as error:  # lists in lists without end
        raise Invalid("rehearsal.value", text=str(error)[:200]) from error


def _refusal(code: str, **data: Any) -> bytes:
    return orjson.dumps({"refused": code, "data": data})


def _limit() -> None:
    for kind, most in (
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _examine(xml: bytes, files: beside.Given | None = None) -> dict[str, Any]:
    return _told(gate.examine(xml, beside.unpacked(files)))


def _convert(xml: bytes) -> dict[str, Any]:
    """The document as ours, with a drawing if it has none, and the report on what it was."""
    report = gate.examine(xml)
    if report.verdict == REFUSED:
        raise Invalid(report.reasons[0].reason, **report.reasons[0].data)
    root, _changes = importing.opened(xml)
    if not layout.is_drawn(root):
        layout.draw(root)
    text = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True).decode()
    return {"xml": text, "report": _told(report)}


def _told(report: Report) -> dict[str, Any]:
    found = [{**asdict(one), "verdict": one.verdict} for one in report.findings]
    return {"verdict": report.verdict, "findings": found, "reasons": [asdict(note) for note in report.reasons]}


def _replay(xml: bytes, **given: Any) -> dict[str, Any]:
    """How real cases go on a document: no more than it takes to tell their ways apart."""
    told = playing.rehearse(xml, **given, kind=replaying.Replay)["plays"]
    return {"plays": [{name: one[name] for name in ("passed", "ended", "incident", "open", "unused")} for one in told]}


def _draw(xml: bytes, **arguments: Any) -> dict[str, Any]:
    """The drawing of a document, made where a stranger's document may be read."""
    return {"svg": diagram.render(xml, **arguments)}


def _fill(xml: bytes, **said: Any) -> dict[str, Any]:
    """The document with one thing said that it left open."""
    return {"xml": openings.filled(xml, **said).decode()}


def _unpack(xml: bytes) -> dict[str, Any]:
    """The files of an archive, each in letters that a line can carry."""
    found = archive.unpacked(xml)
    return {"files": {name: base64.b64encode(content).decode() for name, content in found.items()}}


ACTS: dict[str, Callable[..., dict[str, Any]]] = {
    "examine": _examine,
    "convert": _convert,
    "play": rehearsal.play,
    "rehearse": playing.rehearse,
    "replay": _replay,
    "draw": _draw,
    "unpack": _unpack,
    "openings": openings.openings,
    "fill": _fill,
    "open": redrawing.opened,
    "keep": redrawing.kept,
}

if __name__ == "__main__":
    sys.exit(main())
