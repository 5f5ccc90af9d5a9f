"""Text documents that strangers might bring: DOCX and ODT written by hand, honest and not."""

import zipfile
from pathlib import Path

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
LINES = ("Số:          /UBND-VX", "Kính gửi: Ủy ban nhân dân xã Tịnh Hà", "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")


def docx(path: Path, lines: tuple[str, ...] = LINES, inserted: str = "") -> Path:
    """A letter as Word writes it, at its least; `inserted` is markup of its own, `rId2` the picture of a stranger."""
    words = '<w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman"/></w:rPr>'
    body = "".join(f"<w:p><w:r>{words}<w:t>{line}</w:t></w:r></w:p>" for line in lines)
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    relations = "application/vnd.openxmlformats-package.relationships+xml"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(
            "[Content_Types].xml",
            f'<?xml version="1.0"?><Types xmlns="{_TYPES}"><Default Extension="rels" ContentType="{relations}"/>'
            f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
        )
        package.writestr(
            "_rels/.rels",
            f'<?xml version="1.0"?><Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
            f'Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        )
        package.writestr(
            "word/document.xml",
            f'<?xml version="1.0"?><w:document xmlns:w="{_WORD}" xmlns:r="{_OFFICE}"><w:body>'
            f"{body}{inserted}</w:body></w:document>",
        )
    return path


def fetching(path: Path, address: str) -> Path:
    """A letter with a picture that is fetched when it is opened: whoever owns the address learns of every reader."""
    drawing = "http://schemas.openxmlformats.org/drawingml/2006/"
    picture = (
        f'<w:p><w:r><w:drawing><wp:inline xmlns:wp="{drawing}wordprocessingDrawing"><wp:extent cx="9000" cy="9000"/>'
        f'<a:graphic xmlns:a="{drawing}main">'
        f'<a:graphicData uri="{drawing}picture"><pic:pic xmlns:pic="{drawing}picture">'
        '<pic:blipFill><a:blip r:link="rId2"/></pic:blipFill><pic:spPr/></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r></w:p>"
    )
    docx(path, inserted=picture)
    with zipfile.ZipFile(path, "a") as package:
        package.writestr(
            "word/_rels/document.xml.rels",
            f'<?xml version="1.0"?><Relationships xmlns="{_RELATIONS}"><Relationship Id="rId2" Type="{_OFFICE}/image" '
            f'Target="{address}" TargetMode="External"/></Relationships>',
        )
    return path


def bomb(path: Path) -> Path:
    """A package that swells to four hundred megabytes."""
    docx(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package, package.open("word/media.bin", "w") as entry:
        for _ in range(400):
            entry.write(bytes(2**20))
    return path


def odt(path: Path, inserted: str = "") -> Path:
    """A letter as LibreOffice writes it, at its least; `inserted` is markup of its own."""
    names = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in (("office", "office"), ("text", "text"), ("draw", "drawing"), ("manifest", "manifest"))
    )
    body = "".join(f"<text:p>{line}</text:p>" for line in LINES)
    kind = "application/vnd.oasis.opendocument.text"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", kind)
        package.writestr(
            "content.xml",
            f'<office:document-content {names} xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.3">'
            f"<office:body><office:text>{body}{inserted}</office:text></office:body></office:document-content>",
        )
        package.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest {names}><manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
            '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
            "</manifest:manifest>",
        )
    return path


def including(path: Path, address: str) -> Path:
    """A letter with a section that is a file of whoever opens it."""
    section = f'<text:section text:name="a"><text:section-source xlink:href="{address}"/><text:p/></text:section>'
    return odt(path, section)


def spreadsheet(path: Path) -> Path:
    """A package of another kind."""
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("xl/workbook.xml", "<workbook/>")
    return path


def locked_odt(path: Path) -> Path:
    """An ODT with a password, as far as it can be told from outside."""
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        package.writestr("META-INF/manifest.xml", "<manifest:manifest><manifest:encryption-data/></manifest:manifest>")
    return path


def old_word(path: Path) -> Path:
    """A file of Word 97."""
    path.write_bytes(bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600) + "WordDocument".encode("utf-16-le"))
    return path


def entities(path: Path) -> Path:
    """Markup that swells when it is read."""
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("word/document.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    return path


def locked_docx(path: Path) -> Path:
    """A DOCX with a password is no package but an old container with a package in it."""
    path.write_bytes(bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600) + "EncryptedPackage".encode("utf-16-le"))
    return path


def broken(path: Path) -> Path:
    """A package whose upload broke off."""
    whole = docx(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def nonsense(path: Path) -> Path:
    """A package with the right name in it and nothing that could be a letter."""
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("word/document.xml", "\x00 không phải XML")
    return path
