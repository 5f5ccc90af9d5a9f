"""A code in the margin: put in before the first signature, read by a camera, in nobody's way."""

from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import segno

from signing import appearance, confined
from signing.errors import SigningRefused
from signing.ink import ink
from signing.placement import MM
from signing.prepare import prepare
from signing.profiles import Profile
from signing.sign import fill_number, seal_organisation, sign_person
from signing.validation import verify
from signing.verdict import Outcome
from tests.signing import papers
from tests.signing.conftest import AGENCY_KEY, ISSUED_ON, LAYOUT, PERSON_KEY

ADDRESS = "https://vanban.quangngai.example/verify/Zk3p9Q0aTq-5hC1xJv8b2w"


def modules(path: Path, count: int, page: int = 0, left: float = 8) -> list[list[bool]]:
    """What a camera sees: the middle of each square of the code `left` millimetres from the edge, from its top."""
    with pypdfium2.PdfDocument(path) as document:
        image = document[page].render(scale=6).to_pil().convert("L")
    side, left, top = 14 * MM * 6, left * MM * 6, image.height - (4.5 + 14) * MM * 6
    step = side / count
    return [
        [image.getpixel((round(left + (x + 0.5) * step), round(top + (y + 0.5) * step))) < 128 for x in range(count)]
        for y in range(count)
    ]


def test_a_code_is_in_the_margin_before_anyone_signs_and_every_signature_covers_it(
    tmp_path: Path, profile: Profile
) -> None:
    ready, marked, signed, numbered, sealed = (tmp_path / f"{at}.pdf" for at in range(5))
    prepare(papers.letter(tmp_path / "letter.pdf"), ready, LAYOUT)

    assert confined.stamp(ready, marked, ADDRESS)

    expected = [[bool(dark) for dark in row] for row in segno.make(ADDRESS, error="m", micro=False).matrix]
    assert modules(marked, len(expected)) == expected
    sign_person(marked, signed, PERSON_KEY, profile, appearance.demo_signature(PERSON_KEY))
    fill_number(signed, numbered, "5", ISSUED_ON)
    seal_organisation(numbered, sealed, AGENCY_KEY, profile, appearance.demo_seal(papers.AGENCY))
    found = verify(sealed, profile.trust)
    assert (found.outcome, len(found.signatures)) == (Outcome.VALID, 2)
    assert modules(sealed, len(expected)) == expected


def test_a_code_goes_where_nothing_is_or_is_left_out(tmp_path: Path) -> None:
    low = [papers.Words(at, 285, "chân trang đã có chữ in", size=11) for at in (35, 105, 175)]
    full = papers.printed(tmp_path / "full.pdf", tuple(low), tuple(low))
    left = papers.printed(tmp_path / "left.pdf", (low[0],))

    assert not confined.stamp(full, tmp_path / "none.pdf", ADDRESS)
    assert not (tmp_path / "none.pdf").exists()
    assert confined.stamp(left, tmp_path / "right.pdf", ADDRESS)
    with pypdfium2.PdfDocument(tmp_path / "right.pdf") as document:
        assert ink(document, 0).bounds((185 * MM, 4 * MM, 203 * MM, 19 * MM)) is not None


def test_an_address_that_no_camera_could_read_so_small_is_refused(tmp_path: Path) -> None:
    source = papers.letter(tmp_path / "letter.pdf")

    with pytest.raises(SigningRefused, match=r"code\.too_long"):
        confined.stamp(source, tmp_path / "marked.pdf", "https://" + "x" * 300)
    with pikepdf.open(source) as pdf:
        assert len(pdf.pages) == 1
