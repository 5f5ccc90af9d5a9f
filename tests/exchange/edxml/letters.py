"""Messages between agencies, as objects and as the bytes of others; whatever is needed to write them by hand."""

import io
import re
import zipfile
from base64 import b64encode
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from interchange.edxml import reader, writer
from interchange.edxml.limits import DEFAULT, Limits
from interchange.edxml.message import DocumentType, Message, Party, Reference, Signer, Staff, Status, Trace
from interchange.edxml.values import VIETNAM
from interchange.errors import ExchangeRefused

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"
NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
OFFICE = Party("000.00.00.H48", "UBND tỉnh Quảng Ngãi", "Chính phủ", "52 Hùng Vương", "vp@example.vn", "0255", "1", "w")
COMMUNE = Party("H48.12.34", "UBND xã Sơn Tịnh")
_BYTES = re.compile(r"(ContentTransferEncoded[^>]*>)[^<]*(</)")


def letter(folder: Path, *files: tuple[str, bytes]) -> Message:
    """A new document with files, by default one PDF."""
    folder.mkdir(exist_ok=True)
    attachments = []
    for place, (name, data) in enumerate(files or (("Công văn 12.pdf", PDF),)):
        path = folder / f"file-{place}"
        path.write_bytes(data)
        attachments.append(writer.described(path, name, "Văn bản chính"))
    return Message(
        sender=OFFICE,
        recipients=(COMMUNE,),
        document_id="000.00.00.H48,2025/08/06,12/UBND-VX",
        number="12",
        notation="UBND-VX",
        place="Quảng Ngãi",
        issued_on=date(2025, 8, 6),
        document_type=DocumentType("Công văn", "1"),
        subject="V/v rà soát <đê> & kè",
        signer=Signer("Chủ tịch", "Chủ tịch", "TM."),
        due_on=date(2025, 8, 20),
        priority=1,
        is_direct=False,
        to_places=("Như trên", "Lưu: VT"),
        reply_to=(Reference("000.00.00.G22", "7816/VPCP-TTĐT", "a-b-c", date(2025, 7, 1)),),
        traces=(Trace("000.00.00.H48", datetime(2025, 8, 6, 8, 9, 10, tzinfo=VIETNAM)),),
        attachments=tuple(attachments),
    )


def status(code: str = "03") -> Status:
    """A status of that document."""
    return Status(
        sender=COMMUNE,
        response_for=Reference("000.00.00.H48", "12/UBND-VX", "000.00.00.H48,2025/08/06,12/UBND-VX", date(2025, 8, 6)),
        code=code,
        at=datetime(2025, 8, 7, 9, 10, 11, tzinfo=VIETNAM),
        description="Đã vào sổ số 5",
        staff=Staff("Văn thư", "Văn phòng", "vt@example.vn", "0905"),
    )


def text(message: Message | Status) -> str:
    """What our writer makes of it."""
    target = io.BytesIO()
    writer.write(message, target)
    return target.getvalue().decode()


def read(data: str | bytes, folder: Path, limits: Limits = DEFAULT) -> Message | Status:
    """What our reader makes of it; attachments go to a folder of their own."""
    inbox = folder / "inbox"
    inbox.mkdir(exist_ok=True)
    return reader.read(io.BytesIO(data.encode() if isinstance(data, str) else data), inbox, limits)


def document(data: str | bytes, folder: Path, limits: Limits = DEFAULT) -> Message:
    """The same of what must be a document."""
    found = read(data, folder, limits)
    assert isinstance(found, Message)
    return found


def refusal(act: Callable[[], object]) -> str:
    """The code with which something is refused."""
    with pytest.raises(ExchangeRefused) as refused:
        act()
    return refused.value.code


def carrying(data: bytes, xml: str, *, raw: str | None = None) -> str:
    """The same file with other bytes as the content of its first attachment."""
    return _BYTES.sub(rf"\g<1>{b64encode(data).decode() if raw is None else raw}\g<2>", xml, count=1)


def zipped(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with some entries."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return target.getvalue()


def office_document() -> bytes:
    """What makes a .docx one, for those who only look."""
    return zipped(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>"), ("docProps/app.xml", b"<p/>"))


def untagged(name: str, xml: str) -> str:
    """The same file without an element."""
    return re.sub(rf"\s*<edXML:{name}[ >].*?</edXML:{name}>", "", xml, flags=re.DOTALL)
