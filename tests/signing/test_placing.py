"""Where number, date, signature and seal go on papers that mislead, and which papers are refused by name."""

from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest

from signing import lettering
from signing.errors import SigningRefused
from signing.ink import ink
from signing.pagetext import Box, read
from signing.prepare import Layout, Prepared, prepare
from tests.signing import papers
from tests.signing.papers import CAPACITY, CLOSE, HEAD, MM, NUMBER, RECIPIENTS, SIGNER, Words

BODY = tuple(Words(105, 60 + 8 * at, "Đề nghị các cơ quan báo cáo Chủ tịch UBND huyện kết quả.") for at in range(12))
LETTER = (*HEAD, *BODY, *CLOSE)
NAME = Words(150, 232, papers.PERSON, "B")
TABLE = tuple(Words(150, 60 + 6 * at, "Chủ tịch") for at in range(6))
TITLE_BOTTOM = (297 - SIGNER.y) * MM


def _placed(folder: Path, *pages: tuple[Words, ...], name: str = "", title: str = papers.TITLE) -> Prepared:
    return _prepared(papers.printed(folder / "source.pdf", *pages), name, title)


def _prepared(source: Path, name: str = "", title: str = papers.TITLE) -> Prepared:
    return prepare(source, source.with_name("prepared.pdf"), Layout(name, title, 2026))


def _refused(folder: Path, code: str, *pages: tuple[Words, ...]) -> None:
    with pytest.raises(SigningRefused) as caught:
        _placed(folder, *pages)
    assert caught.value.code == code


def _under_the_title(found: Prepared) -> bool:
    left, bottom, right, top = found.signature_box
    return abs((left + right) / 2 - 150 * MM) < 2 and TITLE_BOTTOM - 60 * MM < bottom < top < TITLE_BOTTOM


@pytest.mark.parametrize(
    "annex",
    [
        (Words(105, 30, "PHỤ LỤC", "B"), *(replace(one, text="Chủ tịch UBND xã") for one in TABLE)),
        (Words(105, 30, "DANH SÁCH", "B"), *TABLE),
        (Words(105, 30, "PHỤ LỤC I", "B"), CAPACITY, SIGNER),
        (Words(105, 30, "Mẫu số 01"), SIGNER, replace(NAME, y=240)),
        (Words(105, 30, "Trang trắng"),),
    ],
    ids=["a table of offices", "a table of titles", "a form to be signed", "a form without capacity", "other words"],
)
def test_the_signature_stays_in_the_letter_whatever_its_annex_says(tmp_path: Path, annex: tuple[Words, ...]) -> None:
    found = _placed(tmp_path, LETTER, annex)

    assert (found.signature_page, found.anchored) == (0, True)
    assert _under_the_title(found)


@pytest.mark.parametrize(
    "other",
    [
        Words(140, 288, "CHỦ TỊCH"),
        Words(140, 270, "Ban hành theo Quyết định của Chủ tịch UBND huyện"),
        Words(50, 240, "CHỦ TỊCH"),
        Words(150, 240, "Trần Thị Bích"),
    ],
    ids=["a footer", "a sentence", "the recipients' side", "a name below"],
)
def test_the_title_that_counts_is_a_line_of_its_own_on_the_right(tmp_path: Path, other: Words) -> None:
    assert _under_the_title(_placed(tmp_path, (*LETTER, other)))


@pytest.mark.parametrize("title", ["KT. CT, PHÓ CT", "Q. CHỦ TỊCH", "KT. CHỦ TỊCH"])
def test_a_title_that_is_written_otherwise_is_known_by_its_capacity(tmp_path: Path, title: str) -> None:
    found = _placed(tmp_path, (*HEAD, *BODY, CAPACITY, replace(SIGNER, text=title), *RECIPIENTS))

    assert found.anchored
    assert _under_the_title(found)


def test_a_deputy_signs_under_the_deputys_title(tmp_path: Path) -> None:
    lines = (replace(SIGNER, text="KT. CHỦ TỊCH"), replace(SIGNER, y=202, text="PHÓ CHỦ TỊCH"))

    found = _placed(tmp_path, (*HEAD, *BODY, CAPACITY, *lines, *RECIPIENTS), title="Chủ tịch")

    assert found.anchored

    assert found.signature_box[3] < (297 - 202) * MM


def test_a_title_in_a_sentence_only_is_no_place_to_sign(tmp_path: Path) -> None:
    found = _placed(tmp_path, (*HEAD, *BODY, *RECIPIENTS))

    assert not found.anchored
    assert found.signature_box[3] < (297 - 60 - 8 * 11) * MM
    assert found.signature_box[0] > 105 * MM


def test_a_name_in_a_table_is_no_place_to_sign(tmp_path: Path) -> None:
    rows = tuple(Words(150, 60 + 6 * at, papers.PERSON) for at in range(20))

    found = _placed(tmp_path, (*LETTER, NAME), (Words(105, 30, "PHỤ LỤC", "B"), *rows), name=papers.PERSON)

    assert found.signature_page == 0
    assert _under_the_title(found)


@pytest.mark.parametrize("name", ["", papers.PERSON])
def test_a_name_that_went_over_to_the_next_page_leaves_the_signature_under_the_title(tmp_path: Path, name: str) -> None:
    found = _placed(tmp_path, LETTER, (replace(NAME, y=30),), name=name)

    assert found.signature_page == 0
    assert _under_the_title(found)


@pytest.mark.parametrize("name", ["", papers.PERSON])
def test_without_room_under_the_title_one_signs_over_the_name_on_the_next_page(tmp_path: Path, name: str) -> None:
    low = (replace(CAPACITY, y=266), replace(SIGNER, y=272))

    found = _placed(tmp_path, (*HEAD, *BODY, *low), (replace(NAME, y=50),), name=name)

    assert found.signature_page == 1
    assert found.signature_box[1] > (297 - 50) * MM


@pytest.mark.parametrize("distance", [5, 10, 12])
def test_too_little_room_to_sign_is_refused(tmp_path: Path, distance: float) -> None:
    _refused(tmp_path, "source.no_room", (*LETTER, replace(NAME, y=SIGNER.y + distance)))


def test_little_room_makes_a_low_signature_that_covers_nothing(tmp_path: Path) -> None:
    found = _placed(tmp_path, (*LETTER, replace(NAME, y=SIGNER.y + 17)))

    assert 28 <= found.signature_box[3] - found.signature_box[1] < 40
    assert _clear(tmp_path / "source.pdf", found.signature_page, found.signature_box)


def _clear(path: Path, page: int, box: Box) -> bool:
    with pdfium.PdfDocument(path) as document:
        return ink(document, page).bounds(box) is None


def test_what_is_added_to_a_scan_covers_no_ink(tmp_path: Path) -> None:
    source = papers.scanned(papers.printed(tmp_path / "source.pdf", LETTER))

    found = _prepared(source)

    assert not found.anchored
    boxes = (found.number_box, found.day_box, found.month_box, found.signature_box, found.seal_box)
    assert all(_clear(source, 0, box) for box in boxes)


def test_a_full_scan_is_signed_on_a_page_more(tmp_path: Path) -> None:
    full = tuple(Words(105, 30 + 7 * at, "Đề nghị các cơ quan báo cáo kết quả chuyển đổi số.") for at in range(34))
    source = papers.scanned(papers.printed(tmp_path / "source.pdf", full))

    found = _prepared(source)

    assert (found.pages, found.signature_page) == (2, 1)
    assert _clear(source, 0, found.number_box)


def test_what_has_no_room_in_the_top_margin_stands_on_a_page_more(tmp_path: Path) -> None:
    source = papers.printed(tmp_path / "source.pdf", tuple(Words(105, 8 + 5 * at, "Chữ " * 25) for at in range(5)))
    target = tmp_path / "ready.pdf"
    found = prepare(source, target, Layout("", papers.TITLE, 2026))

    assert found.pages == 2
    with pikepdf.open(target) as pdf:
        names = [str(note.T) for note in pdf.pages[1].obj.Annots]
        assert names[:3] == ["VanBanSo", "VanBanNgay", "VanBanThang"]


@pytest.mark.parametrize("text", ["Số: 05/UBND-VP", "Số: ..12../UBND-VP", "SỐ: 7/UBND-VP", "Số: 05"])
def test_a_number_that_is_typed_already_is_refused(tmp_path: Path, text: str) -> None:
    _refused(tmp_path, "source.number_typed", (*LETTER[1:], replace(NUMBER, text=text)))


@pytest.mark.parametrize(
    "text",
    [
        "Tịnh Hà, ngày 05 tháng 02 năm 2026",
        "Tịnh Hà, ngày       tháng 02 năm 2026",
        "Tịnh Hà, ngày 5/2/2026",
        "ngày ..5.. tháng ..2.. năm 2026",
    ],
)
def test_a_date_that_is_typed_already_is_refused(tmp_path: Path, text: str) -> None:
    _refused(tmp_path, "source.date_typed", (NUMBER, replace(papers.DATE, text=text), *LETTER[2:]))


@pytest.mark.parametrize(
    "other",
    [
        Words(40, 20, "Mã số: .............."),
        Words(60, 60, "CCCD số: .............., cấp ngày ..... tháng ..... năm 2020"),
        Words(150, 26, "Mẫu số: ......../QĐ"),
        Words(60, 20, "Địa chỉ: số: 12 Hùng Vương"),
        Words(60, 56, "số 15/QĐ-UBND ngày 05 tháng 02 năm 2020"),
    ],
)
def test_other_numbers_and_dates_are_left_alone(tmp_path: Path, other: Words) -> None:
    found = _placed(tmp_path, (other, *LETTER))

    assert found.anchored
    assert all(box[1] == pytest.approx((297 - 34) * MM - 3.3, abs=1) for box in (found.number_box, found.day_box))


def test_blanks_in_the_text_are_no_place_for_number_and_date(tmp_path: Path) -> None:
    found = _placed(tmp_path, (Words(80, 60, "CCCD số: ......, họp ngày ..... tháng ..... năm 2026"), *CLOSE))

    assert all(box[1] > (297 - 30) * MM for box in (found.number_box, found.day_box, found.month_box))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Thị trấn Tịnh Hà, ngày", "tháng       năm 2026"),
        ("Thị trấn Tịnh Hà, ngày        tháng", "năm 2026"),
        ("Tịnh Hà, ngày        tháng        năm", "2026"),
    ],
)
def test_a_date_that_goes_over_to_the_next_line_is_one_date(tmp_path: Path, first: str, second: str) -> None:
    lines = (replace(papers.DATE, text=first), replace(papers.DATE, text=second, y=40))

    found = _placed(tmp_path, (NUMBER, *lines, *BODY, *CLOSE))

    assert found.anchored
    assert min(box[2] - box[0] for box in (found.day_box, found.month_box)) > 15


@pytest.mark.parametrize("blanks", [0, 1, 2])
def test_a_blank_too_narrow_for_a_number_is_refused(tmp_path: Path, blanks: int) -> None:
    _refused(tmp_path, "source.number_gap", (*LETTER[1:], replace(NUMBER, text=f"Số:{' ' * blanks}/UBND-VP")))


def test_a_blank_too_narrow_for_a_day_is_refused(tmp_path: Path) -> None:
    date = replace(papers.DATE, text="Tịnh Hà, ngày tháng năm 2026")

    _refused(tmp_path, "source.date_gap", (NUMBER, date, *LETTER[2:]))


def test_digits_keep_some_air_in_a_narrow_blank(tmp_path: Path) -> None:
    date = replace(papers.DATE, text="Tịnh Hà, ngày    tháng    năm 2026")

    found = _placed(tmp_path, (NUMBER, date, *LETTER[2:]))

    with pdfium.PdfDocument(tmp_path / "source.pdf") as document:
        letters = [glyph.box for line in read(document, 0).lines for glyph in line.glyphs]
    grown = (found.day_box[0] - 1, found.day_box[1], found.day_box[2] + 1, found.day_box[3])
    assert not any(
        box[0] < grown[2] and grown[0] < box[2] and box[1] < grown[3] and grown[1] < box[3] for box in letters
    )


@pytest.mark.parametrize(("limit", "size", "stretch"), [(26, 13, 1), (20, 10, 1), (16, 9.1, 0.88), (13.65, 9.1, 0.75)])
def test_letters_become_smaller_then_narrower(limit: float, size: float, stretch: float, tmp_path: Path) -> None:
    found = lettering.fitted(26, 13, limit)

    assert found == pytest.approx((size, stretch), abs=0.01)


def test_a_number_is_as_high_as_the_letters_beside_it(tmp_path: Path) -> None:
    _placed(tmp_path, (replace(NUMBER, text="Số:            /UBND-VP", size=14), *LETTER[1:]))

    with pikepdf.open(tmp_path / "prepared.pdf") as pdf:
        style = next(field["/VBStyle"] for field in pdf.Root.AcroForm.Fields if field.T == "VanBanSo")
    assert float(style[0]) == pytest.approx(14, abs=0.5)


def test_the_corners_of_a_page_may_be_named_in_any_order(tmp_path: Path) -> None:
    source = papers.printed(tmp_path / "source.pdf", LETTER)
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        pdf.pages[0].MediaBox = pikepdf.Array([210 * MM, 297 * MM, 0, 0])
        pdf.save(source)

    found = _prepared(source)

    assert found.anchored
    assert _under_the_title(found)


@pytest.mark.parametrize("box", [(0, 0, 60, 40), (0, 0, 0, 0), (0, 0, 1e7, 1e7), (0, 0, 250, 842), (0, 0, 595, 3500)])
def test_paper_of_no_real_size_is_refused(tmp_path: Path, box: Box) -> None:
    source = papers.printed(tmp_path / "source.pdf", LETTER)
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        pdf.pages[0].MediaBox = pikepdf.Array(box)
        pdf.save(source)

    with pytest.raises(SigningRefused, match=r"source\.page_size"):
        _prepared(source)


def test_paper_measured_in_units_of_its_own_is_refused(tmp_path: Path) -> None:
    source = papers.printed(tmp_path / "source.pdf", LETTER)
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        pdf.pages[0].UserUnit = 2
        pdf.save(source)

    with pytest.raises(SigningRefused, match=r"source\.page_size"):
        _prepared(source)


def test_a_blank_page_without_any_content_is_prepared(tmp_path: Path) -> None:
    source = papers.printed(tmp_path / "source.pdf", ())
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        del pdf.pages[0]["/Contents"]
        pdf.save(source)

    assert not _prepared(source).anchored
