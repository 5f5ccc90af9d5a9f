"""The child that opens PDF files of strangers. A program of its own: of the house it imports its neighbours alone.

    python -m app.gateways.pdf_child inspect SOURCE | normalise SOURCE TARGET | picture SOURCE PAGE WIDTH
    python -m app.gateways.pdf_child archival SOURCE | measured SOURCE
    python -m app.gateways.pdf_child extract SOURCE TARGET PAGES | close_with SOURCE BLOCK TARGET HEIGHT

It answers on standard output and ends with 0, or names what is wrong in the last line of standard error. Whatever else
goes wrong ends it as it ends any program: the parent takes that for a damaged file.
"""

import io
import json
import resource
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
from pikepdf import Dictionary, Name, Pdf, Stream

from app.gateways import pdf_looks, pdf_scan

PROCESSOR_SECONDS = 30
MEMORY = 1536 * 1024 * 1024
LARGEST_FILE = 256 * 1024 * 1024
OPEN_FILES = 64
MOST_PAGES = 2000
MOST_PIXELS = 12_000_000
DEEPEST = 32
MOST_FINDINGS = 20
HEADER = 1024
LINKS = ("http://", "https://", "mailto:")
MOST_CONTENT = 64 * 1024 * 1024
"""Bytes of drawing on one page, unpacked: the fullest map known has a tenth of that."""
FOOT, HEAD, GAP, SAME_WIDTH = 40.0, 43.0, 14.0, 6.0
"""Points kept free at a page's foot and head, above a block, and by which a page may differ in width from its own."""
OF_ROOT = frozenset(
    {
        *("/Type", "/Pages", "/Version", "/PageLabels", "/PageLayout", "/Names", "/Dests", "/Outlines", "/Lang"),
        *("/Metadata", "/MarkInfo", "/StructTreeRoot", "/OutputIntents", "/ViewerPreferences"),
    }
)
OF_NAMES = frozenset({"/Dests"})
OF_PREFERENCES = frozenset({"/DisplayDocTitle", "/Direction"})
OF_NO_TRAILER = ("/DocChecksum",)
"""A sum over the file as LibreOffice wrote it."""
OF_NO_PAGE = ("/AA", "/AF", "/PieceInfo", "/Dur", "/Trans", "/PresSteps", "/TemplateInstantiated", "/Thumb")
OF_NO_PICTURE = ("/Alternates", "/OPI", "/Ref", "/F", "/FFilter", "/FDecodeParms", "/OC")
"""Another picture for paper, the same from elsewhere or out of another file, and the layer it is on."""


class Refused(Exception):
    """The file is not acceptable; the text is a key of the message catalogue."""


def main(arguments: list[str]) -> int:
    """Do one act inside the limits."""
    _limit()
    act, source, *rest = arguments
    try:
        sys.stdout.buffer.write(ACTS[act](Path(source), *rest))
    except Refused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    except MemoryError:
        sys.stderr.write("pdf.too_costly\n")
        return 1
    return 0


def inspect(source: Path) -> bytes:
    """Open strictly and count."""
    with _opened(source) as pdf:
        return _told(pdf)


def normalise(source: Path, target: str) -> bytes:
    """Keep what is seen and drop what could act."""
    with _opened(source) as pdf:
        return _cleaned(pdf, target)


def extract(source: Path, target: str, pages: str) -> bytes:
    """Keep some pages, as `normalise` does; what was signed may be copied, too."""
    with _opened(source, signed=True) as pdf:
        wanted = {int(page) for page in pages.split(",") if page} or set(range(1, len(pdf.pages) + 1))
        if max(wanted) > len(pdf.pages):
            raise Refused("document.page_missing")
        pdf.flatten_annotations("all")
        for number in range(len(pdf.pages), 0, -1):
            if number not in wanted:
                del pdf.pages[number - 1]
        return _cleaned(pdf, target)


def close_with(source: Path, block: str, target: str, height: str) -> bytes:
    """Draw a block below the end of the last page, or at the top of one more."""
    tall = float(height)
    ends = pdf_scan.ends_at(source)
    with _opened(source) as pdf, pikepdf.open(block) as drawn:
        last = pdf.pages[-1]
        box, sheet = [float(side) for side in last.mediabox], drawn.pages[0]
        width, top = float(sheet.mediabox[2]), float(sheet.mediabox[3])
        if ends - box[1] < tall + FOOT or abs(box[2] - box[0] - width) > SAME_WIDTH:
            last = pdf.add_blank_page(page_size=(width, top))
            box, ends = [0.0, 0.0], top - HEAD
        above = ends - GAP
        last.add_overlay(sheet, pikepdf.Rectangle(box[0], above - top, box[0] + width, above))
        return _cleaned(pdf, target)


def _cleaned(pdf: Pdf, target: str) -> bytes:
    _weigh(pdf)
    pdf_looks.redraw(pdf)
    pdf.flatten_annotations("all")
    _drop(pdf.trailer, OF_NO_TRAILER)
    _keep(pdf.Root, OF_ROOT)
    for entry, kept in (("/Names", OF_NAMES), ("/ViewerPreferences", OF_PREFERENCES)):
        _keep(pdf.Root.get(entry), kept)
    for page in pdf.pages:
        _quieten(page)
    for thing in pdf.objects:
        _disarm(thing)
    pdf.remove_unreferenced_resources()
    pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.disable, linearize=False)
    return _told(pdf)


def picture(source: Path, page: str, width: str) -> bytes:
    """Draw one page."""
    with pypdfium2.PdfDocument(source) as document:
        document.init_forms()  # else number, signatures and seal, which are fields, stay invisible; no script runs here
        if not 1 <= int(page) <= len(document):
            raise Refused("document.page_missing")
        drawn = document[int(page) - 1]
        across, down = drawn.get_size()
        scale = int(width) / max(across, 1)
        if across * down * scale * scale > MOST_PIXELS:
            scale = (MOST_PIXELS / max(across * down, 1)) ** 0.5
        image = drawn.render(scale=scale).to_pil()
    kept = io.BytesIO()
    image.convert("RGB").save(kept, "PNG", compress_level=6)
    return kept.getvalue()


def archival(source: Path) -> bytes:
    """Name the rules of PDF/A-2b that a file breaks, or that nobody can say it keeps."""
    from pikepdf import pdfa  # noqa: PLC0415  # the rules weigh more than everything else here

    report = pdfa.validate_written(source, "2b")
    return json.dumps({"broken": sorted({finding.rule for finding in report.findings})[:MOST_FINDINGS]}).encode()


def _limit() -> None:
    for kind, most in (
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _opened(source: Path, *, signed: bool = False) -> Pdf:
    with source.open("rb") as file:
        if b"%PDF-" not in file.read(HEADER):
            raise Refused("pdf.not_a_pdf")
    try:
        pdf = pikepdf.open(source, attempt_recovery=False, suppress_warnings=True)
    except pikepdf.PasswordError as locked:
        raise Refused("pdf.encrypted") from locked
    _judge(pdf)
    if not signed and ("/Perms" in pdf.Root or _has_signature(pdf)):
        raise Refused("pdf.signed_already")
    return pdf


def _judge(pdf: Pdf) -> None:
    if pdf.is_encrypted:
        raise Refused("pdf.encrypted")
    if len(pdf.pages) == 0:
        raise Refused("pdf.empty")
    if len(pdf.pages) > MOST_PAGES:
        raise Refused("pdf.too_many_pages")
    if pdf_looks.has_hidden_layers(pdf):
        raise Refused("pdf.hidden_layers")
    if pdf_looks.would_lose(pdf):
        raise Refused("pdf.form_without_appearance")


def _has_signature(pdf: Pdf) -> bool:
    form = pdf.Root.get("/AcroForm")
    fields: Any = form.get("/Fields", []) if isinstance(form, Dictionary) else []
    return any(_is_signed(field, 0) for field in fields)


def _is_signed(field: Any, depth: int) -> bool:
    if depth > DEEPEST:
        raise Refused("pdf.damaged")
    if field.get("/FT") == Name.Sig and "/V" in field:
        return True
    return any(_is_signed(kid, depth + 1) for kid in field.get("/Kids", []))


def _weigh(pdf: Pdf) -> None:
    """Refuse drawings that swell: whoever looks at the file later has no child to do it in."""
    sizes: dict[tuple[int, int], int] = {}
    for page in pdf.pages:
        drawing = page.obj.get("/Contents")
        parts = [drawing] if isinstance(drawing, Stream) else drawing or []
        if sum(_size(part, sizes) for part in parts) > MOST_CONTENT:
            raise Refused("pdf.too_costly")
    for thing in pdf.objects:
        if isinstance(thing, Stream) and thing.get("/Subtype") == Name.Form and _size(thing, sizes) > MOST_CONTENT:
            raise Refused("pdf.too_costly")


def _size(stream: Any, known: dict[tuple[int, int], int]) -> int:
    if stream.objgen not in known:
        try:
            known[stream.objgen] = len(stream.read_bytes())
        except pikepdf.PdfError as failure:
            raise Refused("pdf.too_costly") from failure
    return known[stream.objgen]


def _keep(holder: Any, entries: frozenset[str]) -> None:
    """Drop every entry that is not known to be harmless."""
    for entry in set(holder.keys()) - entries if isinstance(holder, Dictionary) else ():
        del holder[entry]


def _quieten(page: pikepdf.Page) -> None:
    """No actions when a page opens; of the notes on it, only links within the document and to the web remain."""
    _drop(page.obj, OF_NO_PAGE)
    if "/Annots" in page.obj:
        page.obj["/Annots"] = pikepdf.Array([note for note in page.obj["/Annots"] if _is_harmless(note)])


def _disarm(thing: Any) -> None:
    """What bookmarks and others could do or bring along; an /A without /S describes structure and stays."""
    if not isinstance(thing, Dictionary | Stream):
        return
    _drop(thing, ("/AA", "/AF", "/EF"))
    if isinstance(thing, Stream):
        _drop(thing, OF_NO_PICTURE)
    if thing.get("/Type") == Name.OCG:
        _drop(thing, ("/Usage",))
    act = thing.get("/A")
    if isinstance(act, Dictionary) and "/S" in act and not _is_safe(act):
        del thing["/A"]


def _drop(holder: Any, entries: Iterable[str]) -> None:
    for entry in entries:
        if entry in holder:
            del holder[entry]


def _is_harmless(note: Any) -> bool:
    if not isinstance(note, Dictionary) or note.get("/Subtype") != Name.Link or "/AA" in note:
        return False
    act = note.get("/A")
    return "/Dest" in note if act is None else _is_safe(act)


def _is_safe(act: Any) -> bool:
    if "/Next" in act:
        return False
    return act.get("/S") == Name.GoTo or (act.get("/S") == Name.URI and str(act.get("/URI", "")).startswith(LINKS))


def _told(pdf: Pdf) -> bytes:
    return json.dumps({"pages": len(pdf.pages)}).encode()


ACTS: dict[str, Any] = {
    "inspect": inspect,
    "normalise": normalise,
    "extract": extract,
    "close_with": close_with,
    "picture": picture,
    "archival": archival,
    "measured": pdf_scan.measured,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
