"""The judgement of other programs, of which every signed file of every test is asked, can go against us."""

import shutil
from pathlib import Path

from tests.secondopinion import Made, objections
from tests.signing.conftest import Issued


def test_line_n8_poppler_and_openssl_object_to_a_file_with_another_byte(
    issued: Issued, pki: Path, tmp_path: Path
) -> None:
    good = Path(shutil.copyfile(issued.sealed, tmp_path / "good"))
    roots = _roots(pki)
    assert objections(Made(good, None, roots)) == []

    data = bytearray(good.read_bytes())
    data[data.index(b"endobj") - 8] ^= 1
    bad = tmp_path / "bad"
    bad.write_bytes(bytes(data))
    said = objections(Made(bad, None, roots))
    assert {one.split(":")[0] for one in said} == {"pdfsig", "openssl"}


def _roots(pki: Path) -> bytes:
    return b"".join(one.read_bytes() for one in sorted((pki / "trust/roots").iterdir()))
