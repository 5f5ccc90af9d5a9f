"""`python3 -m app bench signing`: what a signature and a verdict cost, beside pyHanko as it comes and bare OpenSSL."""

import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from time import monotonic, process_time
from typing import Any

import pikepdf

from app.cli.bench_engine import Result, machine, tell
from app.cli.bench_weighing import LOOK, unstamped, way_of
from app.gateways.letter import Letter, render
from app.settings import ROOT
from signing import demo_pki, profiles, sign, validation, yardstick
from signing.demo_pki import Subject
from signing.prepare import PERSON, Layout, prepare
from signing.verdict import Outcome, Verdict

MOST_MS = {"rsa2048": 13.0, "rsa3072": 22.0, "ecdsap256": 13.0}
LEAST_PER_SECOND, MOST_MEMORY, MOST_INTEGRITY_MS, MOST_VERDICT_MS, MOST_LONG = 100.0, 100.0, 50.0, 250.0, 3.0
_SIGNATURES, _VERDICTS, _BATCH, _PAGES = 40, 9, 150, 2000
_LARGE, _PIECE = 240, 20
"""Megabytes of a file, and of each thing in it."""
_KEYS = {"rsa2048": "RSA-2048", "rsa3072": "RSA-3072", "ecdsap256": "P-256"}
_MB = 1024 * 1024
_SPEED = re.compile(r"^\+F[24]:\d+:(\d+):([\d.]+):", re.MULTILINE)
"""Bits of the key and signatures per second."""
_BY_BITS = {"2048": "rsa2048", "3072": "rsa3072", "256": "ecdsap256"}
_LETTER = Letter(
    parent_agency="",
    agency="Ủy ban nhân dân huyện Sơn Tịnh",
    notation="UBND-VX",
    place="Sơn Tịnh",
    year=2026,
    subject="Triển khai hệ thống quản lý văn bản và điều hành đến các xã",
    recipients_to=["Ủy ban nhân dân các xã, thị trấn"],
    paragraphs=["Ủy ban nhân dân huyện đề nghị các xã, thị trấn báo cáo kết quả trước ngày 15 hằng tháng."] * 6,
    recipients=["Như trên", "Lưu: VT, VP"],
    capacity="TM. ỦY BAN NHÂN DÂN",
    signer_title="CHỦ TỊCH",
    signer_name="",
)


def main(argv: list[str]) -> int:
    """Print the numbers beside their limits; 1 when one is over."""
    parser = ArgumentParser(prog="python3 -m app bench signing", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    as_json = parser.parse_args(argv).json
    with tempfile.TemporaryDirectory(prefix="eoffice-bench-") as folder:
        results = list(_results(_Desk(Path(folder))))
    return tell(results, f"{machine()}; processor time, medians", as_json=as_json)


class _Desk:
    """Keys of a demonstration and a letter with its fields, ready to be signed."""

    def __init__(self, folder: Path) -> None:
        """Make everything in an empty folder."""
        self.folder, self.pki = folder, folder / "pki"
        sizes = {"rsa2048": 2048, "rsa3072": 3072, "ecdsap256": None}
        subjects = [Subject(name, "person", "Người ký", "Cơ quan", bits) for name, bits in sizes.items()]
        demo_pki.create(self.pki, [*subjects, Subject("agency", "organisation", "Cơ quan", "Cơ quan")])
        self.stamped = profiles.load(self.pki, production=False)
        self.letter = folder / "letter.pdf"
        render(_LETTER, folder / "plain.pdf")
        prepare(folder / "plain.pdf", self.letter, LAYOUT)
        self.target = folder / "signed.pdf"

    def issue(self, source: Path, target: Path) -> None:
        """All of it: person, number, agency, stamps."""
        signed, numbered = self.folder / "one.pdf", self.folder / "two.pdf"
        sign.sign_person(source, signed, "rsa2048", self.stamped, LOOK)
        sign.fill_number(signed, numbered, "15", date(2026, 11, 27))
        sign.seal_organisation(numbered, target, "agency", self.stamped, LOOK)


LAYOUT = Layout(signer_name="", signer_title="CHỦ TỊCH", year=2026)


def _results(desk: _Desk) -> Iterator[Result]:
    bare = _openssl()
    for name in _KEYS:
        yield from _signing(desk, name, bare.get(name))
    yield from _throughput(desk)
    yield from _memory(desk)
    yield from _judging(desk)


def _signing(desk: _Desk, name: str, bare: float | None) -> Iterator[Result]:
    """One signature of a person on a letter of 60 kB, B-B, as the product makes it: checked, with its picture."""
    library = yardstick.Library(desk.pki / "keys" / f"{name}.p12", demo_pki.read_secret(desk.pki))
    ours = _ms(_SIGNATURES, partial(sign.sign_person, desk.letter, desk.target, name, unstamped(desk.stamped), LOOK))
    theirs = _ms(_SIGNATURES // 4, partial(library.sign, desk.letter, desk.target, PERSON))
    note = "" if bare is None else f"openssl alone {bare:.2f} ms"
    yield Result(f"one signature, {_KEYS[name]}, no stamp", ours, "ms", MOST_MS[name], theirs, note)


def _throughput(desk: _Desk) -> Iterator[Result]:
    ours, theirs = (_per_second(desk, way, count) for way, count in (("ours", _BATCH), ("library", _BATCH // 5)))
    name = "signatures by two workers, RSA-2048, no stamp"
    yield Result(name, ours, "/s", LEAST_PER_SECOND, theirs, at_least=True)


def _per_second(desk: _Desk, way: str, count: int) -> float:
    context = multiprocessing.get_context("spawn")
    ready, go = context.Semaphore(0), context.Event()
    workers = [context.Process(target=_work, args=(desk.folder, way, count, one, ready, go)) for one in range(2)]
    for worker in workers:
        worker.start()
    for _ in workers:
        ready.acquire()
    began = monotonic()
    go.set()
    for worker in workers:
        worker.join()
    return 2 * count / (monotonic() - began)


def _work(folder: Path, way: str, count: int, number: int, ready: Any, go: Any) -> None:
    """A worker that has everything open before it begins."""
    act = way_of(folder, way, folder / "letter.pdf", folder / f"signed-{number}.pdf")
    act()
    ready.release()
    go.wait()
    for _ in range(count):
        act()


def _memory(desk: _Desk) -> Iterator[Result]:
    """The peak of a process that signs one large file, with everything it has imported."""
    large, plain = desk.folder / "large.pdf", desk.folder / "heavy.pdf"
    with pikepdf.open(desk.folder / "plain.pdf") as pdf:
        for _ in range(_LARGE // _PIECE):
            pdf.pages[0].obj[f"/Scan{len(pdf.objects)}"] = pdf.make_stream(os.urandom(_PIECE * _MB))
        pdf.save(plain)
    prepare(plain, large, LAYOUT)
    plain.unlink()
    ours, theirs = (_peak(desk.folder, way) for way in ("ours", "library"))
    size = large.stat().st_size / _MB
    yield Result("memory for signing one large file", ours, "MB", MOST_MEMORY, theirs, f"a file of {size:.0f} MB")
    large.unlink()


def _peak(folder: Path, way: str) -> float:
    command = [sys.executable, "-m", "app.cli.bench_weighing", str(folder), way]
    return float(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout)  # noqa: S603


def _judging(desk: _Desk) -> Iterator[Result]:
    issued = desk.folder / "issued.pdf"
    desk.issue(desk.letter, issued)
    trust = desk.stamped.trust
    theirs = _ms(_VERDICTS, lambda: yardstick.verify(issued, trust))
    ours = _ms(_VERDICTS, lambda: _valid(validation.verify(issued, trust)))
    # An archive stamp after a filled field under a lock: the library calls that forbidden, wrongly.
    note = f"which calls {yardstick.verify(issued, trust)} of 2 valid"
    whole = _ms(_VERDICTS, lambda: validation.unchanged(issued))
    yield Result("two signatures judged, without proofs of time (AdES)", whole, "ms", MOST_INTEGRITY_MS, theirs, note)
    yield Result("two signatures judged, with them", ours, "ms", MOST_VERDICT_MS, theirs)
    plain, letter, long = (desk.folder / f"long-{one}.pdf" for one in ("plain", "letter", "issued"))
    with pikepdf.open(desk.folder / "plain.pdf") as pdf:
        for _ in range(_PAGES - len(pdf.pages)):
            pdf.add_blank_page(page_size=(595, 842))
        pdf.save(plain)
    prepare(plain, letter, LAYOUT)
    desk.issue(letter, long)
    theirs = _ms(1, lambda: yardstick.verify(long, trust)) / 1000
    ours = _ms(3, lambda: _valid(validation.verify(long, trust))) / 1000
    yield Result(f"a file of {_PAGES} pages with two signatures judged", ours, "s", MOST_LONG, theirs)


def _valid(verdict: Verdict) -> None:
    """What is measured must be true, too."""
    if verdict.outcome is not Outcome.VALID:
        raise RuntimeError(verdict.reasons)


def _ms(times: int, act: Callable[[], object]) -> float:
    """Milliseconds of processor time, the median of so many times after one that is not counted."""
    act()
    spent = []
    for _ in range(times):
        began = process_time()
        act()
        spent.append(process_time() - began)
    return median(spent) * 1000


def _openssl() -> dict[str, float]:
    """Milliseconds of a bare signature of each kind, as `openssl speed` says; nothing where there is none."""
    program = shutil.which("openssl")
    if program is None:
        return {}
    command = [program, "speed", "-mr", "-seconds", "1", *_KEYS]
    said = subprocess.run(command, check=False, capture_output=True, text=True).stdout  # noqa: S603  # no shell
    return {_BY_BITS[bits]: 1000 / float(rate) for bits, rate in _SPEED.findall(said)}
