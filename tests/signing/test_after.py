"""What may come after a signature: a number as it reads, stamps and evidence; nothing else, however invisible."""

import asyncio
import io
import re
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from fontTools.ttLib import TTFont
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.validation import DocumentSecurityStore

from signing import appearance, fonts
from signing.prepare import DAY, MONTH, NUMBER
from signing.profiles import Profile
from signing.sign import fill_number, seal_organisation
from signing.validation import verify
from signing.verdict import Change, Outcome, Verdict
from tests.signing import forging, papers
from tests.signing.conftest import AGENCY_KEY, ISSUED_ON, Bench, Issued, issue

RED = appearance.demo_seal(papers.AGENCY)


def stamped(data: bytes, profile: Profile, *changes: forging.Change) -> bytes:
    """The file with a time stamp for the archive, and whatever an attacker does in the same revision."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    for change in changes:
        change(writer)
    output = io.BytesIO()
    trust = profile.trust.context(timestamps=True)
    assert profile.timestamper is not None
    stamper = PdfTimeStamper(profile.timestamper)
    asyncio.run(stamper.async_timestamp_pdf(writer, "sha256", validation_context=trust, output=output))
    return output.getvalue()


def sealed(data: bytes, bench: Bench) -> Verdict:
    """The verdict once an agency that looks at nothing has put its seal on it."""
    target = bench.folder / "sealed.pdf"
    seal_organisation(bench.file(data), target, AGENCY_KEY, bench.profile, RED)
    return verify(target, bench.profile.trust)


def filled(data: bytes, number: forging.Change) -> bytes:
    """Number, day and month, each in a revision of its own; only the first is under attack."""
    for change in (number, forging.fill_with(DAY, "05", "05", fonts.ITALIC)):
        data = forging.revised(data, change)
    return forging.revised(data, forging.fill_with(MONTH, "02", "02", fonts.ITALIC))


@pytest.mark.parametrize("number", ["5", "15a", "123456789", "7Đ", "12bis"])
def test_a_number_that_reads_as_it_says_is_fine(number: str, issued: Issued, bench: Bench) -> None:
    numbered = bench.folder / "numbered.pdf"
    fill_number(issued.signed, numbered, number, ISSUED_ON)

    assert sealed(numbered.read_bytes(), bench).reasons == ()


def test_the_forger_could_have_been_honest(issued: Issued, bench: Bench) -> None:
    honest = filled(issued.signed.read_bytes(), forging.fill_with(NUMBER, "05", "05"))

    assert sealed(honest, bench).outcome is Outcome.VALID


@pytest.mark.parametrize("shown", ["99", "0", "055", "50"])
def test_a_number_that_shows_another_is_refused(shown: str, issued: Issued, bench: Bench) -> None:
    forged = filled(issued.signed.read_bytes(), forging.fill_with(NUMBER, "05", shown))

    assert sealed(forged, bench).reasons == ("verification.field_unexpected",)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb"0 g", b"1 g"),
        (rb"0 g", b"0 g 3 Tr"),
        (rb"Td /Span", b"Td 900 0 Td /Span"),
        (rb"Tf 2\.", b"Tf 400."),
        (rb"/VB 12", b"/VB 1"),
        (rb"TJ", b"TJ 0 5 Td [<0013>] TJ"),
        (rb"\(05\)", b"(99)"),
        (rb"EMC$", b"EMC q 1 g 0 0 99 99 re f Q"),
        (rb"\[<(....)(....)>\]", rb"[<\1> 900 <\2>]"),
    ],
)
def test_nothing_else_may_be_drawn_there(old: bytes, new: bytes, issued: Issued, bench: Bench) -> None:
    def change(writer: IncrementalPdfFileWriter) -> None:
        forging.fill_with(NUMBER, "05", "05")(writer)
        stream: Any = forging._field(writer, NUMBER).get_object()["/AP"]["/N"]
        altered = re.sub(old, new, stream.data, count=1)
        assert altered != stream.data
        stream._data = altered

    assert sealed(filled(issued.signed.read_bytes(), change), bench).reasons == ("verification.field_unexpected",)


def test_a_font_that_draws_a_nine_for_a_five_is_refused(issued: Issued, bench: Bench, tmp_path: Path) -> None:
    false = str(tmp_path / "false.ttf")
    with TTFont(fonts.REGULAR) as font:
        font["glyf"]["five"] = font["glyf"]["nine"]
        font.save(false)

    forged = filled(issued.signed.read_bytes(), forging.fill_with(NUMBER, "05", "05", false))

    assert sealed(forged, bench).reasons == ("verification.field_unexpected",)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("/F", generic.NumberObject(2)),
        ("/F", generic.NumberObject(0)),
        ("/DA", generic.TextStringObject("/Helv 40 Tf 1 0 0 rg")),
        ("/Q", generic.NumberObject(2)),
    ],
)
@pytest.mark.parametrize("step", ["signed", "numbered"])
def test_a_field_looks_the_way_it_was_prepared(
    key: str, value: generic.PdfObject, step: str, issued: Issued, bench: Bench
) -> None:
    data = forging.revised(getattr(issued, step).read_bytes(), forging.set_entry(NUMBER, key, value))
    if step == "signed":
        data = filled(data, forging.fill_with(NUMBER, "05", "05"))

    assert sealed(data, bench).reasons == ("verification.field_unexpected",)


def test_what_a_field_shows_is_not_drawn_again(issued: Issued, bench: Bench) -> None:
    forged = forging.revised(issued.numbered.read_bytes(), forging.redraw(NUMBER, "99"))

    assert sealed(forged, bench).reasons == ("verification.field_unexpected",)


@pytest.mark.parametrize(
    "change",
    [forging.retitle, forging.restate, forging.leave_a_place, forging.drop_evidence, forging.say_nothing],
)
def test_after_the_seal_nothing_changes_that_is_not_seen_either(
    change: forging.Change, issued: Issued, bench: Bench
) -> None:
    found = bench.judge(forging.revised(issued.sealed.read_bytes(), change))

    assert found.reasons == ("verification.changed_after",)
    assert [one.modified_after for one in found.signatures] == [Change.OTHER, Change.OTHER]


@pytest.mark.parametrize("change", [forging.retitle, forging.restate, forging.leave_a_place])
def test_a_stamp_does_not_excuse_what_comes_with_it(change: forging.Change, issued: Issued, bench: Bench) -> None:
    found = bench.judge(stamped(issued.sealed.read_bytes(), bench.profile, change))

    assert found.outcome is Outcome.INVALID
    assert "verification.changed_after" in found.reasons


@pytest.mark.parametrize("change", [forging.retitle, forging.restate, forging.say_nothing])
def test_before_the_seal_a_revision_has_a_purpose(change: forging.Change, issued: Issued, bench: Bench) -> None:
    found = sealed(forging.revised(issued.numbered.read_bytes(), change), bench)

    assert found.reasons == ("verification.changed_after",)


@pytest.mark.parametrize("step", ["signed", "sealed"])
def test_the_archive_may_stamp_a_file_again_and_again(step: str, issued: Issued, bench: Bench) -> None:
    once = stamped(getattr(issued, step).read_bytes(), bench.profile)
    for data in (once, stamped(once, bench.profile)):
        found = bench.judge(data)
        assert (found.outcome, found.reasons) == (Outcome.VALID, ())
        assert found.signatures[-1].modified_after is Change.ARCHIVAL
        assert found.archived_at


def test_the_archive_may_add_evidence(issued: Issued, bench: Bench) -> None:
    def add(writer: IncrementalPdfFileWriter) -> None:
        trust = bench.profile.trust
        certs, lists = [*trust.roots, *trust.intermediates], list(trust.crls)
        DocumentSecurityStore.supply_dss_in_writer(writer, None, certs=certs, crls=lists)

    found = bench.judge(forging.revised(issued.signed.read_bytes(), add))

    assert (found.outcome, found.signatures[-1].modified_after) == (Outcome.VALID, Change.ARCHIVAL)


@pytest.mark.parametrize("newer", [False, True])
def test_a_file_with_a_title_can_be_issued_and_stamped(
    newer: bool, issued: Issued, bench: Bench, tmp_path: Path
) -> None:
    source, title = tmp_path / "titled.pdf", "Về việc báo cáo"
    with pikepdf.open(issued.source) as pdf:
        pdf.docinfo["/Title"] = title
        if newer:
            with pdf.open_metadata() as meta:
                meta["dc:title"], meta["dc:creator"] = title, ["Văn phòng"]
        pdf.save(source)
    done = issue(source, tmp_path, bench.profile)

    assert verify(done.sealed, bench.profile.trust).reasons == ()
    assert bench.judge(stamped(done.sealed.read_bytes(), bench.profile)).reasons == ()


def test_no_bytes_hide_behind_a_signature_in_its_place(issued: Issued, bench: Bench) -> None:
    found = bench.judge(forging.padded(issued.sealed.read_bytes()))

    assert found.reasons == ("verification.byte_range",)


@pytest.mark.parametrize("tail", [b"\x00", bytes(1000), b" " * 1000, b"\x0c", b"\n" * 9])
def test_no_bytes_hide_behind_the_end(tail: bytes, issued: Issued, bench: Bench) -> None:
    assert bench.judge(issued.sealed.read_bytes() + tail).reasons == ("verification.file_tail",)


@pytest.mark.parametrize("tail", [b"\n", b"\r\n\r\n", b" \n"])
def test_line_breaks_at_the_end_are_harmless(tail: bytes, issued: Issued, bench: Bench) -> None:
    assert bench.judge(issued.sealed.read_bytes() + tail).reasons == ()


@pytest.mark.parametrize("head", [b"\xef\xbb\xbf", b"rac\r\n"])
def test_what_stands_before_the_head_is_named(head: bytes, issued: Issued, bench: Bench) -> None:
    found = bench.judge(head + issued.sealed.read_bytes())

    assert (found.outcome, found.reasons) == (Outcome.INDETERMINATE, ("verification.file_irregular",))
