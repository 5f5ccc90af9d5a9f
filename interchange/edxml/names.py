"""The names of edXML: namespaces, elements as the standard spells them, code tables."""

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
LEGACY = frozenset({"http://www.e-doc.vn/Schema/", "http://www.go.vn/eDoc"})
SOAP = frozenset({"http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"})
XINCLUDE = "http://www.w3.org/2001/XInclude"
XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"

PARTY = (
    ("OrganId", "code"),
    ("OrganizationInCharge", "in_charge"),
    ("OrganName", "name"),
    ("OrganAdd", "address"),
    ("Email", "email"),
    ("Telephone", "telephone"),
    ("Fax", "fax"),
    ("Website", "website"),
)
"""The children of From and To of a document, in order, with the names of our own terms."""
STATUS_PARTY = (PARTY[0], PARTY[2], PARTY[1], *PARTY[3:])
"""The same of the From of a status message, whose order differs."""
HEADER = (
    "From", "To", "DocumentId", "Code", "PromulgationInfo", "DocumentType", "Subject", "Content", "SignerInfo",
    "DueDate", "OtherInfo", "ResponseFor", "SteeringType", "ToPlaces", "ResponseForTask", "ApplicationType",
)  # fmt: skip
"""The children of a document's MessageHeader, in order."""
STATUS_HEADER = ("From", "ResponseFor", "StaffInfo", "StatusCode", "Description", "Timestamp")
PRIORITIES = ("normal", "urgent", "very_urgent", "express", "express_timed")
"""Thường, khẩn, thượng khẩn, hỏa tốc, hỏa tốc hẹn giờ: the code is the position."""
STATUSES = {
    "01": "arrived",
    "02": "refused",
    "03": "accepted",
    "04": "assigned",
    "05": "in_progress",
    "06": "done",
    "13": "take_back_wished",
    "15": "wish_granted",
    "16": "wish_refused",
}
"""The nine business statuses (QĐ 28/2018/QĐ-TTg); others occur, are kept and shown."""
REASONED = frozenset({"02", "13", "16"})
"""Statuses that say why."""

_OTHERS = """edXML edXMLEnvelope edXMLHeader edXMLBody edXMLManifest MessageHeader TraceHeaderList TraceHeader Timestamp
Reference ContentId ContentType Description AttachmentName AttachmentEncoded Attachment ContentTransferEncoded FieldName
MimeType Format CodeNumber CodeNotation Place PromulgationDate Type TypeDetail TypeName Competence Position FullName
Priority SphereOfPromulgation TyperNotation PromulgationAmount PageAmount ReplyFors ReferenceCodes Direction Appendixes
Appendix TaskCode Bussiness BussinessDocType BussinessDocReason Paper BussinessDocumentInfo DocumentInfo
DocumentReceiver ReceiverList Receiver ReceiverType ReplacementInfoList ReplacementInfo OrganIdList StaffInfo Department
Staff Mobile StatusCode DigitalSignature Signature SignedInfo CanonicalizationMethod SignatureMethod Transforms
Transform DigestMethod DigestValue SignatureValue KeyInfo X509Data X509SubjectName X509Certificate"""
SPELLED = {name.lower(): name for name in (*HEADER, *STATUS_HEADER, *(one for one, _ in PARTY), *_OTHERS.split())}
"""Every element that is known, by its name in small letters."""
MISSPELLED = {name.lower().replace("bussiness", "business"): name.lower() for name in SPELLED if "bussiness" in name}
"""The standard writes Bussiness; some correct it."""
