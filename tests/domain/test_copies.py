"""Copies: from what into what, one series of numbers, and what they show."""

import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF
from PIL import Image
from sqlalchemy import select

from app.domain.cases import commands, drafting
from app.domain.cases import queries as cases
from app.domain.cases.models import Case, Task
from app.domain.documents import copying, queries
from app.domain.documents.commands import FileGiven
from app.domain.documents.models import Document
from app.domain.registers import queries as registers
from app.domain.signatures import copying as certifying
from app.domain.signatures import queries as signatures
from app.gateways import intake
from app.kernel.clock import office_day
from app.kernel.db import db
from app.kernel.errors import Invalid
from signing.validation import verify
from signing.verdict import Outcome
from tests.house import Office
from tests.signing.papers import needs_pdfsig
from tests.story import Ref, Told
from tests.web.browser import Browser, plain


class Copies:
    """Acts of making copies at the sender of the story."""

    def __init__(self, office: Office) -> None:
        self.told = Told(office)
        self.office, self.tour = office, office.tour

    def begin(self, source: Ref | None = None) -> Ref:
        """Somebody opens a request, of a document of the system if one is named."""
        actor = self.office.actor(self.tour["drafter"])
        if source is None:
            case = drafting.start_outgoing(actor, procedure=certifying.PROCEDURE)
        else:
            case = certifying.begin(actor, source.document_id)
        return Ref(case.id, case.document_id)

    def ask(self, case: Ref, form: str, medium: str, file: FileGiven | None = None, **more: Any) -> None:
        """The request is filled in, and the workers do what follows."""
        answers = {
            "document_type": form,
            "medium": medium,
            "source_reference": "12/QĐ-UBND",
            "source_date": "2025-12-01",
            "source_issuer": "UBND tỉnh",
            "subject": "Về việc giao kế hoạch",
            "copies": 2,
            "purpose": "Nộp hồ sơ",
            **more,
        }
        task = self.told.task(case, "request")
        commands.complete_task(self.office.actor(self.tour["drafter"]), task.id, answers=answers, file=file)
        self.office.work()

    def finish(self, case: Ref) -> Document:
        """Compared, agreed to, numbered and certified."""
        self.told.complete(case, "compare", self.tour["clerk"], compare_decision="agree")
        self.told.complete(case, "sign_copy", self.tour["chairman"], copy_decision="certify")
        self.told.complete(case, "issue", self.tour["clerk"], issue_decision="issue")
        return self.told.document(case)

    def keep(self, content: bytes) -> FileGiven:
        """A file as an upload leaves it."""
        store = self.office.app.extensions["files"]
        taken = intake.take(store, BytesIO(content), "scan.pdf", limit=50_000_000)
        return FileGiven(taken.name, taken.sha256, taken.size, taken.pages)

    def path(self, document: Document) -> Path:
        """The newest file of a document."""
        file = queries.latest_file(document.id)
        assert file is not None
        path: Path = self.office.app.extensions["files"].path(file.sha256)
        return path

    def why(self, case: Ref) -> str | None:
        """Why the last operation that failed did."""
        return [one.error for one in cases.calls_of(case.id) if one.error is not None][-1]

    def steps(self, case: Ref) -> list[str]:
        """The open steps of a case."""
        query = select(Task.node).join(Case, Case.id == Task.case_id)
        return list(db.session.scalars(query.where(Case.id == case.id, Task.closed_at.is_(None))))


@pytest.fixture
def copies(office: Office) -> Copies:
    return Copies(office)


def scan(*, dpi: int = 200, mode: str = "RGB", width: float = 210, version: str = "1.4") -> bytes:
    """A scanned sheet of A4, as a scanner writes it."""
    made = FPDF(format=(width, width * 297 / 210))
    made.pdf_version = version
    picture = Image.effect_noise((round(210 / 25.4 * dpi), round(297 / 25.4 * dpi)), 4).point(lambda _: 250)
    made.add_page()
    made.image(picture.convert(mode), 0, 0, width)
    return bytes(made.output())


def words(path: Path) -> str:
    """Everything a reader of a file sees as text."""
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout


@needs_pdfsig
def test_an_issued_document_is_copied_onto_paper_with_its_closing_block(copies: Copies) -> None:
    source = copies.told.sent(recipients=1)
    case = copies.begin(source)
    copies.ask(case, "SY", "paper")

    document = copies.finish(case)

    assert (document.reference, document.state) == ("01/SY-UBND", "issued")
    text = words(copies.path(document))
    assert "SAO Y" in text
    assert "Số: 01/SY-UBND" in text
    assert copies.office.person(copies.tour["chairman"]).name in text
    assert signatures.requests(document.id) == []
    assert [one.id for one in copying.copies_of(source.document_id)] == [document.id]
    assert {one.verdict for one in signatures.verdicts(document.id)} == {"valid"}
    clerk = Browser(copies.office, copies.tour["clerk"])
    reference = copies.told.document(source).reference
    assert reference in plain(clerk.read(f"/documents/{document.id}"))
    assert "01/SY-UBND" in plain(clerk.read(f"/documents/{source.document_id}"))
    register = registers.register_of(document.unit_id, "copy")
    row = plain(clerk.read(f"/registers/{register.id}"))
    assert f"01/SY-UBND {office_day():%d/%m/%Y} Bản sao y Bản giấy {reference}" in row


def test_a_copy_is_begun_from_the_page_of_the_original_which_says_what_it_is(copies: Copies) -> None:
    source = copies.told.sent(recipients=1)
    drafter = Browser(copies.office, copies.tour["drafter"])

    begun = drafter.send(f"/documents/{source.document_id}/copies")

    form = drafter.read(begun.location)
    assert f'value="{copies.told.document(source).reference}"' in form
    assert copies.tour["subject"] in form


@needs_pdfsig
def test_an_electronic_extract_has_the_chosen_pages_and_the_signature_of_the_agency(copies: Copies) -> None:
    copies.tour = copies.told.tour = {**copies.told.tour, "body": "\n".join(["Nội dung của văn bản này. " * 40] * 9)}
    source = copies.told.sent(recipients=1)
    case = copies.begin(source)
    copies.ask(case, "TrS", "electronic", pages="1, 2")

    document = copies.finish(case)

    path = copies.path(document)
    profile = copies.office.app.extensions["signing"]
    assert verify(path, profile.trust).outcome is Outcome.VALID
    said = subprocess.run(["pdfsig", "-no-ocsp", str(path)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid." in said
    assert document.reference == "01/TrS-UBND"
    assert "Trích sao; " in words(path)
    assert "01/TrS-UBND" not in words(path)
    file = queries.latest_file(document.id)
    assert file is not None
    assert file.pages == 2
    assert [(one.kind, one.state) for one in signatures.requests(document.id)] == [("copy", "done")]


def test_a_scan_of_paper_becomes_an_electronic_copy_only_when_it_is_faithful(copies: Copies) -> None:
    case = copies.begin()
    for content, detail in (
        (scan(dpi=120), "scan.low_resolution"),
        (scan(mode="L"), "scan.not_colour"),
        (scan(width=180, dpi=240), "scan.not_full_size"),
        (_typed(), "scan.not_a_scan"),
        (scan(version="1.3"), "scan.old_format"),
    ):
        copies.ask(case, "SY", "electronic", copies.keep(content))
        copies.told.complete(case, "compare", copies.tour["clerk"], compare_decision="agree")
        assert (copies.steps(case), copies.why(case)) == (["request"], detail)

    copies.ask(case, "SY", "electronic", copies.keep(scan()))
    document = copies.finish(case)

    assert (document.reference, copies.steps(case)) == ("01/SY-UBND", ["hand_over"])


def test_what_the_decree_does_not_know_is_refused_by_name(copies: Copies) -> None:
    source = copies.told.sent(recipients=1)
    case = copies.begin(source)
    asked: tuple[tuple[str, str, dict[str, Any], str, str], ...] = (
        ("SY", "electronic", {}, "medium", "copy.conversion"),
        ("SL", "paper", {}, "medium", "copy.not_of_a_copy"),
        ("TrS", "paper", {}, "pages", "copy.pages_missing"),
        ("TrS", "paper", {"pages": "2-9"}, "pages", "copy.pages_outside"),
        ("TrS", "paper", {"pages": "1-"}, "pages", "copy.pages_unreadable"),
        ("SY", "paper", {"pages": "1"}, "pages", "copy.pages_only_for_extract"),
    )
    for form, medium, more, field, code in asked:
        with pytest.raises(Invalid) as refused:
            copies.ask(case, form, medium, **more)
        assert refused.value.data["fields"][field][0] == code
        db.session.rollback()


def _typed() -> bytes:
    made = FPDF()
    made.pdf_version = "1.4"
    made.add_page()
    made.set_font("helvetica")
    made.cell(text="Typed, not scanned")
    return bytes(made.output())
