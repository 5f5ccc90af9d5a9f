"""Every kind of signature of the decree: in its turn, at its place, saying what it must, and good for every reader."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
from asn1crypto import pem
from cryptography.hazmat.primitives.asymmetric import rsa
from pyhanko.pdf_utils.reader import PdfFileReader

from signing import archive, detached, phases
from signing.appearance import Appearance, demo_seal, demo_signature
from signing.cases import Case
from signing.corner import corner
from signing.display import DEFAULTS, VIETNAM, Display, Shown, unpacked
from signing.errors import SigningRefused, SigningUnavailable
from signing.ink import ink
from signing.keys.protocol import Key
from signing.pending import unpacked as pending_again
from signing.phases import Wish
from signing.prepare import Layout, prepare
from signing.profiles import Profile
from signing.sign import fill_number, seal_organisation, sign_person
from signing.timestamps import http_timestamper
from signing.validation import Policy, verify
from signing.verdict import Change, Kind, Outcome
from tests.needs import needs
from tests.signing import papers
from tests.signing.authority import Authority
from tests.signing.conftest import AGENCY_KEY, ISSUED_ON, PERSON_KEY, Issued

BLUE, RED = demo_signature(PERSON_KEY), demo_seal(papers.AGENCY)
VALUES = {"reference": "05/QĐ-UBND", "form": "SAO Y", "agency": papers.AGENCY}
BOTH = Policy(expected=frozenset({Kind.PERSON, Kind.ORGANISATION}))


class CountingKey:
    """A key that remembers how often it signed."""

    def __init__(self, key: Key) -> None:
        self.certificate, self.chain, self._key, self.used = key.certificate, key.chain, key, 0

    def sign(self, digests: Any) -> list[bytes]:
        """As the key does."""
        self.used += 1
        return self._key.sign(digests)


def put(source: Path, target: Path, wish: Wish, key: Key, profile: Profile) -> Path:
    """All three phases."""
    prepared = target.with_suffix(".prepared")
    pending = phases.begin(source, prepared, wish, key, profile)
    phases.finish(prepared, target, pending, key.sign([pending.to_sign])[0], profile)
    return target


def by_poppler(path: Path) -> int:
    """How many signatures poppler calls valid."""
    said = subprocess.run(["pdfsig", "-no-ocsp", path], capture_output=True, text=True, check=False).stdout
    return said.count("Signature is Valid.")


def test_line_54_the_person_signs_before_the_agency_and_a_wrong_order_is_refused(
    issued: Issued, tmp_path: Path, profile: Profile
) -> None:
    target = tmp_path / "a.pdf"
    wrong: dict[str, Callable[[], object]] = {
        "order.seal_before_person": lambda: seal_organisation(issued.prepared, target, AGENCY_KEY, profile, RED),
        "order.seal_before_number": lambda: seal_organisation(issued.signed, target, AGENCY_KEY, profile, RED),
        "order.number_before_person": lambda: fill_number(issued.prepared, target, "5", ISSUED_ON),
        "order.already_sealed": lambda: seal_organisation(issued.sealed, target, AGENCY_KEY, profile, RED),
        "order.person_already_signed": lambda: sign_person(issued.sealed, target, PERSON_KEY, profile, BLUE),
    }
    for code, act in wrong.items():
        with pytest.raises(SigningRefused, match=code.replace(".", r"\.")):
            act()
        assert not target.exists()


def test_line_55_the_leaders_signature_is_valid_after_number_date_and_seal_came(
    issued: Issued, profile: Profile
) -> None:
    filled = Change.FORM_FILLING
    for paper, change in ((issued.signed, Change.NONE), (issued.numbered, filled), (issued.sealed, filled)):
        leader = verify(paper, profile.trust, Policy(allow_filling_at_end=True)).signatures[0]

        assert (leader.verdict, leader.signer) == (Outcome.VALID, papers.PERSON)
        assert leader.modified_after is change
        assert paper.read_bytes()[: leader.revision_end] == issued.signed.read_bytes()


@needs("pdfsig", "qpdf")
def test_line_n8_number_date_and_seal_come_after_the_leader_and_independent_readers_agree(
    issued: Issued, tmp_path: Path, profile: Profile, pki: Path
) -> None:
    verdict = verify(issued.sealed, profile.trust, BOTH)

    assert (verdict.outcome, [one.verdict for one in verdict.signatures]) == (Outcome.VALID, [Outcome.VALID] * 2)
    assert by_poppler(issued.sealed) == 2
    assert subprocess.run(["qpdf", "--check", issued.sealed], capture_output=True, check=False).returncode == 0
    assert [_by_openssl(issued.sealed, number, tmp_path, pki) for number in (0, 1)] == [
        "CAdES Verification successful"
    ] * 2


@needs("pdfsig")
def test_initials_come_first_and_stay_valid_under_everything_that_follows(
    issued: Issued, tmp_path: Path, profile: Profile
) -> None:
    layout = Layout(papers.PERSON, papers.TITLE, 2026, initials=2)
    places = prepare(issued.source, tmp_path / "0.pdf", layout).initials
    key, paper = profile.keystore.key(PERSON_KEY), tmp_path / "0.pdf"
    for number, case in enumerate((Case.INITIALS, Case.INITIALS, Case.PERSON), 1):
        paper = put(paper, tmp_path / f"{number}.pdf", Wish(case, BLUE), key, profile)
    with pytest.raises(SigningRefused, match=r"order\.initials_after_person"):
        put(paper, tmp_path / "wrong.pdf", Wish(Case.INITIALS, BLUE), key, profile)
    fill_number(paper, tmp_path / "4.pdf", "5", ISSUED_ON)
    seal_organisation(tmp_path / "4.pdf", tmp_path / "5.pdf", AGENCY_KEY, profile, RED)

    verdict = verify(tmp_path / "5.pdf", profile.trust, BOTH)
    assert len(set(places)) == 2
    assert (verdict.outcome, len(verdict.signatures), by_poppler(tmp_path / "5.pdf")) == (Outcome.VALID, 4, 4)


@pytest.mark.parametrize(("last", "beside"), [("báo cáo./.", 1), ("đúng hạn. " * 12, 0), ("báo cáo.", 1)])
def test_initials_stand_behind_the_last_words_or_else_beside_the_recipients(
    last: str, beside: int, tmp_path: Path
) -> None:
    words = papers.Words(75 if beside else 105, 180, last)
    paper = papers.printed(tmp_path / "a.pdf", (*papers.HEAD, words, *papers.CLOSE))

    [place] = prepare(paper, tmp_path / "b.pdf", Layout(papers.PERSON, papers.TITLE, 2026, initials=1)).initials

    height = (297 - (180 if beside else 190)) * papers.MM
    assert place[1] < height < place[3]
    assert place[0] > 60 * papers.MM


@needs("pdfsig", "pdftotext")
@pytest.mark.parametrize("case", [Case.ATTACHMENT, Case.COPY, Case.DIGITISED])
def test_an_annex_a_copy_and_a_scan_say_at_the_top_right_what_the_decree_asks(
    case: Case, issued: Issued, tmp_path: Path, profile: Profile
) -> None:
    wish = Wish(case, RED if case is Case.DIGITISED else None, Shown(DEFAULTS[case], VALUES))
    signed = put(issued.source, tmp_path / "a.pdf", wish, profile.keystore.key(AGENCY_KEY), profile)

    verdict = verify(signed, profile.trust, Policy(expected=frozenset({Kind.ORGANISATION})))
    with signed.open("rb") as stream:
        claimed = PdfFileReader(stream).embedded_regular_signatures[0].self_reported_timestamp
    assert claimed is not None
    # Poppler reads what signature fields show; in the upper right twelfth of A4 stands nothing else.
    window = ["-l", "1", "-x", "300", "-y", "0", "-W", "295", "-H", "45"]
    command = ["pdftotext", *window, str(signed), "-"]
    corner = " ".join(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    moment = claimed.astimezone(VIETNAM).isoformat(timespec="seconds")
    expected = {
        Case.ATTACHMENT: f"05/QĐ-UBND; {moment}",
        Case.COPY: f"SAO Y; {papers.AGENCY}; {moment}",
        Case.DIGITISED: f"{papers.AGENCY} {moment}",
    }
    assert corner == expected[case]
    assert moment.endswith("+07:00")
    assert (verdict.outcome, by_poppler(signed)) == (Outcome.VALID, 1)
    assert verdict.archived_at, "what is kept must be provable when its certificates have ended"


def test_a_seal_of_real_size_covers_as_little_of_a_scan_as_the_corner_allows(tmp_path: Path) -> None:
    head = (*papers.HEAD, papers.Words(110, 60, "Kính gửi: Ủy ban nhân dân các xã, thị trấn trên địa bàn huyện"))
    scan = papers.scanned(papers.printed(tmp_path / "a.pdf", head))
    place = corner(scan, DEFAULTS[Case.DIGITISED], [papers.AGENCY, "2026-11-27T09:00:00+07:00"])

    with pdfium.PdfDocument(scan) as document:
        seen = ink(document, 0)
    assert place.picture is not None
    left, bottom, right, top = place.picture
    highest = (left, place.words[1] - (top - bottom), right, place.words[1])
    assert seen.bounds(place.words) is None
    assert seen.amount(place.picture) < seen.amount(highest) / 2
    assert right - left == pytest.approx(36 * papers.MM)


def test_a_unit_has_a_template_of_its_own_and_a_hostile_one_is_refused() -> None:
    display = unpacked({"lines": ["{agency}", "Số: {reference}"], "size": 9, "picture": 0})

    assert unpacked(display.packed()) == display
    for lines in (["{time.__class__}"], ["{secret}"], ["{agency!r}"], ["{agency:>9999999}"], ["{"], [], ["a"] * 9):
        with pytest.raises(SigningRefused, match=r"display\."):
            unpacked({"lines": lines, "size": 10, "picture": 0})
    with pytest.raises(SigningRefused, match=r"display\.size"):
        Display(("a",), size=99)
    with pytest.raises(SigningRefused, match=r"display\.value_missing"):
        Shown(display, {"agency": papers.AGENCY, "reference": " "}).lines(datetime.now(UTC))


def test_a_raw_signature_outlives_a_silent_authority_and_the_key_signs_once(
    issued: Issued, tmp_path: Path, profile: Profile
) -> None:
    key = CountingKey(profile.keystore.key(PERSON_KEY))
    silent = Profile("silent", profile.keystore, http_timestamper("http://127.0.0.1:9/", 2), profile.trust)
    prepared, target = tmp_path / "p.pdf", tmp_path / "t.pdf"
    pending = phases.begin(issued.prepared, prepared, Wish(Case.PERSON, BLUE), key, silent)
    raw = key.sign([pending.to_sign])[0]
    with pytest.raises(SigningUnavailable, match=r"timestamp\.unavailable"):
        phases.finish(prepared, target, pending, raw, silent)
    assert not target.exists()

    phases.finish(prepared, target, pending_again(pending.packed()), raw, profile)

    assert (verify(target, profile.trust).outcome, key.used) == (Outcome.VALID, 1)


def test_a_signature_of_another_key_or_another_file_is_never_put_in(
    issued: Issued, tmp_path: Path, profile: Profile
) -> None:
    key, prepared = profile.keystore.key(PERSON_KEY), tmp_path / "p.pdf"
    pending = phases.begin(issued.prepared, prepared, Wish(Case.PERSON, BLUE), key, profile)
    raw = key.sign([pending.to_sign])[0]
    for wrong in (raw[:-1] + bytes([raw[-1] ^ 1]), profile.keystore.key(AGENCY_KEY).sign([pending.to_sign])[0], b""):
        with pytest.raises(SigningRefused, match=r"key\.signature_wrong"):
            phases.finish(prepared, tmp_path / "t.pdf", pending, wrong, profile)
    prepared.write_bytes(prepared.read_bytes() + b"\n")
    with pytest.raises(SigningRefused, match=r"source\.changed"):
        phases.finish(prepared, tmp_path / "t.pdf", pending, raw, profile)


def test_a_drawn_picture_goes_with_no_real_certificate(issued: Issued, tmp_path: Path, profile: Profile) -> None:
    authority = Authority("CA", rsa.generate_private_key(65537, 2048))
    key = authority.key_of({"COMMON_NAME": papers.PERSON})

    with pytest.raises(SigningRefused, match=r"appearance\.missing"):
        phases.begin(issued.prepared, tmp_path / "p.pdf", Wish(Case.PERSON, BLUE), key, authority.profile(key))


def test_a_file_that_is_no_pdf_has_its_signature_beside_it(tmp_path: Path, profile: Profile, pki: Path) -> None:
    sheet, signature = tmp_path / "so-lieu.xlsx", tmp_path / "so-lieu.xlsx.p7s"
    sheet.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 4000)
    detached.sign_file(sheet, signature, profile.keystore.key(AGENCY_KEY), profile)

    honest = detached.verify_file(sheet, signature, profile.trust)
    assert (honest.outcome, honest.signatures[0].kind) == (Outcome.VALID, Kind.ORGANISATION)
    assert honest.signatures[0].timestamped
    pending = detached.begin(sheet, profile.keystore.key(AGENCY_KEY), profile)
    assert _openssl(signature, sheet, tmp_path, pki) == "CAdES Verification successful"
    sheet.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 4001)
    assert detached.verify_file(sheet, signature, profile.trust).outcome is Outcome.INVALID
    raw = profile.keystore.key(AGENCY_KEY).sign([pending.to_sign])[0]
    with pytest.raises(SigningRefused, match=r"source\.changed"):
        detached.finish(sheet, signature, pending_again(pending.packed()), raw, profile)
    assert detached.verify_file(sheet, sheet, profile.trust).outcome is Outcome.INVALID


def test_what_can_no_longer_be_proven_is_not_archived_but_signed(
    issued: Issued, tmp_path: Path, profile: Profile
) -> None:
    prepared, sealed, key = tmp_path / "p.pdf", tmp_path / "s.pdf", profile.keystore.key(AGENCY_KEY)
    pending = phases.begin(issued.numbered, prepared, Wish(Case.ORGANISATION, RED), key, profile)
    late = replace(profile, trust=replace(profile.trust, crls=()))

    done = phases.finish(prepared, sealed, pending, key.sign([pending.to_sign])[0], late)

    assert (pending.level, done.level) == ("B-LTA", "B-LT")
    assert (verify(sealed, profile.trust, BOTH).outcome, archive.stamped_until(sealed)) == (Outcome.VALID, None)


def test_a_long_chain_of_certificates_has_its_room(issued: Issued, tmp_path: Path) -> None:
    authority = Authority("CA", rsa.generate_private_key(65537, 2048))
    key = authority.key_of({"COMMON_NAME": papers.PERSON})
    key.chain = tuple(authority.key_of({"COMMON_NAME": f"CA {number}"}).certificate for number in range(30))
    look = Appearance(BLUE.image)

    signed = put(issued.prepared, tmp_path / "a.pdf", Wish(Case.PERSON, look), key, authority.profile(key))

    assert verify(signed, authority.trust()).outcome is Outcome.VALID


def test_an_archive_stamp_is_renewed_before_it_ages(issued: Issued, tmp_path: Path, profile: Profile) -> None:
    once, twice = tmp_path / "1.pdf", tmp_path / "2.pdf"
    assert archive.stamped_until(issued.signed) is None
    archive.renew(issued.sealed, once, profile)
    archive.renew(once, twice, profile)

    verdict = verify(twice, profile.trust, BOTH)
    assert archive.stamped_until(twice) == archive.stamped_until(issued.sealed)
    assert (verdict.outcome, len(verdict.archived_at)) == (Outcome.VALID, 3)


def _by_openssl(path: Path, number: int, folder: Path, pki: Path) -> str:
    """What OpenSSL says of one signature over the bytes it covers."""
    with path.open("rb") as stream:
        found = PdfFileReader(stream).embedded_regular_signatures[number]
        start, first, second, length = (int(value) for value in found.byte_range)
        stream.seek(0)
        data = stream.read()
        (folder / "covered").write_bytes(data[start : start + first] + data[second : second + length])
        (folder / "signature").write_bytes(found.pkcs7_content)
    return _openssl(folder / "signature", folder / "covered", folder, pki)


def _openssl(signature: Path, content: Path, folder: Path, pki: Path) -> str:
    roots = folder / "roots.pem"
    roots.write_bytes(b"".join(one.read_bytes() for one in sorted((pki / "trust/roots").iterdir())))
    assert pem.detect(roots.read_bytes())
    command = ["openssl", "cms", "-verify", "-cades", "-inform", "DER", "-in", str(signature), "-content", str(content)]
    command += ["-binary", "-CAfile", str(roots), "-purpose", "any", "-out", "/dev/null"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr.strip()
