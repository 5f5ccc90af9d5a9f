"""What a file really is, by its bytes; what its name or its sender says does not count."""

import zipfile
from pathlib import Path, PurePosixPath

ZIP = "application/zip"
PDF = "application/pdf"
OLE = "application/x-ole-storage"
_UNKNOWN, _TEXT = "application/octet-stream", "text/plain"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_HEAD = 4096
_LONGEST_TYPE = 100
_MAGIC = (
    (b"%PDF-", PDF),
    (b"PK\x03\x04", ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf", "application/rtf"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-executable"),
    (b"<?xml", "application/xml"),
)
_PARTS = (
    ("word/", f"{_OFFICE}.wordprocessingml.document", ".docx"),
    ("xl/", f"{_OFFICE}.spreadsheetml.sheet", ".xlsx"),
    ("ppt/", f"{_OFFICE}.presentationml.presentation", ".pptx"),
)
_SUFFIXES = {
    ".pdf": PDF,
    ".zip": ZIP,
    ".doc": OLE,
    ".xls": OLE,
    ".ppt": OLE,
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".rtf": "application/rtf",
    ".rar": "application/vnd.rar",
    ".7z": "application/x-7z-compressed",
    ".xml": "application/xml",
    ".txt": _TEXT,
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    **{suffix: kind for _, kind, suffix in _PARTS},
}


def real_type(path: Path) -> str:
    """The media type of a file; "application/zip" for every zip, see `zip_type`."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    known = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
    if known:
        return known
    return PDF if b"%PDF-" in head[:1024] else _TEXT if _is_text(head) else _UNKNOWN


def zip_type(archive: zipfile.ZipFile) -> str:
    """The media type of an opened zip: that of an office document where it is one."""
    inside = archive.namelist()
    if "[Content_Types].xml" in inside:
        return next((kind for folder, kind, _ in _PARTS if any(one.startswith(folder) for one in inside)), ZIP)
    if "mimetype" in inside and archive.getinfo("mimetype").file_size <= _LONGEST_TYPE:
        kind = archive.read("mimetype").decode("ascii", "replace").strip()
        return kind if kind in _SUFFIXES.values() else ZIP
    return ZIP


def fits(name: str, kind: str) -> bool:
    """Whether a file of this name may be of this type; names that promise nothing fit everything."""
    return _SUFFIXES.get(PurePosixPath(name).suffix.lower(), kind) == kind


def suffix(kind: str) -> str:
    """How a file of a type is called at the end, ".bin" if nobody knows."""
    return next((end for end, one in _SUFFIXES.items() if one == kind), ".bin")


def _is_text(head: bytes) -> bool:
    """UTF-8, the end of a long file's first piece aside, and nothing that no text holds."""
    try:
        head[:-4].decode() if len(head) == _HEAD else head.decode()
    except UnicodeDecodeError:
        return False
    return b"\x00" not in head
