"""What a signature is for: the cases of NĐ 30/2020, Phụ lục I, and what practice adds."""

from __future__ import annotations

from enum import StrEnum


class Case(StrEnum):
    """One kind of signature; it decides the field, what may follow, what is shown and how long it must be provable."""

    PERSON = "person"
    """Who has the authority signs the main document (ô 7c)."""
    ORGANISATION = "organisation"
    """The agency's signature on the main document (ô 8)."""
    INITIALS = "initials"
    """Ký nháy: whoever drafted or checked the document, before it is signed."""
    ATTACHMENT = "attachment"
    """The agency's signature on an annex in a file of its own."""
    COPY = "copy"
    """The agency's signature on an electronic copy: sao y, sao lục, trích sao (ô 14)."""
    DIGITISED = "digitised"
    """The agency's signature on a paper document that was scanned."""
