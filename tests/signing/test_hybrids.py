"""Files with a table for old readers and a stream for new ones, as office programs wrote them for years."""

import io
from pathlib import Path

import pikepdf
from cryptography.hazmat.primitives.asymmetric import rsa

from signing.validation import verify
from signing.verdict import Outcome
from tests.signing import papers
from tests.signing.authority import Authority
from tests.signing.test_judgement import Elsewhere


def hybrid(path: Path) -> Path:
    """A letter with one more object, which only new readers find."""
    data = papers.letter(path).read_bytes()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        number, root = int(pdf.trailer.Size), pdf.Root.objgen[0]
    last, at = int(data.split()[-2]), len(data)
    added = b"%d 0 obj\nnull\nendobj\n" % number
    row = b"\1" + at.to_bytes(4, "big") + b"\0"
    head = b"%d 0 obj\n<< /Type /XRef /Size %d /W [1 4 1] /Index [%d 1] /Root %d 0 R /Length 6 >>\nstream\n"
    held = head % (number + 1, number + 2, number, root) + row + b"\nendstream\nendobj\n"
    trailer = b"xref\n%d 1\n0000000000 65535 f \ntrailer\n<< /Size %d /Root %d 0 R /Prev %d /XRefStm %d >>\n"
    table = trailer % (number, number + 2, root, last, at + len(added))
    path.write_bytes(data + added + held + table + b"startxref\n%d\n%%%%EOF\n" % (at + len(added) + len(held)))
    return path


def test_an_honest_file_of_two_kinds_of_tables_is_left_open(tmp_path: Path) -> None:
    authority = Authority("Cơ quan thử", rsa.generate_private_key(public_exponent=65537, key_size=2048))
    signed = Elsewhere(authority, tmp_path).sign(hybrid(tmp_path / "source.pdf"))

    found = verify(signed, authority.trust())

    assert (found.outcome, found.reasons[0]) == (Outcome.INDETERMINATE, "verification.file_hybrid")
    assert [one.reason for one in found.signatures] == ["verification.file_hybrid"]
