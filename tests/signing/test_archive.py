"""Proofs that outlive certificates: archive time stamps, renewed before they age."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from signing import appearance, archive
from signing.appearance import Appearance
from signing.errors import SigningRefused
from signing.prepare import prepare
from signing.profiles import Profile
from signing.sign import sign_person
from signing.signer import to_asn1
from signing.timestamps import DemoTimeStamper
from signing.trust import TrustStore
from signing.validation import Policy, verify
from signing.verdict import Outcome
from tests.signing import papers
from tests.signing.authority import DAY, Authority
from tests.signing.conftest import LAYOUT, PERSON_KEY, Issued

BLUE = Appearance(appearance.demo_signature(PERSON_KEY).image)
SIGNER = {"COMMON_NAME": papers.PERSON, "SERIAL_NUMBER": "CCCD:001090000001"}


def _short_lived(authority: Authority, days: int) -> DemoTimeStamper:
    """A time-stamping authority whose certificate ends before those of others."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TSA short")])
    certificate = authority._certificate(name, key, (-DAY, days * DAY), stamping=True)
    return DemoTimeStamper(key, to_asn1(certificate), [to_asn1(authority.root)])


def _judged(path: Path, trust: TrustStore, days: int) -> Outcome:
    return verify(path, trust, Policy(), datetime.now(UTC) + days * DAY).outcome


def test_line_58_still_verifies_after_certificate_expiry(tmp_path: Path) -> None:
    authority = Authority("Cơ quan chứng thực", rsa.generate_private_key(public_exponent=65537, key_size=2048))
    profile = authority.profile(authority.key_of(SIGNER, valid=(-DAY, DAY)))
    ageing = Profile("ageing", profile.keystore, _short_lived(authority, 100), profile.trust)
    ready, signed, once, twice = (tmp_path / f"{name}.pdf" for name in ("ready", "signed", "once", "twice"))
    prepare(papers.letter(tmp_path / "letter.pdf"), ready, LAYOUT)
    sign_person(ready, signed, "any", ageing, BLUE)
    assert archive.stamped_until(signed) is None

    archive.renew(signed, once, ageing)
    ends = archive.stamped_until(once)
    assert ends is not None
    assert timedelta(days=99) < ends - datetime.now(UTC) < timedelta(days=101)
    archive.renew(once, twice, profile)

    def believing(days: int) -> TrustStore:
        return authority.trust(at=datetime.now(UTC) + days * DAY)

    assert _judged(once, believing(60), 60) is Outcome.VALID, "the signer's certificate has ended, the stamps' have not"
    assert _judged(once, believing(400), 400) is not Outcome.VALID, "every stamp aged and nobody renewed them"
    assert _judged(twice, believing(400), 400) is Outcome.VALID, "the second stamp proves the first in time"
    assert once.read_bytes().startswith(signed.read_bytes()), "what was signed is all there, byte by byte"
    assert twice.read_bytes().startswith(once.read_bytes())
    found = verify(twice, believing(400), Policy(), datetime.now(UTC) + 400 * DAY)
    assert [one.signer for one in found.signatures] == [papers.PERSON]
    assert len(found.archived_at) == 1, "the time that is proven today is the one of the stamp that holds today"


@papers.needs_pdfsig
def test_an_issued_letter_takes_an_archive_stamp_and_both_its_signatures_stay_valid(
    tmp_path: Path, issued: Issued, profile: Profile
) -> None:
    kept = tmp_path / "kept.pdf"
    archive.renew(issued.sealed, kept, profile)

    found = verify(kept, profile.trust)
    assert (found.outcome, len(found.signatures)) == (Outcome.VALID, 2)
    assert found.archived_at
    said = subprocess.run(["pdfsig", "-nocert", str(kept)], capture_output=True, text=True, check=False).stdout
    assert said.count("Signature is Valid.") >= 2, said


def test_what_proves_nothing_takes_no_stamp(tmp_path: Path, issued: Issued, profile: Profile) -> None:
    authority = Authority("Không có danh sách", rsa.generate_private_key(public_exponent=65537, key_size=2048))
    key = authority.key_of(SIGNER)
    blind = Profile("blind", authority.profile(key).keystore, authority.timestamper, authority.trust(lists=False))
    signed, junk = tmp_path / "signed.pdf", tmp_path / "junk.pdf"
    sign_person(issued.prepared, signed, "any", authority.profile(key), BLUE)
    junk.write_bytes(b"%PDF-1.7\nnothing")
    shutil.copyfile(issued.source, tmp_path / "plain.pdf")

    for source, code in (
        (signed, "archive.no_revocation_list"),
        (junk, "source.damaged"),
        (tmp_path / "plain.pdf", "archive.not_signed"),
    ):
        with pytest.raises(SigningRefused) as refusal:
            archive.renew(source, tmp_path / "out.pdf", blind)
        assert refusal.value.code == code
        assert not (tmp_path / "out.pdf").exists()
