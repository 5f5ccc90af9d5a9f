"""Text documents on their way in: what becomes of an honest one, and that a hostile one harms nobody."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest

from app.gateways import intake, office, pdf
from app.gateways.files import FileStore
from app.kernel.errors import Invalid
from tests.gateways import texts
from tests.needs import needs


@needs("soffice")
def test_a_letter_in_word_is_kept_as_a_pdf_for_the_archive(tmp_path: Path) -> None:
    store, source = FileStore(tmp_path / "files"), texts.docx(tmp_path / "a.docx")

    with source.open("rb") as stream:
        taken = intake.take(store, stream, "tờ trình.docx", limit=10_000_000)

    with pypdfium2.PdfDocument(store.path(taken.sha256)) as document:
        words = document[0].get_textpage().get_text_bounded()
    assert (taken.name, taken.pages) == ("tờ trình.pdf", 1)
    assert all(line in words for line in texts.LINES[1:])
    clean = tmp_path / "clean.pdf"
    pdf.normalise(store.path(taken.sha256), clean)
    assert pdf.archival(clean) == []


@needs("soffice")
def test_nothing_is_fetched_for_a_document(
    tmp_path: Path, spy: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor would it be where the kernel lets a program see the network."""
    monkeypatch.setattr(office, "_without_network", tuple)
    address, asked = spy

    office.convert(texts.fetching(tmp_path / "a.docx", f"{address}/spy.png"), tmp_path / "a.pdf")

    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")
    assert asked == []


@needs("soffice")
def test_no_file_of_this_machine_becomes_part_of_a_document(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("mật khẩu của máy chủ")

    office.convert(texts.including(tmp_path / "a.odt", (tmp_path / "secret.txt").as_uri()), tmp_path / "a.pdf")

    with pypdfium2.PdfDocument(tmp_path / "a.pdf") as document:
        words = document[0].get_textpage().get_text_bounded()
    assert "CHỦ TỊCH" in words
    assert "mật khẩu" not in words


@needs("soffice")
def test_a_running_libreoffice_is_asked_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "app", "office", "--port", str(port)], start_new_session=True)
    try:
        for _ in range(60):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.5)
        monkeypatch.setattr(office, "_started", None)  # there is no other way left
        office.convert(texts.docx(tmp_path / "a.docx"), tmp_path / "a.pdf", server=f"127.0.0.1:{port}")
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()

    clean = tmp_path / "clean.pdf"
    pdf.normalise(tmp_path / "a.pdf", clean)
    assert pdf.archival(clean) == []


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (texts.bomb, "office.too_costly"),
        (texts.spreadsheet, "office.not_text"),
        (texts.locked_odt, "office.locked"),
        (texts.locked_docx, "office.locked"),
        (texts.old_word, "office.old_format"),
        (texts.broken, "office.damaged"),
        (texts.entities, "office.damaged"),
        (texts.nonsense, "office.damaged"),
    ],
)
def test_what_is_no_letter_is_refused_by_name_and_not_kept(
    made: Callable[[Path], Path], code: str, tmp_path: Path
) -> None:
    store = FileStore(tmp_path / "files")

    with pytest.raises(Invalid, match=code.replace(".", r"\.")):
        intake.take(store, BytesIO(made(tmp_path / "a").read_bytes()), "a.docx", limit=10_000_000)

    assert [path for path in store.root.rglob("*") if path.is_file()] == []


@pytest.fixture
def spy() -> Iterator[tuple[str, list[str]]]:
    """An address that remembers who came."""
    asked: list[str] = []

    class Listening(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET  # noqa: N815  # names of theirs

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
