"""On which day a document may be issued: numbers and dates follow each other (NĐ 30/2020, Đ15.1)."""

from datetime import date
from uuid import UUID

from app.domain.documents import queries
from app.domain.documents.models import Document
from app.kernel import clock
from app.kernel.errors import Invalid


def require_possible(document: Document, issued_on: date) -> None:
    """Refuse a day to come, one before the signature, and one in another year than the paper prints."""
    signed = queries.latest_file(document.id, stage="signed")
    if issued_on > clock.office_day():
        raise _refusal("document.issued_in_future")
    if signed is not None and issued_on < clock.office_day(signed.at):
        raise _refusal("document.issued_before_signed", day=_written(clock.office_day(signed.at)))
    if document.printed_year is not None and issued_on.year != document.printed_year:
        raise _refusal("document.issued_other_year", year=document.printed_year)


def require_in_order(document: Document, register_id: UUID, issued_on: date) -> None:
    """Refuse a day before the last one of the register's year. The register's counter must be ours already."""
    last = queries.last_dated(register_id, issued_on.year, but=document.id)
    if last is not None and last.issued_on is not None and issued_on < last.issued_on:
        raise _refusal("document.issued_before_last", day=_written(last.issued_on), reference=last.reference)


def _refusal(code: str, **values: str | int) -> Invalid:
    return Invalid("form.invalid", fields={"issued_on": (code, values)})


def _written(day: date) -> str:
    return f"{day:%d/%m/%Y}"
