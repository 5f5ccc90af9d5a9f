"""Whatever is done to a signed file, it is never called valid; honest files are."""

import pytest

from signing import appearance
from signing.prepare import NUMBER, ORGANISATION, prepare
from signing.sign import fill_number, seal_organisation, sign_person
from signing.structure import Limits
from signing.validation import Policy, verify
from signing.verdict import Kind, Outcome
from tests.signing import forging, papers
from tests.signing.conftest import AGENCY_KEY, ISSUED_ON, LAYOUT, PERSON_KEY, Bench, Issued

BLUE = appearance.demo_signature(PERSON_KEY)
RED = appearance.demo_seal(papers.AGENCY)


@pytest.mark.parametrize("part", range(24))
def test_no_flipped_byte_is_overlooked(part: int, issued: Issued, bench: Bench) -> None:
    data = bytearray(issued.sealed.read_bytes())
    gap = data.rindex(b"/Contents <")  # what a signature covers ends here and goes on behind the signature
    places = [*range(gap), *range(data.index(b">", gap), len(data))]
    data[places[len(places) * part // 24]] ^= 0x10

    assert bench.judge(bytes(data)).outcome in (Outcome.INVALID, Outcome.INDETERMINATE)


@pytest.mark.parametrize("part", range(12))
def test_no_truncated_file_is_valid(part: int, issued: Issued, bench: Bench) -> None:
    data = issued.sealed.read_bytes()

    assert bench.judge(data[: len(data) * part // 12 + 7]).outcome in (Outcome.INVALID, Outcome.INDETERMINATE)


@pytest.mark.parametrize("tail", [b"x", b"\n% a comment\n", b"%%EOF\n", b"startxref\n0\n%%EOF\n"])
def test_nothing_may_follow_the_end_of_the_file(tail: bytes, issued: Issued, bench: Bench) -> None:
    found = bench.judge(issued.sealed.read_bytes() + tail)

    assert found.outcome is Outcome.INVALID


@pytest.mark.parametrize("step", ["signed", "sealed"])
def test_objects_that_only_a_repairing_viewer_finds_are_refused(step: str, issued: Issued, bench: Bench) -> None:
    found = bench.judge(forging.broken_revision(getattr(issued, step).read_bytes()))

    assert found.reasons == ("verification.readers_disagree",)


@pytest.mark.parametrize("step", ["signed", "numbered", "sealed"])
@pytest.mark.parametrize(
    "change",
    [
        forging.paint_over,
        forging.swap_pages,
        forging.stick_note,
        forging.move_field(NUMBER),
        forging.move_field(ORGANISATION),
    ],
)
def test_a_revision_that_changes_the_page_is_refused(
    change: forging.Change, step: str, issued: Issued, bench: Bench
) -> None:
    found = bench.judge(forging.revised(getattr(issued, step).read_bytes(), change))

    assert found.outcome is Outcome.INVALID
    assert "verification.changed_after" in found.reasons


@pytest.mark.parametrize("step", ["signed", "sealed"])
def test_a_file_that_hides_its_signatures_is_not_valid(step: str, issued: Issued, bench: Bench) -> None:
    found = bench.judge(forging.revised(getattr(issued, step).read_bytes(), forging.drop_form))

    assert found.outcome is Outcome.UNSIGNED


def test_a_number_changed_after_the_seal_is_refused(issued: Issued, bench: Bench) -> None:
    found = bench.judge(forging.revised(issued.sealed.read_bytes(), forging.set_field(NUMBER, "99")))

    assert found.outcome is Outcome.INVALID
    assert [one.reason for one in found.signatures] == [
        "verification.field_overwritten",
        "verification.changed_after",
    ]


def test_a_number_changed_before_the_seal_is_refused(issued: Issued, bench: Bench) -> None:
    twice = bench.file(forging.revised(issued.numbered.read_bytes(), forging.set_field(NUMBER, "99")), "twice.pdf")
    sealed = bench.folder / "sealed.pdf"
    seal_organisation(twice, sealed, AGENCY_KEY, bench.profile, RED)

    found = verify(sealed, bench.profile.trust)

    assert found.outcome is Outcome.INVALID
    assert found.reasons == ("verification.field_overwritten",)


def test_only_the_prepared_fields_may_be_filled(issued: Issued, bench: Bench) -> None:
    prepared, signed, numbered, sealed = (bench.folder / f"{name}.pdf" for name in "pqrs")
    prepare(issued.source, prepared, LAYOUT)
    prepared.write_bytes(forging.revised(prepared.read_bytes(), forging.add_field("GhiChu")))
    sign_person(prepared, signed, PERSON_KEY, bench.profile, BLUE)
    fill_number(signed, numbered, "5", ISSUED_ON)
    numbered.write_bytes(forging.revised(numbered.read_bytes(), forging.set_field("GhiChu", "them vao")))
    seal_organisation(numbered, sealed, AGENCY_KEY, bench.profile, RED)

    found = verify(sealed, bench.profile.trust)

    assert found.outcome is Outcome.INVALID
    assert found.reasons == ("verification.field_unexpected",)


def test_nobody_answers_for_what_was_filled_in_after_the_last_signature(issued: Issued, bench: Bench) -> None:
    assert bench.judge(issued.numbered.read_bytes()).reasons == ("verification.filled_after_last",)


def test_a_paper_on_its_way_may_carry_a_number_without_a_seal(issued: Issued, bench: Bench) -> None:
    policy = Policy(allow_filling_at_end=True)

    assert bench.judge(issued.numbered.read_bytes(), policy).outcome is Outcome.VALID


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/ByteRange [", b"/ByteRanges ["),
        (b"/SubFilter /ETSI.CAdES.detached", b"/SubFilter /ETSI.CAdES.detachex"),
        (b"/Type /Sig\n", b"/Type /Sog\n"),
        (b"/ByteRange [0 ", b"/ByteRange [1 "),
    ],
)
def test_a_signature_whose_dictionary_was_altered_is_invalid(
    old: bytes, new: bytes, issued: Issued, bench: Bench
) -> None:
    data = issued.sealed.read_bytes()
    if old not in data:
        pytest.skip(f"the writer spells it otherwise: {old!r}")
    found = bench.judge(forging.replaced(data, old, new[: len(old)]))

    assert found.outcome is Outcome.INVALID


def test_a_signature_of_zeros_is_invalid(issued: Issued, bench: Bench) -> None:
    data = issued.sealed.read_bytes()
    start = data.rindex(b"/Contents <") + len(b"/Contents <")
    end = data.index(b">", start)

    found = bench.judge(data[:start] + b"0" * (end - start) + data[end:])

    assert found.outcome is Outcome.INVALID


def test_nothing_can_be_smuggled_into_the_place_of_a_signature(issued: Issued, bench: Bench) -> None:
    assert bench.judge(forging.smuggled(issued.sealed.read_bytes())).outcome is Outcome.INVALID


@pytest.mark.parametrize("password", ["", "bi-mat"])
def test_an_encrypted_file_cannot_be_judged(password: str, bench: Bench) -> None:
    path = papers.encrypted(bench.folder / "encrypted.pdf", password=password)

    found = verify(path, bench.profile.trust)

    assert (found.outcome, found.reasons) == (Outcome.INDETERMINATE, ("verification.file_encrypted",))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "file_empty"),
        (b"khong phai PDF", "not_a_pdf"),
        (bytes(range(256)) * 40, "not_a_pdf"),
        (b"%PDF-1.7\n%%EOF\n", "file_unreadable"),
    ],
)
def test_what_is_no_pdf_cannot_be_judged(content: bytes, reason: str, bench: Bench) -> None:
    found = bench.judge(content)

    assert (found.outcome, found.reasons) == (Outcome.INDETERMINATE, (f"verification.{reason}",))


@pytest.mark.parametrize("kind", papers.KINDS)
def test_an_unsigned_paper_is_unsigned(kind: str, bench: Bench) -> None:
    path = papers.KINDS[kind](bench.folder / "paper.pdf")

    assert verify(path, bench.profile.trust).outcome is Outcome.UNSIGNED


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(size=1000), "verification.too_large"),
        (Limits(objects=5), "verification.too_complex"),
        (Limits(revisions=1), "verification.too_complex"),
        (Limits(signatures=1), "verification.too_complex"),
        (Limits(seconds=-1), "verification.too_complex"),
    ],
)
def test_a_file_beyond_a_limit_cannot_be_judged(limits: Limits, reason: str, issued: Issued, bench: Bench) -> None:
    found = bench.judge(issued.sealed.read_bytes(), Policy(limits=limits))

    assert (found.outcome, found.reasons) == (Outcome.INDETERMINATE, (reason,))


def test_a_failing_verifier_proves_nothing(issued: Issued, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signing.proving.grounds", lambda *_: 1 / 0)

    found = bench.judge(issued.sealed.read_bytes())

    assert (found.outcome, found.reasons) == (Outcome.INDETERMINATE, ("verification.verifier_failed",))


@pytest.mark.parametrize(
    ("step", "expected", "reasons"),
    [
        ("sealed", {Kind.PERSON, Kind.ORGANISATION}, ()),
        ("signed", {Kind.PERSON}, ()),
        (
            "signed",
            {Kind.PERSON, Kind.ORGANISATION},
            ("verification.organisation_missing", "verification.organisation_before_person"),
        ),
    ],
)
def test_a_policy_says_who_must_have_signed(
    step: str, expected: set[Kind], reasons: tuple[str, ...], issued: Issued, bench: Bench
) -> None:
    found = bench.judge(getattr(issued, step).read_bytes(), Policy(expected=frozenset(expected)))

    assert found.reasons == reasons
