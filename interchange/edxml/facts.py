"""From the tree of an edXML file to our own terms."""

import re

from interchange.edxml import names, values
from interchange.edxml.limits import Deviations
from interchange.edxml.message import (
    Attachment,
    Business,
    DocumentType,
    Message,
    Party,
    Receiver,
    Reference,
    Replacement,
    Signer,
    Staff,
    Status,
    Trace,
)
from interchange.edxml.tree import Element
from interchange.envelope import BUSINESS
from interchange.errors import ExchangeRefused

_KINDS = {str(code): kind for kind, code in BUSINESS.items()}
_PLACES = {name.lower(): place for place, name in enumerate(names.HEADER)}
_WHOLE_NUMBER = re.compile(r"([0-9]+[a-zđ]*)\s*/\s*(.+)", re.IGNORECASE)


def message(root: Element, header: Element, attachments: tuple[Attachment, ...], odd: Deviations) -> Message:
    """A document. Errors: ExchangeRefused for a sender without code, an unknown business, a date that is none."""
    _note_order(header, odd)
    other, issue = header.one("OtherInfo"), header.one("PromulgationInfo")
    traces = _only(root, "TraceHeaderList")
    if any(one.children for one in root.anywhere("Signature")):
        odd.note("signature_unread")
    number, notation = _number(header, odd)
    return Message(
        sender=_sender(header, odd),
        recipients=_recipients(header, odd),
        document_id=_wanted(header.one("DocumentId").text, "document_id_missing", odd),
        number=number,
        notation=notation,
        place=issue.one("Place").text,
        issued_on=values.day(issue.one("PromulgationDate").text, "PromulgationDate", odd),
        document_type=_document_type(header.one("DocumentType")),
        subject=_wanted(header.one("Subject").text, "subject_missing", odd),
        content=header.one("Content").text,
        signer=_signer(header.one("SignerInfo"), odd),
        due_on=values.day(header.one("DueDate").text, "DueDate", odd),
        priority=_priority(other, odd),
        sphere=other.one("SphereOfPromulgation").text,
        typist=other.one("TyperNotation").text,
        amount=values.number(other.one("PromulgationAmount").text, odd),
        pages=values.number(other.one("PageAmount").text, odd),
        is_direct=values.is_yes(other.one("Direction").text),
        appendixes=_texts(other.one("Appendixes"), "Appendix"),
        reply_to=tuple(_reference(one, odd) for one in header.all("ResponseFor")),
        steering=values.number(header.one("SteeringType").text, odd),
        to_places=_texts(header.one("ToPlaces"), "Place"),
        tasks=_texts(header.one("ResponseForTask"), "TaskCode"),
        application=header.one("ApplicationType").text,
        business=_business(traces, odd),
        traces=tuple(_trace(one, odd) for one in traces.all("TraceHeader")),
        attachments=attachments,
        warnings=odd.codes,
    )


def status(header: Element, odd: Deviations) -> Status:
    """A business status; a code that nobody knows is kept. Errors: ExchangeRefused when it says not whose or when."""
    if not header.all("ResponseFor"):
        raise ExchangeRefused("edxml.response_for_missing")
    code = header.one("StatusCode").text
    if not re.fullmatch(r"[0-9]{1,4}", code):
        raise ExchangeRefused("edxml.status_code")
    if len(code) == 1:
        odd.note("status_code_short")
    if code.zfill(2) not in names.STATUSES:
        odd.note("status_unknown")
    return Status(
        sender=_sender(header, odd),
        response_for=_reference(header.one("ResponseFor"), odd),
        code=code.zfill(2),
        at=values.moment(header.one("Timestamp").text, "Timestamp", odd),
        description=header.one("Description").text,
        staff=_staff(header.one("StaffInfo")),
        warnings=odd.codes,
    )


def _note_order(header: Element, odd: Deviations) -> None:
    places = [_PLACES[one.name] for one in header.children if one.name in _PLACES]
    if places != sorted(places):
        odd.note("order")


def _only(root: Element, name: str) -> Element:
    """The one element of a name, wherever; something empty where there is none."""
    found = list(root.anywhere(name))
    if len(found) > 1:
        raise ExchangeRefused("edxml.element_repeated", what=name)
    return found[0] if found else Element("")


def _wanted(text: str, lacking: str, odd: Deviations) -> str:
    if not text:
        odd.note(lacking)
    return text


def _texts(element: Element, name: str) -> tuple[str, ...]:
    return tuple(one.text for one in element.all(name) if one.text)


def _party(element: Element) -> Party:
    return Party(**{ours: element.one(name).text for name, ours in names.PARTY})


def _sender(header: Element, odd: Deviations) -> Party:
    sender = _party(header.one("From"))
    if not sender.code:
        raise ExchangeRefused("edxml.sender_missing")
    _wanted(sender.name, "organ_name_missing", odd)
    return sender


def _recipients(header: Element, odd: Deviations) -> tuple[Party, ...]:
    found = tuple(_party(one) for one in header.all("To"))
    if not all(one.code for one in found):
        raise ExchangeRefused("edxml.recipient_missing")
    if not found:
        odd.note("to_missing")
    if not all(one.name for one in found):
        odd.note("organ_name_missing")
    return found


def _number(header: Element, odd: Deviations) -> tuple[str, str]:
    """Number and notation, which some write as one."""
    code = header.one("Code")
    number, notation = code.one("CodeNumber").text, code.one("CodeNotation").text
    whole = _WHOLE_NUMBER.fullmatch(number or notation) if not (number and notation) else None
    if whole:
        odd.note("number_whole")
        return whole[1], whole[2]
    if not (number and notation):
        odd.note("number_missing")
    return number, notation


def _document_type(element: Element) -> DocumentType:
    empty = DocumentType()
    code, detail = element.one("Type").text, element.one("TypeDetail").text
    return DocumentType(element.one("TypeName").text, code or empty.code, detail or empty.detail)


def _signer(element: Element, odd: Deviations) -> Signer:
    texts = (element.one(one).text for one in ("FullName", "Position", "Competence"))
    signer = Signer(*texts)
    _wanted(signer.name, "signer_missing", odd)
    _wanted(signer.position, "position_missing", odd)
    return signer


def _priority(other: Element, odd: Deviations) -> int:
    priority = values.number(other.one("Priority").text, odd)
    if priority >= len(names.PRIORITIES):
        odd.note("priority_unknown")
    return priority


def _reference(element: Element, odd: Deviations) -> Reference:
    return Reference(
        code=element.one("OrganId").text,
        notation=element.one("Code").text,
        document_id=element.one("DocumentId").text,
        issued_on=values.day(element.one("PromulgationDate").text, "PromulgationDate", odd),
    )


def _trace(element: Element, odd: Deviations) -> Trace:
    return Trace(element.one("OrganId").text, values.moment(element.one("Timestamp").text, "Timestamp", odd))


def _staff(element: Element) -> Staff:
    return Staff(*(element.one(name).text for name in ("Staff", "Department", "Email", "Mobile")))


def _business(traces: Element, odd: Deviations) -> Business:
    here = traces.one("Bussiness")
    if not here.name:
        odd.note("business_missing")
        return Business()
    kind = _KINDS.get(here.one("BussinessDocType").text or "0")
    if kind is None:
        raise ExchangeRefused("edxml.business")
    info = here.one("BussinessDocumentInfo")
    return Business(
        kind=kind,
        reason=here.one("BussinessDocReason").text,
        document_id=here.one("DocumentId").text,
        is_paper_sent=bool(values.is_yes(here.one("Paper").text)),
        is_content_changed=bool(values.is_yes(info.one("DocumentInfo").text)),
        are_receivers_changed=bool(values.is_yes(info.one("DocumentReceiver").text)),
        receivers=tuple(_receiver(one) for one in info.one("ReceiverList").all("Receiver")),
        replacements=tuple(_replacement(one) for one in here.one("ReplacementInfoList").all("ReplacementInfo")),
        staff=_staff(here.one("StaffInfo")),
    )


def _receiver(element: Element) -> Receiver:
    return Receiver(element.one("OrganId").text, is_added=bool(values.is_yes(element.one("ReceiverType").text)))


def _replacement(element: Element) -> Replacement:
    return Replacement(element.one("DocumentId").text, _texts(element.one("OrganIdList"), "OrganId"))
