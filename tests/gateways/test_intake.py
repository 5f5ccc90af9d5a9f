"""What a stranger's file is called once it is ours, and that only what passed is kept."""

from io import BytesIO
from pathlib import Path

import pytest

from app.gateways import intake
from app.gateways.files import FileStore
from app.kernel.errors import Invalid
from tests.gateways import strange


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("tờ trình.pdf", "tờ trình.pdf"),
        ("tờ trình.PDF", "tờ trình.pdf"),
        ("C:\\nháp\\tờ trình.pdf", "tờ trình.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("a\r\nX-Evil: 1.pdf", "aX-Evil: 1.pdf"),
        ("gpj.\u202efdp.exe", "gpj.fdp.exe.pdf"),
        ("a\0b\ud800.pdf", "ab.pdf"),
        ("..", "document.pdf"),
        (".pdf", "document.pdf"),
        ("", "document.pdf"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
    ],
)
def test_a_name_has_no_folders_nothing_hidden_and_says_what_it_is(given: str, kept: str) -> None:
    assert intake.file_name(given) == kept


def test_a_pdf_is_kept_with_its_pages_counted(tmp_path: Path) -> None:
    store, content = FileStore(tmp_path / "files"), strange.plain(tmp_path / "a.pdf", pages=2).read_bytes()

    taken = intake.take(store, BytesIO(content), "a", limit=10_000_000)

    assert (taken.name, taken.pages, taken.size) == ("a.pdf", 2, len(content))
    assert store.exists(taken.sha256)


def test_what_does_not_pass_leaves_nothing(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "files")

    with pytest.raises(Invalid):
        intake.take(store, BytesIO(b"%PDF-1.7"), "a.pdf", limit=1000)

    assert [path for path in store.root.rglob("*") if path.is_file()] == []
