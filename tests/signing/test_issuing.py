"""Real documents through all the steps: other readers agree, the order holds, refused things leave nothing behind."""

import subprocess
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from signing import appearance
from signing.errors import SigningRefused
from signing.prepare import NUMBER, Layout, prepare
from signing.profiles import Profile
from signing.shown import shows
from signing.sign import fill_number, seal_organisation, sign_person
from signing.validation import verify
from signing.verdict import Change, Kind, Outcome
from tests.signing import papers
from tests.signing.conftest import AGENCY_KEY, ISSUED_ON, LAYOUT, PERSON_KEY, Issued, issue

BLUE = appearance.demo_signature(PERSON_KEY)
RED = appearance.demo_seal(papers.AGENCY)


@pytest.mark.parametrize("kind", papers.KINDS)
def test_every_kind_of_paper_can_be_issued(kind: str, tmp_path: Path, profile: Profile) -> None:
    source = papers.KINDS[kind](tmp_path / "source.pdf")

    issued = issue(source, tmp_path, profile)

    assert verify(issued.sealed, profile.trust).reasons == ()
    _pages_are_those_of(source, issued.sealed)


@pytest.mark.parametrize("number", ["7", "1234", "12345a", "123456789"])
def test_a_number_of_any_length_can_be_told_from_another(number: str, issued: Issued, tmp_path: Path) -> None:
    target = tmp_path / "numbered.pdf"
    fill_number(issued.signed, target, number, ISSUED_ON)

    with target.open("rb") as stream:
        form: Any = PdfFileReader(stream).root["/AcroForm"]
        field = next(one.get_object() for one in form["/Fields"] if one.get_object()["/T"] == NUMBER)
        assert shows(field, number.zfill(2))
        assert not shows(field, number.zfill(3)[::-1])


@papers.needs_office
def test_a_paper_of_an_office_program_can_be_issued(tmp_path: Path, profile: Profile) -> None:
    source = papers.office(tmp_path / "source.pdf")

    issued = issue(source, tmp_path, profile)

    assert verify(issued.sealed, profile.trust).reasons == ()


def _pages_are_those_of(source: Path, issued: Path) -> None:
    with pdfium.PdfDocument(source) as before, pdfium.PdfDocument(issued) as after:
        assert [page.get_size() for page in after] == [pytest.approx(page.get_size(), abs=1) for page in before]


@papers.needs_pdfsig
@pytest.mark.parametrize("kind", papers.KINDS)
def test_poppler_finds_both_signatures_valid(kind: str, tmp_path: Path, profile: Profile) -> None:
    issued = issue(papers.KINDS[kind](tmp_path / "source.pdf"), tmp_path, profile)

    said = subprocess.run(["pdfsig", "-no-ocsp", issued.sealed], capture_output=True, text=True, check=False).stdout

    assert said.count("Signature is Valid.") == 2
    assert said.count("Signature has not yet been verified.") == 1, "the time stamp of the archive: it knows none"


@papers.needs_qpdf
@pytest.mark.parametrize("step", ["prepared", "signed", "numbered", "sealed"])
def test_every_step_leaves_a_clean_file(step: str, issued: Issued) -> None:
    checked = subprocess.run(["qpdf", "--check", getattr(issued, step)], capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_verdict_names_the_person_and_the_agency(issued: Issued, profile: Profile) -> None:
    person, agency = verify(issued.sealed, profile.trust).signatures

    assert (person.kind, person.signer, person.modified_after) == (Kind.PERSON, papers.PERSON, Change.FORM_FILLING)
    assert (agency.kind, agency.signer, agency.modified_after) == (Kind.ORGANISATION, papers.AGENCY, Change.ARCHIVAL)
    assert verify(issued.sealed, profile.trust).archived_at
    assert person.timestamped
    assert agency.timestamped
    assert person.demo
    assert (person.algorithm, agency.algorithm) == ("ECDSA 256, SHA-256", "RSASSA-PSS 2048, SHA-256")


def test_what_the_person_saw_can_be_cut_out_of_the_file(issued: Issued, profile: Profile) -> None:
    person = verify(issued.sealed, profile.trust).signatures[0]

    assert issued.sealed.read_bytes()[: person.revision_end] == issued.signed.read_bytes()


def test_a_paper_signed_but_not_sealed_is_valid_on_its_own(issued: Issued, profile: Profile) -> None:
    assert verify(issued.signed, profile.trust).outcome is Outcome.VALID


def test_a_paper_prepared_but_not_signed_is_unsigned(issued: Issued, profile: Profile) -> None:
    found = verify(issued.prepared, profile.trust)

    assert (found.outcome, found.reasons) == (Outcome.UNSIGNED, ("verification.no_signature",))


def test_a_person_signs_once(issued: Issued, profile: Profile, tmp_path: Path) -> None:
    with pytest.raises(SigningRefused, match=r"order\.person_already_signed"):
        sign_person(issued.signed, tmp_path / "again.pdf", PERSON_KEY, profile, BLUE)

    assert not (tmp_path / "again.pdf").exists()


def test_an_agency_seals_once(issued: Issued, profile: Profile, tmp_path: Path) -> None:
    with pytest.raises(SigningRefused, match=r"order\.already_sealed"):
        seal_organisation(issued.sealed, tmp_path / "again.pdf", AGENCY_KEY, profile, RED)

    assert not (tmp_path / "again.pdf").exists()


def test_a_number_is_given_once(issued: Issued, tmp_path: Path) -> None:
    with pytest.raises(SigningRefused, match=r"order\.already_numbered"):
        fill_number(issued.numbered, tmp_path / "again.pdf", "6", ISSUED_ON)


def test_no_number_before_the_person_has_signed(issued: Issued, tmp_path: Path) -> None:
    with pytest.raises(SigningRefused, match=r"order\.number_before_person"):
        fill_number(issued.prepared, tmp_path / "out.pdf", "5", ISSUED_ON)


def test_no_number_after_the_seal(issued: Issued, tmp_path: Path) -> None:
    with pytest.raises(SigningRefused, match=r"order\.already_sealed"):
        fill_number(issued.sealed, tmp_path / "out.pdf", "6", ISSUED_ON)


@pytest.mark.parametrize(("step", "reason"), [("prepared", "seal_before_person"), ("signed", "seal_before_number")])
def test_the_seal_comes_last(step: str, reason: str, issued: Issued, profile: Profile, tmp_path: Path) -> None:
    with pytest.raises(SigningRefused, match=rf"order\.{reason}"):
        seal_organisation(getattr(issued, step), tmp_path / "out.pdf", AGENCY_KEY, profile, RED)


def test_a_paper_without_fields_cannot_be_signed(issued: Issued, profile: Profile, tmp_path: Path) -> None:
    with pytest.raises(SigningRefused, match=r"source\.not_prepared"):
        sign_person(issued.source, tmp_path / "out.pdf", PERSON_KEY, profile, BLUE)


def test_a_signed_paper_is_not_prepared_again(issued: Issued, tmp_path: Path) -> None:
    with pytest.raises(SigningRefused, match=r"source\.already_signed"):
        prepare(issued.signed, tmp_path / "out.pdf", LAYOUT)


@pytest.mark.parametrize("password", ["", "bi-mat"])
def test_an_encrypted_paper_is_refused(password: str, tmp_path: Path) -> None:
    source = papers.encrypted(tmp_path / "source.pdf", password=password)

    with pytest.raises(SigningRefused, match=r"source\.encrypted"):
        prepare(source, tmp_path / "out.pdf", LAYOUT)


@pytest.mark.parametrize("content", [b"", b"khong phai PDF", b"%PDF-1.7\n%%EOF\n"])
def test_what_is_no_pdf_is_refused(content: bytes, tmp_path: Path) -> None:
    source = tmp_path / "source.pdf"
    source.write_bytes(content)

    with pytest.raises(SigningRefused, match=r"source\.damaged"):
        prepare(source, tmp_path / "out.pdf", LAYOUT)

    assert not (tmp_path / "out.pdf").exists()


def test_half_a_file_is_refused(issued: Issued, tmp_path: Path) -> None:
    source, whole = tmp_path / "half.pdf", issued.prepared.read_bytes()
    source.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(SigningRefused, match=r"source\.damaged"):
        prepare(source, tmp_path / "out.pdf", Layout(""))
