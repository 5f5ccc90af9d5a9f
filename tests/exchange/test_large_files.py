"""A file that does not fit into one request, over a line that breaks and to a server that is started anew."""

import os
import random
from pathlib import Path

import pytest

from app.cli.kit.faults import Plan
from app.cli.kit.way import Way
from app.gateways import partial
from app.gateways.files import FileStore
from app.gateways.partial import Partials
from app.gateways.transports.peer import PeerTransport
from app.kernel.errors import Conflict, Invalid
from interchange.http import Site
from interchange.wire import CHUNK
from tests.exchange.letters import Letters, a_pdf

SIZE = int(os.environ.get("EOFFICE_TEST_LARGE_MB", "24")) * 2**20
CUTS = ("cut_request", "cut_answer", "lost_answer", "error_before")
SENDER = "ab"


class _Cut(Plan):
    """Breaks every fifth piece, each time in another way."""

    carried = 0

    def next(self, request: str) -> str:
        """What happens to a request."""
        if not request.startswith("PATCH"):
            return "pass"
        self.carried += 1
        return CUTS[self.carried // 5 % len(CUTS)] if self.carried % 5 == 0 else "pass"


def test_line_73_a_500_mb_file_resumes_after_a_cut(letters: Letters) -> None:
    """24 MB here; `bench exchange` plays 2 GB, and `EOFFICE_TEST_LARGE_MB=500` the whole."""
    data = random.Random(73).randbytes(SIZE)  # noqa: S311 - it must be repeatable
    letter = letters.letter(("van-ban.pdf", a_pdf()), ("ban-do.zip", data))
    plan, whole = _Cut(73), letters.door
    with Way(letters.pair.there.port, plan).opened() as way:
        door = PeerTransport(Site(f"http://127.0.0.1:{way.port}"), whole.private)
        [receipt] = door.send(letter, lambda name: letters.folder / name).receipts
    assert receipt.body
    store: FileStore = letters.pair.there.office.app.extensions["files"]
    assert store.path(letter.files[1].sha256).read_bytes() == data
    pieces = -(-SIZE // CHUNK)
    assert plan.carried >= pieces // 5
    assert plan.carried - pieces <= 2 * (plan.carried // 5 + 1)  # for each cut the question, and one piece at most


def test_a_server_that_was_started_anew_reads_what_had_come_step_by_step_and_takes_the_last_piece_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    partials, data = Partials(FileStore(tmp_path)), random.Random(1).randbytes(5 * 2**20)  # noqa: S311 - as above
    [name] = {partials.store.put(data, limit=len(data)).sha256}
    partials.store.discard(name, float("inf"))
    monkeypatch.setattr(partial, "STEP", 2**20)
    last = len(data) - 10
    for offset in range(0, last, CHUNK):
        partials.append(SENDER, name, data[offset : min(offset + CHUNK, last)], offset=offset, size=len(data))
    partial._running.clear()
    for _ in range(4):
        with pytest.raises(Conflict, match="elsewhere"):
            partials.append(SENDER, name, data[last:], offset=last, size=len(data))
    assert partials.append(SENDER, name, data[last:], offset=last, size=len(data)) == len(data)
    assert partials.store.path(name).read_bytes() == data
    assert partials.store.path(name).stat().st_mode & 0o777 == 0o600


def test_whoever_comes_while_the_last_piece_is_taken_writes_nothing_into_the_store(tmp_path: Path) -> None:
    partials, data = Partials(FileStore(tmp_path)), b"a" * 100
    name = partials.store.put(data, limit=100).sha256
    partials.store.discard(name, float("inf"))
    partials.append(SENDER, name, data[:50], offset=0, size=100)
    place = partials.root / SENDER / name
    with place.open("a+b") as file:
        partials._add(file, data[50:], place, 100)
    assert not place.exists()
    assert partials.append(SENDER, name, b"b", offset=100, size=200) == 100
    assert partials.store.path(name).read_bytes() == data

    wrong = "0" * 64
    with pytest.raises(Invalid, match="hash_wrong"):
        partials.append(SENDER, wrong, data, offset=0, size=100)
    assert partials.have(SENDER, wrong) == 0
