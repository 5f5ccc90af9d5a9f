"""The letter: every part the decree asks for, in its place, and found by what signs it."""

import dataclasses
import unicodedata
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from app.gateways import pdf, wording
from app.gateways.letter import Letter, render
from app.kernel.errors import Invalid
from signing.prepare import Layout, Prepared, prepare

MM = 72 / 25.4
Box = tuple[float, float, float, float]
LETTER = Letter(
    parent_agency="",
    agency="Ủy ban nhân dân huyện Sơn Tịnh",
    notation="UBND-VX",
    place="Sơn Tịnh",
    year=2017,
    subject="Triển khai hệ thống quản lý văn bản và điều hành đến các xã",
    recipients_to=["Ủy ban nhân dân xã Tịnh Hà", "Ủy ban nhân dân xã Tịnh Bắc"],
    paragraphs=["Thực hiện kế hoạch ứng dụng công nghệ thông tin năm 2017.", "Đề nghị các xã báo cáo trước ngày 15."],
    recipients=["Như trên", "Lưu: VT, VP"],
    capacity="TM. ỦY BAN NHÂN DÂN",
    signer_title="Chủ tịch",
    signer_name="",
)
LONG = dataclasses.replace(
    LETTER, paragraphs=["Ủy ban nhân dân huyện đề nghị các xã, thị trấn nghiêm túc thực hiện. " * 12] * 9
)


@pytest.mark.parametrize(
    "words",
    [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "HUYỆN SƠN TỊNH",
        "/UBND-VX",
        "Sơn Tịnh, ngày",
        "năm 2017",
        "V/v triển khai",
        "Kính gửi:",
        "- Ủy ban nhân dân xã Tịnh Hà;",
        "- Ủy ban nhân dân xã Tịnh Bắc.",
        "trước ngày 15./.",
        "Nơi nhận:",
        "- Lưu: VT, VP.",
        "TM. ỦY BAN NHÂN DÂN",
        "CHỦ TỊCH",
    ],
)
def test_a_letter_has_every_part(tmp_path: Path, words: str) -> None:
    render(LETTER, tmp_path / "letter.pdf")
    assert words in _text(tmp_path / "letter.pdf", 0)


def test_everything_stands_within_the_margins_of_the_decree(tmp_path: Path) -> None:
    render(LONG, tmp_path / "letter.pdf")
    for index in range(pdf.inspect(tmp_path / "letter.pdf").pages):
        left, bottom, right, top = _ink(tmp_path / "letter.pdf", index)
        assert left >= 30 * MM - 1
        assert right <= (210 - 15) * MM + 1
        assert bottom >= 20 * MM - 1
        assert top <= (297 - (20 if index == 0 else 8)) * MM + 1


def test_pages_after_the_first_carry_their_number(tmp_path: Path) -> None:
    render(LONG, tmp_path / "letter.pdf")
    pages = pdf.inspect(tmp_path / "letter.pdf").pages
    assert pages > 1
    assert not _text(tmp_path / "letter.pdf", 0).startswith("1")
    assert [_text(tmp_path / "letter.pdf", at).split()[0] for at in range(1, pages)] == [
        str(at + 1) for at in range(1, pages)
    ]


def test_the_close_is_never_torn_apart(tmp_path: Path) -> None:
    for lines in range(8, 22):
        letter = dataclasses.replace(LETTER, paragraphs=["Một đoạn ngắn gọn."] * lines)
        render(letter, tmp_path / "letter.pdf")
        last = pdf.inspect(tmp_path / "letter.pdf").pages - 1
        text = _text(tmp_path / "letter.pdf", last)
        assert all(words in text for words in ("Nơi nhận:", "Lưu: VT", "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")), lines


def test_no_signature_stands_on_a_page_without_words(tmp_path: Path) -> None:
    for lines in range(12, 22):
        render(dataclasses.replace(LETTER, paragraphs=["Một đoạn ngắn gọn."] * lines), tmp_path / "letter.pdf")
        last = pdf.inspect(tmp_path / "letter.pdf").pages - 1
        assert "Một đoạn ngắn gọn./." in _text(tmp_path / "letter.pdf", last), lines


def test_empty_lines_are_no_paragraphs(tmp_path: Path) -> None:
    render(dataclasses.replace(LETTER, paragraphs=["Một câu.", " ", ""]), tmp_path / "letter.pdf")
    assert "Một câu./." in _text(tmp_path / "letter.pdf", 0)


@pytest.mark.parametrize("letter", [LETTER, LONG], ids=["a short letter", "a letter of several pages"])
def test_what_signs_finds_every_place_in_the_letter(tmp_path: Path, letter: Letter) -> None:
    found = _prepared(tmp_path, letter)
    assert found.anchored
    assert found.signature_page == found.pages - 1
    height = 297 * MM
    assert found.number_box[0] < 105 * MM < found.day_box[0] < found.month_box[0]
    assert all(box[1] > height * 0.6 for box in (found.number_box, found.day_box, found.month_box))
    assert (found.signature_box[0] + found.signature_box[2]) / 2 > 120 * MM


def test_there_is_room_for_a_number_a_day_and_a_month(tmp_path: Path) -> None:
    found = _prepared(tmp_path, LETTER)
    widths = [box[2] - box[0] for box in (found.number_box, found.day_box, found.month_box)]
    assert widths[0] >= 30
    assert min(widths[1:]) >= 16


def test_signature_and_seal_cover_no_printed_word(tmp_path: Path) -> None:
    for letter in (LETTER, LONG):
        found = _prepared(tmp_path, letter)
        glyphs = _glyphs(tmp_path / "letter.pdf", found.signature_page)
        for box in (found.signature_box, found.seal_box):
            assert not any(_overlap(box, glyph) for glyph in glyphs)


def test_the_seal_has_its_real_size_and_covers_a_third_of_the_signature(tmp_path: Path) -> None:
    found = _prepared(tmp_path, LETTER)
    left, bottom, right, top = found.seal_box
    assert right - left == pytest.approx(36 * MM, abs=0.5)
    assert top - bottom == pytest.approx(36 * MM, abs=0.5)
    start, _, end, _ = found.signature_box
    assert (right - start) / (end - start) == pytest.approx(1 / 3, abs=0.02)


@pytest.mark.parametrize(
    ("urgency", "stamp"), [("urgent", "KHẨN"), ("very_urgent", "THƯỢNG KHẨN"), ("express", "HỎA TỐC")]
)
def test_urgency_is_stamped_and_hides_nothing(tmp_path: Path, urgency: str, stamp: str) -> None:
    letter = dataclasses.replace(LETTER, urgency=urgency)
    assert _prepared(tmp_path, letter).anchored
    assert stamp in _text(tmp_path / "letter.pdf", 0)


def test_a_subordinate_agency_prints_its_superior_first(tmp_path: Path) -> None:
    letter = dataclasses.replace(LETTER, parent_agency="Ủy ban nhân dân tỉnh Quảng Ngãi", agency="Sở Nội vụ")
    render(letter, tmp_path / "letter.pdf")
    text = _text(tmp_path / "letter.pdf", 0)
    assert text.index("TỈNH QUẢNG NGÃI") < text.index("SỞ NỘI VỤ")


def test_one_addressee_stands_on_the_line_of_the_word(tmp_path: Path) -> None:
    render(dataclasses.replace(LETTER, recipients_to=["Sở Nội vụ"]), tmp_path / "letter.pdf")
    assert "Kính gửi: Sở Nội vụ." in _text(tmp_path / "letter.pdf", 0)


def test_a_hundred_addressees_fill_as_many_pages_as_they_need(tmp_path: Path) -> None:
    names = [f"Ủy ban nhân dân xã Số {at}" for at in range(1, 101)]
    found = _prepared(tmp_path, dataclasses.replace(LETTER, recipients_to=names))
    assert found.pages > 1
    whole = " ".join(_text(tmp_path / "letter.pdf", at) for at in range(found.pages))
    assert all(f"- {name}" in whole for name in names)


@pytest.mark.parametrize(("code", "name"), wording.NAMES.items())
def test_a_type_prints_its_name_and_subject_instead_of_a_short_subject(tmp_path: Path, code: str, name: str) -> None:
    letter = dataclasses.replace(LETTER, document_type=code, notation=f"{code}-UBND")
    found = _prepared(tmp_path, letter)
    text = _text(tmp_path / "letter.pdf", 0)
    assert f"{name} Triển khai hệ thống" in text
    assert "V/v" not in text
    assert found.anchored
    assert ("Kính gửi:" in text) == (code in ("BC", "TTr"))
    assert ("Trân trọng kính mời:" in text) == (code == "GM")


def test_the_name_of_a_type_stands_in_the_middle_in_bold(tmp_path: Path) -> None:
    render(dataclasses.replace(LETTER, document_type="TB"), tmp_path / "letter.pdf")
    with pypdfium2.PdfDocument(tmp_path / "letter.pdf") as document:
        text = document[0].get_textpage()
        found = text.search("THÔNG BÁO")
        at, count = found.get_next()
        boxes = [text.get_charbox(place) for place in range(at, at + count)]
    assert (boxes[0][0] + boxes[-1][2]) / 2 == pytest.approx((30 + 165 / 2) * MM, abs=2)


@pytest.mark.parametrize(
    ("subject", "short", "full"),
    [
        ("Về việc nghỉ lễ", "V/v nghỉ lễ", "Về việc nghỉ lễ"),
        ("V/v Nghỉ lễ", "V/v nghỉ lễ", "Về việc nghỉ lễ"),
        ("nghỉ lễ", "V/v nghỉ lễ", "Nghỉ lễ"),
        ("UBND xã nghỉ lễ", "V/v UBND xã nghỉ lễ", "UBND xã nghỉ lễ"),
        ("về  việc nghỉ lễ", "V/v nghỉ lễ", "Về việc nghỉ lễ"),
    ],
)
def test_a_subject_says_once_that_it_is_one(subject: str, short: str, full: str) -> None:
    assert wording.about(subject) == short
    assert wording.headline(subject) == full


def test_a_long_list_at_the_end_goes_on_on_the_next_page(tmp_path: Path) -> None:
    names = [f"Ủy ban nhân dân xã Số {at}" for at in range(1, 101)]
    found = _prepared(tmp_path, dataclasses.replace(LETTER, document_type="QĐ", recipients=names))
    texts = [_text(tmp_path / "letter.pdf", at) for at in range(found.pages)]
    assert found.pages > 1
    assert all(f"- {name}" in " ".join(texts) for name in names)
    assert found.signature_page == next(at for at, text in enumerate(texts) if "CHỦ TỊCH" in text)


@pytest.mark.parametrize("text", ["Đoạn 🎉 có", "漢字", "𝄞"])
@pytest.mark.parametrize("field", ["subject", "paragraphs", "recipients_to"])
def test_what_the_font_cannot_print_is_refused(tmp_path: Path, text: str, field: str) -> None:
    said: dict[str, Any] = {field: text if field == "subject" else [text]}
    letter = dataclasses.replace(LETTER, **said)
    with pytest.raises(Invalid) as refused:
        render(letter, tmp_path / "letter.pdf")
    assert refused.value.code == "document.unprintable"
    assert set(refused.value.data["characters"].split()) == set(text) - set("Đoạn có")
    assert not (tmp_path / "letter.pdf").exists()


def test_what_is_invisible_or_decomposed_is_no_reason_to_refuse(tmp_path: Path) -> None:
    words = unicodedata.normalize("NFD", "Đề nghị các xã") + "\u200b\ufeff báo\u2003cáo\tngay"
    render(dataclasses.replace(LETTER, paragraphs=[words]), tmp_path / "letter.pdf")
    assert "Đề nghị các xã báo cáo ngay./." in _text(tmp_path / "letter.pdf", 0)


@pytest.mark.parametrize("text", ["**đậm** __gạch__ <b>thẻ</b>", "dòng\tcó tab", "é" * 3000, "/" * 200])
def test_odd_words_are_printed_and_not_obeyed(tmp_path: Path, text: str) -> None:
    letter = dataclasses.replace(LETTER, subject=text[:500], paragraphs=[text], recipients_to=[text[:80]])
    render(letter, tmp_path / "letter.pdf")
    assert pdf.inspect(tmp_path / "letter.pdf").pages >= 1
    if "**" in text:
        assert "**đậm** __gạch__ <b>thẻ</b>" in _text(tmp_path / "letter.pdf", 0)


def _prepared(folder: Path, letter: Letter) -> Prepared:
    render(letter, folder / "letter.pdf")
    return prepare(folder / "letter.pdf", folder / "ready.pdf", Layout("", letter.signer_title, letter.year))


def _text(path: Path, page: int) -> str:
    with pypdfium2.PdfDocument(path) as document:
        return " ".join(str(document[page].get_textpage().get_text_range()).split())


def _glyphs(path: Path, page: int) -> list[Box]:
    with pypdfium2.PdfDocument(path) as document:
        text = document[page].get_textpage()
        return [text.get_charbox(at) for at in range(text.count_chars()) if text.get_text_range(at, 1).strip()]


def _ink(path: Path, page: int) -> Box:
    boxes = _glyphs(path, page)
    return (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
