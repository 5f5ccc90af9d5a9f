"""The header and manifest of a file as XML: exact order, every name of the envelope with its prefix."""

from collections.abc import Iterable, Sequence
from datetime import date
from xml.sax.saxutils import escape, quoteattr

from interchange.edxml import names, values
from interchange.edxml.message import Attachment, Business, Message, Party, Reference, Staff, Status, Trace
from interchange.envelope import BUSINESS

Lines = list[str]


def document(message: Message, attachments: Sequence[Attachment]) -> Lines:
    """The envelope of a document; its attachments, with content ids, follow outside of it."""
    references = (_reference_to(one) for one in attachments)
    return _envelope(
        _group("MessageHeader", *_header(message)),
        _group("TraceHeaderList", *(_trace(one) for one in message.traces), _business(message.business)),
        body=_group("edXMLBody", _group("edXMLManifest", *references, version="1.0")),
    )


def status(said: Status) -> Lines:
    """The envelope of a business status, which has no body."""
    return _envelope(
        _group(
            "MessageHeader",
            _group("From", *_party(said.sender, names.STATUS_PARTY)),
            _response_for(said.response_for, ("OrganId", "Code", "PromulgationDate", "DocumentId")),
            _staff(said.staff, ("Department", "Staff", "Mobile", "Email")),
            _text("StatusCode", said.code),
            _text("Description", said.description),
            _text("Timestamp", _at(said.at)),
        )
    )


def hop(one: Trace, *, with_list: bool) -> Lines:
    """A hop by itself, for a file of somebody else's, in its list where that has none."""
    name, inside = ("TraceHeaderList", [_trace(one)]) if with_list else ("TraceHeader", _trace_parts(one))
    return _group(name, *inside, **{"xmlns:edXML": names.NAMESPACE})


def attachment(one: Attachment) -> Lines:
    """What stands before the bytes of an attachment."""
    told = (
        ("ContentId", f"cid:{one.content_id}"),
        ("AttachmentName", one.name),
        ("Description", one.description),
        ("ContentType", "application/zip"),
    )
    return ["<Attachment>", *(f"<{name}>{_escaped(text)}</{name}>" for name, text in told)]


def _envelope(*header: Lines, body: Lines | None = None) -> Lines:
    return _group("edXMLEnvelope", _group("edXMLHeader", *header), body or [], **{"xmlns:edXML": names.NAMESPACE})


def _header(message: Message) -> Iterable[Lines]:
    """The children of MessageHeader, as `names.HEADER` has them."""
    kind, signer = message.document_type, message.signer
    yield _group("From", *_party(message.sender, names.PARTY))
    yield from (_group("To", *_party(one, names.PARTY)) for one in message.recipients)
    yield _text("DocumentId", message.document_id)
    yield _group("Code", _text("CodeNumber", message.number), _text("CodeNotation", message.notation))
    yield _group("PromulgationInfo", _text("Place", message.place), _day("PromulgationDate", message.issued_on))
    yield _group(
        "DocumentType", _text("Type", kind.code), _text("TypeDetail", kind.detail), _text("TypeName", kind.name)
    )
    yield _text("Subject", message.subject)
    yield _text("Content", message.content)
    yield _group(
        "SignerInfo",
        _text("Competence", signer.competence),
        _text("Position", signer.position),
        _text("FullName", signer.name),
    )
    yield _day("DueDate", message.due_on)
    yield _other(message)
    yield from (_response_for(one, ("OrganId", "Code", "DocumentId", "PromulgationDate")) for one in message.reply_to)
    yield _text("SteeringType", str(message.steering))
    yield _list("ToPlaces", "Place", message.to_places)
    if message.tasks:
        yield _list("ResponseForTask", "TaskCode", message.tasks)
    if message.application:
        yield _text("ApplicationType", message.application)


def _other(message: Message) -> Lines:
    direct = message.is_direct
    return _group(
        "OtherInfo",
        _text("Priority", str(message.priority)),
        _text("SphereOfPromulgation", message.sphere),
        _text("TyperNotation", message.typist),
        _text("PromulgationAmount", str(message.amount)),
        _text("PageAmount", str(message.pages)),
        [] if direct is None else _text("Direction", "true" if direct else "false"),
        _list("Appendixes", "Appendix", message.appendixes),
    )


def _trace(one: Trace) -> Lines:
    return _group("TraceHeader", *_trace_parts(one))


def _trace_parts(one: Trace) -> list[Lines]:
    return [_text("OrganId", one.code), _text("Timestamp", _at(one.at))]


def _business(business: Business) -> Lines:
    """The children of Bussiness (the standard's spelling): only those that its kind has."""
    is_update, is_replacement = business.kind == "update", business.kind == "replace"
    return _group(
        "Bussiness",
        _text("DocumentId", business.document_id) if is_update else [],
        _text("BussinessDocType", str(BUSINESS[business.kind])),
        _text("BussinessDocReason", business.reason),
        _text("Paper", _bit(business.is_paper_sent)),
        _changes(business) if is_update else [],
        _replacements(business) if is_replacement else [],
        _staff(business.staff, ("Department", "Staff", "Email", "Mobile")),
    )


def _changes(business: Business) -> Lines:
    receivers = (
        _group("Receiver", _text("OrganId", one.code), _text("ReceiverType", _bit(one.is_added)))
        for one in business.receivers
    )
    return _group(
        "BussinessDocumentInfo",
        _text("DocumentInfo", _bit(business.is_content_changed)),
        _text("DocumentReceiver", _bit(business.are_receivers_changed)),
        _group("ReceiverList", *receivers),
    )


def _replacements(business: Business) -> Lines:
    each = (
        _group("ReplacementInfo", _text("DocumentId", one.document_id), _list("OrganIdList", "OrganId", one.agencies))
        for one in business.replacements
    )
    return _group("ReplacementInfoList", *each)


def _party(party: Party, order: Sequence[tuple[str, str]]) -> Iterable[Lines]:
    return (_text(name, getattr(party, ours)) for name, ours in order)


def _response_for(target: Reference, order: Sequence[str]) -> Lines:
    parts = {
        "OrganId": _text("OrganId", target.code),
        "Code": _text("Code", target.notation),
        "DocumentId": _text("DocumentId", target.document_id),
        "PromulgationDate": _day("PromulgationDate", target.issued_on),
    }
    return _group("ResponseFor", *(parts[name] for name in order))


def _staff(staff: Staff, order: Sequence[str]) -> Lines:
    said = {"Department": staff.department, "Staff": staff.name, "Email": staff.email, "Mobile": staff.mobile}
    return _group("StaffInfo", *(_text(name, said[name]) for name in order))


def _reference_to(one: Attachment) -> Lines:
    return _group(
        "Reference",
        _text("ContentId", f"cid:{one.content_id}"),
        _text("ContentType", "application/zip"),
        _text("Description", one.description),
        _text("AttachmentName", one.name),
    )


def _list(name: str, each: str, texts: Iterable[str]) -> Lines:
    return _group(name, *(_text(each, one) for one in texts))


def _day(name: str, value: date | None) -> Lines:
    return [] if value is None else _text(name, values.written_day(value))


_at = values.written_moment


def _bit(value: bool) -> str:
    return "1" if value else "0"


def _text(name: str, value: str) -> Lines:
    return [f"<edXML:{name}>{_escaped(value)}</edXML:{name}>"]


def _group(name: str, *parts: Lines, **attributes: str) -> Lines:
    told = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    inside = [f"  {line}" for part in parts for line in part]
    return [f"<edXML:{name}{told}>", *inside, f"</edXML:{name}>"] if inside else [f"<edXML:{name}{told}/>"]


def _escaped(text: str) -> str:
    return escape(text, {"\r": "&#13;"})
