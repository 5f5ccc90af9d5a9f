"""Opening PDF files of strangers: what is refused, what a clean copy keeps, and what a child may not do."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from app.gateways import beside, pdf
from app.kernel.errors import Invalid
from tests.gateways import strange
from tests.needs import needs
from tests.signing import papers

FORBIDDEN = (
    b"/JavaScript",
    b"/JS",
    b"/Launch",
    b"/EmbeddedFile",
    b"/XFA",
    b"/OpenAction",
    b"/RichMedia",
    b"/SubmitForm",
)
CHILD = """
import sys
sys.path.insert(0, {root!r})
from app.gateways import pdf_child as child
{setting}
def act(source):
{act}
child.ACTS = {{"inspect": act}}
sys.exit(child.main(sys.argv[1:]))
"""


@pytest.mark.parametrize(("make", "code"), strange.REFUSED.values(), ids=strange.REFUSED)
def test_a_bad_file_is_refused_by_name(tmp_path: Path, make: Callable[[Path], Path], code: str) -> None:
    source = make(tmp_path / "given.pdf")
    for look in (pdf.inspect, lambda path: pdf.normalise(path, tmp_path / "clean.pdf")):
        with pytest.raises(Invalid) as refusal:
            look(source)
        assert refusal.value.code == code
    assert not (tmp_path / "clean.pdf").exists()


def test_a_good_file_is_counted(tmp_path: Path) -> None:
    assert pdf.inspect(strange.plain(tmp_path / "given.pdf", pages=3)).pages == 3


def test_a_clean_copy_shows_the_same_words(tmp_path: Path) -> None:
    source = strange.plain(tmp_path / "given.pdf", pages=2)
    assert pdf.normalise(source, tmp_path / "clean.pdf").pages == 2
    assert _words(tmp_path / "clean.pdf") == _words(source) == ["Cong van so 15"] * 2


def test_a_clean_copy_can_do_nothing(tmp_path: Path) -> None:
    pdf.normalise(strange.lively(tmp_path / "given.pdf"), tmp_path / "clean.pdf")
    found = _unpacked(tmp_path / "clean.pdf")
    assert [word for word in FORBIDDEN if word in found] == []
    with pikepdf.open(tmp_path / "clean.pdf") as clean:
        assert not {"/AA", "/AF", "/AcroForm", "/Perms"} & set(clean.Root.keys())
        assert "/AA" not in clean.pages[0].obj


def test_a_clean_copy_keeps_links_to_pages_and_to_the_web_and_no_others(tmp_path: Path) -> None:
    pdf.normalise(strange.lively(tmp_path / "given.pdf"), tmp_path / "clean.pdf")
    with pikepdf.open(tmp_path / "clean.pdf") as clean:
        notes: list[Any] = list(clean.pages[0].obj.Annots)
        assert [str(note.A.URI) for note in notes if "/A" in note] == ["https://quangngai.gov.vn"]
        assert sum("/Dest" in note for note in notes) == 1
        assert len(notes) == 2


def test_what_a_form_said_is_drawn_into_the_page(tmp_path: Path) -> None:
    pdf.normalise(strange.lively(tmp_path / "given.pdf"), tmp_path / "clean.pdf")
    assert "Tinh Ha" in _words(tmp_path / "clean.pdf")[0]


def test_a_clean_copy_is_clean_already(tmp_path: Path) -> None:
    first, second = tmp_path / "first.pdf", tmp_path / "second.pdf"
    pdf.normalise(strange.lively(tmp_path / "given.pdf"), first)
    pdf.normalise(first, second)
    assert _words(first) == _words(second)


@needs("soffice")
def test_a_letter_of_an_office_program_goes_through(tmp_path: Path) -> None:
    source = papers.office(tmp_path / "office.pdf")
    assert pdf.normalise(source, tmp_path / "clean.pdf").pages == pdf.inspect(source).pages
    assert _words(tmp_path / "clean.pdf") == _words(source)
    assert "chuy" in " ".join(_words(source))


@needs("qpdf")
@pytest.mark.parametrize("version", ["--linearize", "--object-streams=generate", "--qdf", "--compress-streams=n"])
def test_another_program_may_have_written_the_file_anew(tmp_path: Path, version: str) -> None:
    source, other = strange.plain(tmp_path / "given.pdf"), tmp_path / "other.pdf"
    subprocess.run(["qpdf", version, str(source), str(other)], check=True)
    assert pdf.normalise(other, tmp_path / "clean.pdf").pages == 1
    subprocess.run(["qpdf", "--check", str(tmp_path / "clean.pdf")], check=True, capture_output=True)


@needs("qpdf")
@pytest.mark.parametrize("bits", ["128", "256"])
def test_a_file_locked_by_another_program_is_refused(tmp_path: Path, bits: str) -> None:
    source, other = strange.plain(tmp_path / "given.pdf"), tmp_path / "other.pdf"
    weak = ["--allow-weak-crypto"] if bits == "128" else []
    subprocess.run(["qpdf", *weak, "--encrypt", "mo", "chu", bits, "--", str(source), str(other)], check=True)
    with pytest.raises(Invalid) as refusal:
        pdf.inspect(other)
    assert refusal.value.code == "pdf.encrypted"


def test_a_page_is_drawn_as_wide_as_asked(tmp_path: Path) -> None:
    picture = pdf.page_image(strange.plain(tmp_path / "given.pdf"), 1, 600)
    with Image.open(BytesIO(picture)) as image:
        assert image.format == "PNG"
        assert image.size == (600, 850)
        shades = image.convert("L").histogram()
        assert shades[255] > sum(shades[:64]) > 0


def test_no_picture_is_larger_than_memory(tmp_path: Path) -> None:
    source = strange.plain(tmp_path / "given.pdf")
    with pikepdf.open(source, allow_overwriting_input=True) as tall:
        tall.pages[0].obj.MediaBox = pikepdf.Array([0, 0, 10, 14_400])
        tall.save(source)
    with Image.open(BytesIO(pdf.page_image(source, 1, 100_000))) as image:
        assert image.width * image.height <= 12_100_000


@pytest.mark.parametrize("within", [False, True])
def test_a_page_that_swells_is_refused(tmp_path: Path, within: bool) -> None:
    source = strange.swollen(tmp_path / "given.pdf", within=within)
    assert source.stat().st_size < 2_000_000
    with pytest.raises(Invalid) as refusal:
        pdf.normalise(source, tmp_path / "clean.pdf")
    assert refusal.value.code == "pdf.too_costly"
    assert _drawn(source) in {"PNG", "pdf.too_costly"}


def test_a_full_page_is_no_swollen_one(tmp_path: Path) -> None:
    source = strange.plain(tmp_path / "given.pdf")
    with pikepdf.open(source, allow_overwriting_input=True) as map_sheet:
        map_sheet.pages[0].obj.Contents = pikepdf.Stream(map_sheet, b"0 0 m 5 5 l S " * 700_000)
        map_sheet.save(source)
    assert pdf.normalise(source, tmp_path / "clean.pdf").pages == 1


@pytest.mark.parametrize("make", strange.LAYERED.values(), ids=strange.LAYERED)
def test_what_is_shown_to_one_and_not_to_another_is_refused(tmp_path: Path, make: strange.Edit) -> None:
    source = strange.layered(tmp_path / "given.pdf", make)
    for look in (pdf.inspect, lambda path: pdf.normalise(path, tmp_path / "clean.pdf")):
        with pytest.raises(Invalid) as refusal:
            look(source)
        assert refusal.value.code == "pdf.hidden_layers"


def test_layers_that_everybody_sees_become_part_of_the_page(tmp_path: Path) -> None:
    pdf.normalise(strange.layered(tmp_path / "given.pdf", strange.all_on), tmp_path / "clean.pdf")
    assert "O TREN LOP" in _words(tmp_path / "clean.pdf")[0]
    assert [word for word in (b"/OCProperties", b"/Usage", b"/AS") if word in _unpacked(tmp_path / "clean.pdf")] == []


def test_a_clean_copy_has_one_picture_of_everything(tmp_path: Path) -> None:
    pdf.normalise(strange.two_faced(tmp_path / "given.pdf"), tmp_path / "clean.pdf")
    found = _unpacked(tmp_path / "clean.pdf")
    assert [word for word in strange.TWO_FACES if word in found] == []


@pytest.mark.parametrize("make", strange.UNDRAWN.values(), ids=strange.UNDRAWN)
def test_what_nobody_has_drawn_is_not_lost_silently(tmp_path: Path, make: strange.Edit) -> None:
    source = strange.edited(tmp_path / "given.pdf", make)
    for look in (pdf.inspect, lambda path: pdf.normalise(path, tmp_path / "clean.pdf")):
        with pytest.raises(Invalid) as refusal:
            look(source)
        assert refusal.value.code == "pdf.form_without_appearance"


@pytest.mark.parametrize(("make", "said"), strange.DRAWN.values(), ids=strange.DRAWN)
def test_what_is_drawn_stays_as_it_is(tmp_path: Path, make: strange.Edit, said: str) -> None:
    pdf.normalise(strange.edited(tmp_path / "given.pdf", make), tmp_path / "clean.pdf")
    assert _words(tmp_path / "clean.pdf")[0].removeprefix("Cong van so 15").strip() == said


@pytest.mark.parametrize("page", [0, -1, 2])
def test_a_page_that_is_not_there_has_no_picture(tmp_path: Path, page: int) -> None:
    source = strange.plain(tmp_path / "given.pdf")
    with pytest.raises(Invalid) as refusal:
        pdf.page_image(source, page, 600)
    assert refusal.value.code == "document.page_missing"


def test_a_child_that_computes_for_ever_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _child(tmp_path, monkeypatch, "child.PROCESSOR_SECONDS = 1", "while True: pass")
    assert _refusal(tmp_path) == "pdf.too_costly"


def test_a_child_gets_no_more_memory_than_it_may_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _child(tmp_path, monkeypatch, "child.MEMORY = 512 * 1024 * 1024", "return bytes(2 ** 30)")
    assert _refusal(tmp_path) == "pdf.too_costly"


def test_a_child_writes_no_file_larger_than_it_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grown = tmp_path / "grown"
    _child(tmp_path, monkeypatch, "child.LARGEST_FILE = 1000", f"open({str(grown)!r}, 'wb').write(bytes(5000))")
    assert _refusal(tmp_path) in {"pdf.damaged", "pdf.too_costly"}
    assert grown.stat().st_size <= 1000


def test_a_child_that_only_waits_is_stopped_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = tmp_path / "note"
    act = f"import os, time; os.fork(); open({str(note)!r}, 'a').write(f'{{os.getpid()}} '); time.sleep(99)"
    _child(tmp_path, monkeypatch, "", act)
    monkeypatch.setattr(pdf, "PATIENCE", 2.0)
    assert _refusal(tmp_path) == "pdf.too_costly"
    noted = [int(line) for line in note.read_text().split()]
    assert len(noted) == 2
    assert all(_is_gone(one) for one in noted)


def test_a_child_that_dies_says_nothing_to_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _child(tmp_path, monkeypatch, "", "raise RuntimeError('/secret/path')")
    assert _refusal(tmp_path) == "pdf.damaged"
    _child(tmp_path, monkeypatch, "", "import os; os.abort()")
    assert _refusal(tmp_path) == "pdf.too_costly"


def test_a_child_knows_nothing_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EOFFICE_SECRET_KEY", "khong-duoc-lo")
    act = "import os, json; return json.dumps({'pages': sum(k.startswith('EOFFICE') for k in os.environ)}).encode()"
    _child(tmp_path, monkeypatch, "", act)
    assert pdf.inspect(strange.plain(tmp_path / "given.pdf")).pages == 0


def _child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, act: str) -> None:
    program = tmp_path / "child.py"
    program.write_text(CHILD.format(root=str(beside.ROOT), setting=setting, act=f"    {act}"), "utf-8")
    monkeypatch.setattr(pdf, "CHILD", (sys.executable, "-I", str(program)))


def _refusal(tmp_path: Path) -> str:
    source = strange.plain(tmp_path / "given.pdf")
    with pytest.raises(Invalid) as refusal:
        pdf.inspect(source)
    return refusal.value.code


def _drawn(path: Path) -> str:
    try:
        with Image.open(BytesIO(pdf.page_image(path, 1, 600))) as image:
            return str(image.format)
    except Invalid as refusal:
        return refusal.code


def _is_gone(pid: int) -> bool:
    """Whether a process has ended, or is about to: nobody may have buried it yet."""
    for _ in range(50):
        try:
            os.kill(pid, 0)
            if "Z" in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[-1].split()[0]:
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


def _words(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as document:
        return [page.get_textpage().get_text_range().strip() for page in document]


def _unpacked(path: Path) -> bytes:
    with pikepdf.open(path) as opened:
        kept = BytesIO()
        opened.save(kept, stream_decode_level=pikepdf.StreamDecodeLevel.all, qdf=True)
    return kept.getvalue()
