"""Strangers' files are opened where they can cost no more than a little, and nobody else notices."""

import os
import re
import resource
import signal
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pikepdf
import pytest

from signing import confined, validation
from signing.confined import Broken, Budget, Exceeded
from signing.errors import SigningRefused
from signing.prepare import prepare
from signing.report import packed, unpacked
from signing.verdict import Outcome, Verdict
from tests.signing import forging, papers
from tests.signing.conftest import LAYOUT, Bench, Issued

MB = 2**20
SMALL = Budget(memory=64 * MB, processor=1, patience=5.0)


def swollen(data: bytes, size: int) -> bytes:
    """A signed file with one more cross-reference table, of nothing, that swells to so many bytes."""
    root = re.findall(rb"/Root (\d+) 0 R", data)[-1]
    previous = data[data.rindex(b"startxref") :].split()[1]
    squeezer = zlib.compressobj(9)
    table = b"".join([*(squeezer.compress(bytes(MB)) for _ in range(size // MB)), squeezer.flush()])
    head = b"900 0 obj\n<< /Type /XRef /Size 901 /W [1 4 1] /Index [0 %d] /Root %s 0 R /Prev %s /Filter /FlateDecode "
    start = data + head % (size // 6, root, previous) + b"/Length %d >>\nstream\n" % len(table)
    return start + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(data)


def crowded(path: Path, times: int = 100) -> Path:
    """A page with so many times 170,000 strokes of a pen that never touches the paper."""
    papers.letter(path)
    squeezer = zlib.compressobj(1)
    once = b"".join([*(squeezer.compress(b"0 0 m " * 170_000) for _ in range(times)), squeezer.flush()])
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        drawing = pikepdf.Stream(pdf, b"")
        drawing.write(once, filter=pikepdf.Name.FlateDecode)
        pdf.pages[0].obj.Contents = pdf.make_indirect(drawing)
        pdf.save(path, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return path


def alike(one: Verdict, other: Verdict) -> bool:
    return replace(one, checked_at=other.checked_at) == other


@pytest.mark.parametrize("step", ["source", "prepared", "signed", "numbered", "sealed"])
def test_the_verdict_is_the_same_as_without_a_child(step: str, issued: Issued, bench: Bench) -> None:
    path = getattr(issued, step)

    assert alike(confined.verify(path, bench.profile.trust), validation.verify(path, bench.profile.trust))


@pytest.mark.parametrize(
    "change", [forging.paint_over, forging.drop_form, forging.retitle, forging.set_field("VanBanSo", "99")]
)
def test_so_it_is_of_forged_files(change: forging.Change, issued: Issued, bench: Bench) -> None:
    path = bench.file(forging.revised(issued.sealed.read_bytes(), change))

    assert alike(confined.verify(path, bench.profile.trust), validation.verify(path, bench.profile.trust))


@pytest.mark.parametrize("content", [b"", b"khong phai PDF", bytes(range(256)) * 40])
def test_and_of_what_is_no_pdf(content: bytes, bench: Bench) -> None:
    path = bench.file(content)

    assert alike(confined.verify(path, bench.profile.trust), validation.verify(path, bench.profile.trust))


def test_nothing_of_a_verdict_is_lost_on_the_way(issued: Issued, bench: Bench) -> None:
    found = validation.verify(issued.sealed, bench.profile.trust)

    assert unpacked(packed(found)) == found


def test_a_file_that_is_not_there_is_an_error(bench: Bench) -> None:
    with pytest.raises(FileNotFoundError):
        confined.verify(bench.folder / "missing.pdf", bench.profile.trust)


def test_a_table_that_swells_costs_no_more_than_a_child_may(issued: Issued, bench: Bench) -> None:
    path = bench.file(swollen(issued.sealed.read_bytes(), 1024 * MB))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    found = confined.verify(path, bench.profile.trust)

    assert found.outcome in (Outcome.INVALID, Outcome.INDETERMINATE)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_a_file_that_costs_more_is_too_complex(issued: Issued, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "verify", lambda *_: bytes(256 * MB))

    found = confined.verify(issued.sealed, bench.profile.trust, budget=SMALL)

    assert (found.outcome, found.reasons) == (Outcome.INDETERMINATE, ("verification.too_complex",))
    assert (found.size, len(found.sha256)) == (issued.sealed.stat().st_size, 64)


def test_the_places_are_the_same_as_without_a_child(issued: Issued, tmp_path: Path) -> None:
    apart, together = tmp_path / "apart.pdf", tmp_path / "together.pdf"

    assert confined.prepare(issued.source, apart, LAYOUT) == prepare(issued.source, together, LAYOUT)
    assert apart.stat().st_size == pytest.approx(together.stat().st_size, abs=200)


def test_a_refusal_comes_through(issued: Issued, tmp_path: Path) -> None:
    with pytest.raises(SigningRefused, match=r"source\.already_signed"):
        confined.prepare(issued.signed, tmp_path / "out.pdf", LAYOUT)


def test_a_page_that_swells_cannot_be_prepared(tmp_path: Path) -> None:
    # Far more than what a long run of tests may have left free for the child to use.
    source, target = crowded(tmp_path / "source.pdf", 400), tmp_path / "out.pdf"

    with pytest.raises(SigningRefused, match=r"source\.too_costly"):
        confined.prepare(source, target, LAYOUT, replace(confined.PREPARING, memory=32 * MB))

    assert not target.exists()


def _compute() -> None:
    while True:
        pass


@pytest.mark.parametrize(
    "act",
    [lambda: len(bytes(256 * MB)), _compute, lambda: time.sleep(60), lambda: os.kill(os.getpid(), 9)],
    ids=["memory", "processor", "clock", "crash"],
)
def test_an_act_that_costs_too_much_ends(act: Callable[[], Any]) -> None:
    began, others = time.monotonic(), _children()

    with pytest.raises(Exceeded):
        confined.answer(act, replace(SMALL, patience=3.0))

    assert time.monotonic() - began < 30
    assert _children() == others


def test_an_act_that_says_too_much_ends() -> None:
    with pytest.raises(Exceeded):
        confined.answer(lambda: "x" * (20 * MB), replace(SMALL, memory=512 * MB))


def test_an_act_that_goes_wrong_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Broken, match=r"^ZeroDivisionError$"):
        confined.answer(lambda: 1 // 0, SMALL)

    assert "ZeroDivisionError" in capfd.readouterr().err


def test_a_child_ends_without_tidying_up(tmp_path: Path) -> None:
    note = tmp_path / "note"
    note.touch()

    class Connection:
        def __del__(self) -> None:
            note.write_text(str(os.getpid()))

    kept = [Connection()]
    kept.append(kept)  # type: ignore[arg-type]  # a circle, for the collector
    assert confined.answer(lambda: 5, SMALL) == 5
    assert note.read_text() == ""


def test_whoever_loses_patience_with_us_ends_the_child_too() -> None:
    def ring(*_: Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    others = _children()
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        with pytest.raises(TimeoutError):
            confined.answer(lambda: time.sleep(60), SMALL)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert _children() == others


def test_other_threads_do_not_matter(issued: Issued, bench: Bench) -> None:
    over = Event()
    others = [Thread(target=over.wait, daemon=True) for _ in range(5)]
    for other in others:
        other.start()

    assert confined.verify(issued.sealed, bench.profile.trust).outcome is Outcome.VALID
    over.set()


def _children() -> set[str]:
    """The processes that are ours, ended ones included: the runner of the tests may have some, too."""
    return {pid for listed in Path("/proc/self/task").glob("*/children") for pid in listed.read_text().split()}
