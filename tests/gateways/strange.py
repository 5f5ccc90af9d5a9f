"""PDF files that strangers might bring: broken, locked, overgrown, or with something hidden in them."""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

A4 = Array([0, 0, 595, 842])
WORDS = b"BT /F1 14 Tf 72 720 Td (Cong van so 15) Tj ET"


def plain(path: Path, pages: int = 1) -> Path:
    """Some pages with a few words on each."""
    with Pdf.new() as pdf:
        for _ in range(pages):
            _page(pdf)
        pdf.save(path)
    return path


def not_one(path: Path) -> Path:
    """A web page that calls itself a PDF."""
    path.write_bytes(b"<html><body>" + b"x" * 5000 + b"%PDF-1.7</body></html>")
    return path


def header_only(path: Path) -> Path:
    """The first line of a PDF, then rubbish."""
    path.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 40)
    return path


def truncated(path: Path) -> Path:
    """The first two thirds of a file whose upload broke off."""
    whole = plain(path, pages=20).read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    return path


def empty(path: Path) -> Path:
    """A PDF without a page."""
    with Pdf.new() as pdf:
        pdf.save(path)
    return path


def locked(path: Path, user: str = "mat-khau") -> Path:
    """A PDF that opens with a password only; with an empty one, a PDF that anybody reads and nobody may change."""
    plain(path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="chu", user=user))
    return path


def locked_for_changes(path: Path) -> Path:
    """A PDF that anybody reads and nobody may change."""
    return locked(path, user="")


def many_pages(path: Path) -> Path:
    """One page more than anybody sends."""
    return plain(path, pages=2001)


def doubling_pages(path: Path) -> Path:
    """A tree of pages in which every branch is there twice: 2^40 pages in a few hundred bytes."""
    with Pdf.new() as pdf:
        _page(pdf)
        branch = pdf.pages[0].obj
        for level in range(40):
            branch = pdf.make_indirect(
                Dictionary(Type=Name.Pages, Kids=Array([branch, branch]), Count=2 ** min(level + 1, 30))
            )
        pdf.Root.Pages = branch
        pdf.save(path)
    return path


def circling_pages(path: Path) -> Path:
    """A tree of pages that is its own branch."""
    with Pdf.new() as pdf:
        _page(pdf)
        pages = pdf.make_indirect(Dictionary(Type=Name.Pages, Count=1))
        pages.Kids = Array([pages])
        pdf.Root.Pages = pages
        pdf.save(path)
    return path


def signed(path: Path) -> Path:
    """A PDF with a signature in it."""
    with Pdf.new() as pdf:
        _page(pdf)
        value = pdf.make_indirect(Dictionary(Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), Contents=String("x")))
        widget = Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=String("KyTen"), V=value, Rect=Array([0, 0, 0, 0])
        )
        field = pdf.make_indirect(widget)
        pdf.pages[0].obj.Annots = Array([field])
        parent = pdf.make_indirect(Dictionary(T=String("Nhom"), Kids=Array([field])))
        field.Parent = parent
        pdf.Root.AcroForm = Dictionary(Fields=Array([parent]), SigFlags=3)
        pdf.save(path)
    return path


def lively(path: Path) -> Path:
    """Everything a PDF can do behind the reader's back."""
    with Pdf.new() as pdf:
        _page(pdf)
        _page(pdf)
        script = pdf.make_indirect(Dictionary(S=Name.JavaScript, JS=String("app.alert('xin chao')")))
        launch = pdf.make_indirect(Dictionary(S=Name.Launch, F=String("calc.exe")))
        file = pdf.make_indirect(Stream(pdf, b"MZ", Type=Name.EmbeddedFile))
        spec = pdf.make_indirect(Dictionary(Type=Name.Filespec, F=String("a.exe"), EF=Dictionary(F=file)))
        pdf.Root.OpenAction = script
        pdf.Root.AA = Dictionary(WC=script)
        pdf.Root.AF = Array([spec])
        pdf.Root.Names = Dictionary(
            JavaScript=Dictionary(Names=Array([String("a"), script])),
            EmbeddedFiles=Dictionary(Names=Array([String("a"), spec])),
        )
        pdf.Root.AcroForm = _form(pdf)
        first = pdf.pages[0].obj
        first.AA = Dictionary(O=script)
        first.Annots = Array(
            [
                *pdf.Root.AcroForm.Fields,
                _note(pdf, Subtype=Name.FileAttachment, FS=spec),
                _note(pdf, Subtype=Name.RichMedia),
                _note(pdf, Subtype=Name.Link, A=launch),
                _note(pdf, Subtype=Name.Link, A=script),
                _note(pdf, Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String("file:///etc/passwd"))),
                _note(pdf, Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String("https://sontinh.vn"), Next=launch)),
                _note(pdf, Subtype=Name.Link, A=Dictionary(S=Name.SubmitForm, F=String("http://a"))),
                _note(pdf, Subtype=Name.Link, A=Dictionary(S=Name.GoToR, F=String("b.pdf"))),
                _note(pdf, Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String("https://quangngai.gov.vn"))),
                _note(pdf, Subtype=Name.Link, Dest=Array([pdf.pages[1].obj, Name.Fit])),
            ]
        )
        pdf.Root.Outlines = _outline(pdf, launch)
        pdf.save(path)
    return path


def swollen(path: Path, *, within: bool = False) -> Path:
    """A page that says a gigabyte of nothing in a megabyte, or draws something that does."""
    squeezer = zlib.compressobj(1)
    once = b"".join([*(squeezer.compress(bytes(2**20)) for _ in range(1024)), squeezer.flush()])
    with Pdf.new() as pdf:
        filters = Array([Name.FlateDecode, Name.FlateDecode])
        bomb = Stream(pdf, b"")
        bomb.write(zlib.compress(once), filter=filters, type_check=False)
        page = _page(pdf)
        if within:
            bomb.Type, bomb.Subtype, bomb.BBox = Name.XObject, Name.Form, A4
            page.Resources.XObject = Dictionary(X=pdf.make_indirect(bomb))
            page.Contents = pdf.make_indirect(Stream(pdf, b"/X Do"))
        else:
            page.Contents = pdf.make_indirect(bomb)
        pdf.save(path, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return path


Edit = Callable[[Pdf], None]


def edited(path: Path, change: Edit) -> Path:
    """A page that something was done to."""
    with Pdf.new() as pdf:
        _page(pdf)
        change(pdf)
        pdf.save(path)
    return path


def layered(path: Path, change: Edit) -> Path:
    """A page with a few more words on a layer."""

    def add(pdf: Pdf) -> None:
        layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("Lop")))
        pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(Order=Array([layer])))
        page = pdf.pages[0].obj
        page.Resources.Properties = Dictionary(Lop=layer)
        words = b"/OC /Lop BDC BT /F1 14 Tf 72 500 Td (O TREN LOP) Tj ET EMC"
        page.Contents = Array([page.Contents, pdf.make_indirect(Stream(pdf, words))])
        change(pdf)

    return edited(path, add)


def all_on(pdf: Pdf) -> None:
    """A layer as office programs make them for the heads of pages: shown everywhere."""
    layer = pdf.Root.OCProperties.OCGs[0]
    layer.Usage = Dictionary(View=Dictionary(ViewState=Name.ON), Print=Dictionary(PrintState=Name.ON))
    event = Dictionary(Event=Name.Print, Category=Array([Name.Print]), OCGs=Array([layer]))
    pdf.Root.OCProperties.D.AS = Array([event])


def _off(pdf: Pdf) -> None:
    pdf.Root.OCProperties.D.OFF = Array([pdf.Root.OCProperties.OCGs[0]])


def _all_off(pdf: Pdf) -> None:
    pdf.Root.OCProperties.D.BaseState = Name.OFF


def _used(**usage: Any) -> Edit:
    def change(pdf: Pdf) -> None:
        pdf.Root.OCProperties.OCGs[0].Usage = Dictionary(**usage)

    return change


def _group(**rule: Any) -> Edit:
    def change(pdf: Pdf) -> None:
        group = Dictionary(Type=Name.OCMD, OCGs=pdf.Root.OCProperties.OCGs[0], **rule)
        pdf.pages[0].obj.Resources.Properties.Lop = group

    return change


LAYERED: dict[str, Edit] = {
    "a layer that is off": _off,
    "every layer off": _all_off,
    "a layer for paper": _used(View=Dictionary(ViewState=Name.OFF), Print=Dictionary(PrintState=Name.ON)),
    "a layer for the screen": _used(Print=Dictionary(PrintState=Name.OFF)),
    "a layer for large pictures": _used(Zoom=Dictionary(min=2)),
    "a layer in a language": _used(Language=Dictionary(Lang=String("vi"))),
    "what is shown when a layer is off": _group(P=Name.AllOff),
    "what is shown by a formula": _group(VE=Array([Name.Not, String("x")])),
}
TWO_FACES = (
    *(b"/Alternates", b"/Ref", b"/OPI", b"/OCProperties", b"/Templates", b"/Requirements", b"/Legal", b"/Extensions"),
    *(b"/Dur", b"/Trans", b"/TemplateInstantiated", b"/Thumb", b"/HideToolbar", b"/PrintPageRange", b"evil"),
)


def two_faced(path: Path) -> Path:
    """Pictures that are others on paper or come from elsewhere, and a page that turns itself."""

    def change(pdf: Pdf) -> None:
        page = pdf.pages[0].obj
        sizes = {"Width": 1, "Height": 1, "ColorSpace": Name.DeviceGray, "BitsPerComponent": 8}
        white = pdf.make_indirect(Stream(pdf, b"\xff", Type=Name.XObject, Subtype=Name.Image, **sizes))
        black = pdf.make_indirect(Stream(pdf, b"\x00", Type=Name.XObject, Subtype=Name.Image, **sizes))
        white.Alternates = Array([Dictionary(Image=black, DefaultForPrinting=True)])
        white.OPI, black.F = Dictionary(), String("/evil/picture")
        page.Resources.Pattern = Dictionary(P=black)
        other = pdf.make_indirect(Stream(pdf, b"0 0 9 9 re f", Type=Name.XObject, Subtype=Name.Form, BBox=A4))
        other.Ref = Dictionary(F=String("evil.pdf"), Page=0)
        page.Resources.XObject = Dictionary(I=white, X=other)
        page.Contents = Array([page.Contents, pdf.make_indirect(Stream(pdf, b" /I Do /X Do"))])
        page.Dur, page.Trans, page.TemplateInstantiated, page.Thumb = 2, Dictionary(S=Name.Wipe), Name.a, black
        pdf.Root.Names = Dictionary(Templates=Dictionary(Names=Array([String("a"), page])))
        pdf.Root.Requirements = Array([Dictionary(S=Name.EnableJavaScripts)])
        pdf.Root.URI = Dictionary(Base=String("http://evil/"))
        pdf.Root.Legal, pdf.Root.Extensions = Dictionary(), Dictionary()
        pdf.Root.ViewerPreferences = Dictionary(HideToolbar=True, PrintPageRange=Array([1, 1]), DisplayDocTitle=True)

    return edited(path, change)


NAME = "Nguyễn Thị Hồng, đồng ý"


def _field(value: Any, *, asked: bool = False, drawn: str = "", font: str = "Helv", **entries: Any) -> Edit:
    """A form with one field; `asked`: viewers are to draw it; `drawn`: what somebody drew already."""

    def change(pdf: Pdf) -> None:
        helvetica = pdf.make_indirect(
            Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
        )
        composite = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type0, Encoding=Name("/Identity-H")))
        known = Dictionary(Helv=helvetica, Wide=composite)
        given = {"FT": Name.Tx, "T": String("a"), "V": value, "DA": String(f"/{font} 12 Tf 0 g"), "F": 4} | entries
        field = _note(pdf, Subtype=Name.Widget, **given)
        field.Rect = Array([72, 600, 300, 630])
        if drawn:
            words = b"BT /Helv 12 Tf 2 8 Td (" + drawn.encode() + b") Tj ET"
            look = Stream(pdf, words, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 228, 30]))
            look.Resources = Dictionary(Font=known)
            field.AP = Dictionary(N=pdf.make_indirect(look))
        pdf.pages[0].obj.Annots = Array([field])
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]), DR=Dictionary(Font=known), NeedAppearances=asked)

    return change


def _mark(kind: Name, **entries: Any) -> Edit:
    def change(pdf: Pdf) -> None:
        pdf.pages[0].obj.Annots = Array([_note(pdf, Subtype=kind, Contents=String("Ghi chu"), **entries)])

    return change


UNDRAWN: dict[str, Edit] = {
    "a value nobody drew": _field(String("Dong y")),
    "a name nobody drew": _field(String(NAME)),
    "a name for viewers to draw": _field(String(NAME), asked=True),
    "a name drawn otherwise, for viewers to draw again": _field(String(NAME), asked=True, drawn="Dong y"),
    "several lines for viewers to draw": _field(String("Dong y"), asked=True, Ff=1 << 12),
    "a line break for viewers to draw": _field(String("Dong\ny"), asked=True),
    "a font that nobody has": _field(String("Dong y"), asked=True, font="Khac"),
    "a font that numbers its letters": _field(String("Dong y"), asked=True, font="Wide"),
    "several choices": _field(Array([String("A"), String("B")]), asked=True, FT=Name.Ch),
    "a tick nobody drew": _field(Name.Yes, FT=Name.Btn, AS=Name.Yes),
    "a note across the page": _mark(Name.FreeText),
    "a line through words": _mark(Name.StrikeOut),
}
DRAWN: dict[str, tuple[Edit, str]] = {
    "what somebody drew": (_field(String("Dong y"), drawn="DA VE"), "DA VE"),
    "a name that somebody drew": (_field(String(NAME), drawn="DA VE"), "DA VE"),
    "plain words for viewers to draw": (_field(String("Dong y"), asked=True), "Dong y"),
    "plain words for viewers to draw again": (_field(String("Dong y"), asked=True, drawn="CU"), "Dong y"),
    "plain words for viewers to draw as large as they fit": (
        _field(String("Dong y"), asked=True, DA=String("/Helv 0 Tf 0 g")),
        "Dong y",
    ),
    "what was there before the field was emptied": (_field(String(""), asked=True, drawn="CU"), ""),
    "an empty field": (_field(String("")), ""),
    "a hidden field": (_field(String(NAME), F=2), ""),
    "a box without a tick": (_field(Name.Off, FT=Name.Btn, AS=Name.Off), ""),
    "a place for a signature": (_field(None, FT=Name.Sig), ""),
    "a note beside the page": (_mark(Name.Text), ""),
}

REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "not a PDF": (not_one, "pdf.not_a_pdf"),
    "a PDF by its first line only": (header_only, "pdf.damaged"),
    "truncated": (truncated, "pdf.damaged"),
    "without a page": (empty, "pdf.empty"),
    "with a password": (locked, "pdf.encrypted"),
    "locked for changes": (locked_for_changes, "pdf.encrypted"),
    "too many pages": (many_pages, "pdf.too_many_pages"),
    "a tree of pages that doubles": (doubling_pages, "pdf.damaged"),
    "a tree of pages that goes in circles": (circling_pages, "pdf.damaged"),
    "signed already": (signed, "pdf.signed_already"),
}


def _page(pdf: Pdf) -> Dictionary:
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    resources = Dictionary(Font=Dictionary(F1=font))
    content = pdf.make_indirect(Stream(pdf, WORDS))
    page = Dictionary(Type=Name.Page, MediaBox=A4, Resources=resources, Contents=content)
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
    return pdf.pages[-1].obj


def _note(pdf: Pdf, **entries: Any) -> pikepdf.Object:
    return pdf.make_indirect(Dictionary(Type=Name.Annot, Rect=Array([10, 10, 90, 30]), **entries))


def _form(pdf: Pdf) -> Dictionary:
    """A form with a value that is drawn by whoever shows it, and the newer form (XFA) beside it."""
    font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    field = _note(
        pdf, Subtype=Name.Widget, FT=Name.Tx, T=String("a"), V=String("Tinh Ha"), DA=String("/Helv 12 Tf 0 g"), F=4
    )
    field.Rect = Array([72, 600, 300, 630])
    xfa = pdf.make_indirect(Stream(pdf, b"<xdp/>"))
    return Dictionary(
        Fields=Array([field]),
        XFA=xfa,
        NeedAppearances=True,
        DR=Dictionary(Font=Dictionary(Helv=font)),
        DA=String("/Helv 12 Tf 0 g"),
    )


def _outline(pdf: Pdf, act: pikepdf.Object) -> pikepdf.Object:
    outline = pdf.make_indirect(Dictionary(Type=Name.Outlines, Count=1))
    entry = pdf.make_indirect(Dictionary(Title=String("Bam vao day"), Parent=outline, A=act))
    outline.First = outline.Last = entry
    return outline
