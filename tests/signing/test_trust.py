"""Whose signatures count: issuers, dates, revocation, time stamps, and the wall between trial and production."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12

from signing import demo_pki, profiles, trust
from signing.appearance import Appearance, demo_signature
from signing.certificates import KindRule
from signing.errors import SigningNotConfigured, SigningRefused, TrustRefused
from signing.keys.files import DemoKeystore, Pkcs12Keystore
from signing.profiles import Profile
from signing.sign import sign_person
from signing.signer import to_asn1
from signing.trust import TrustStore
from signing.validation import verify
from signing.verdict import Kind, Outcome, SignatureVerdict
from tests.signing import papers
from tests.signing.authority import DAY, Authority, serial_of
from tests.signing.conftest import PERSON_KEY, Issued

SOMEBODY = {"COMMON_NAME": "Trần Thị Bình", "ORGANIZATION_NAME": papers.AGENCY}
BLUE = Appearance(demo_signature(PERSON_KEY).image)


@pytest.fixture(scope="session")
def stamp_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def authority(stamp_key: rsa.RSAPrivateKey) -> Authority:
    return Authority("Cơ quan chứng thực thử", stamp_key)


@pytest.fixture(scope="session")
def stranger(stamp_key: rsa.RSAPrivateKey) -> Authority:
    return Authority("Cơ quan chứng thực lạ", stamp_key)


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who signs without looking at the certificate first, as an attacker would."""

    async def look_away(*_: Any) -> None:
        return None

    monkeypatch.setattr("signing.certificates.check_before_signing", look_away)


class Desk:
    """Signs a prepared paper, and has it judged."""

    def __init__(self, prepared: Path, folder: Path) -> None:
        self._prepared, self._signed = prepared, folder / "signed.pdf"

    def sign(self, profile: Profile) -> None:
        """Put a personal signature on."""
        sign_person(self._prepared, self._signed, "whoever", profile, BLUE)

    def judge(self, store: TrustStore, at: datetime | None = None) -> SignatureVerdict:
        """The verdict on that signature."""
        found = verify(self._signed, store, at=at)
        assert found.outcome is found.signatures[0].verdict
        return found.signatures[0]


@pytest.fixture
def desk(issued: Issued, tmp_path: Path) -> Desk:
    return Desk(issued.prepared, tmp_path)


def test_a_certificate_of_a_trusted_issuer_is_believed(desk: Desk, authority: Authority) -> None:
    desk.sign(authority.profile(authority.key_of(SOMEBODY)))

    found = desk.judge(authority.trust())

    assert (found.verdict, found.reason, found.demo) == (Outcome.VALID, None, False)
    assert found.signer == "Trần Thị Bình"


def test_an_unknown_issuer_is_not_believed(desk: Desk, authority: Authority, stranger: Authority) -> None:
    desk.sign(authority.profile(authority.key_of(SOMEBODY)))

    found = desk.judge(stranger.trust())

    assert (found.verdict, found.reason) == (Outcome.INDETERMINATE, "verification.unknown_issuer")


def test_a_demonstration_certificate_counts_for_nothing_elsewhere(issued: Issued, authority: Authority) -> None:
    found = verify(issued.sealed, authority.trust())

    assert found.outcome is Outcome.INVALID
    assert found.reasons == ("verification.demo_certificate",)


def test_a_signature_outlives_its_certificate_when_it_was_stamped(desk: Desk, authority: Authority) -> None:
    later = datetime.now(UTC) + 10 * DAY
    desk.sign(authority.profile(authority.key_of(SOMEBODY)))

    assert desk.judge(authority.trust(at=later), at=later).verdict is Outcome.VALID


def test_without_a_stamp_it_dies_with_its_certificate(desk: Desk, authority: Authority) -> None:
    later = datetime.now(UTC) + 10 * DAY
    desk.sign(authority.profile(authority.key_of(SOMEBODY), stamped=False))

    now, then = desk.judge(authority.trust()), desk.judge(authority.trust(at=later), at=later)

    assert (now.verdict, now.timestamped) == (Outcome.VALID, False)
    assert (then.verdict, then.reason) == (Outcome.INDETERMINATE, "verification.expired_time_unknown")


@pytest.mark.parametrize(
    ("valid", "reason"),
    [((-9 * DAY, -DAY), "certificate_expired"), ((DAY, 9 * DAY), "certificate_not_yet_valid")],
)
@pytest.mark.usefixtures("careless")
def test_a_signature_outside_the_dates_of_its_certificate_is_invalid(
    valid: tuple[timedelta, timedelta], reason: str, desk: Desk, authority: Authority
) -> None:
    desk.sign(authority.profile(authority.key_of(SOMEBODY, valid)))

    found = desk.judge(authority.trust())

    assert (found.verdict, found.reason) == (Outcome.INVALID, f"verification.{reason}")


@pytest.mark.parametrize(("hours", "verdict"), [(-2, Outcome.INVALID), (2, Outcome.VALID)])
def test_revocation_counts_from_its_date(hours: int, verdict: Outcome, desk: Desk, authority: Authority) -> None:
    key = authority.key_of(SOMEBODY)
    later = datetime.now(UTC) + DAY / 2
    desk.sign(authority.profile(key))

    revoked = {serial_of(key): datetime.now(UTC) + timedelta(hours=hours)}
    found = desk.judge(authority.trust(revoked=revoked, at=later), at=later)

    assert found.verdict is verdict
    assert found.reason == (None if verdict is Outcome.VALID else "verification.certificate_revoked")


def test_a_revoked_signature_without_a_stamp_proves_nothing(desk: Desk, authority: Authority) -> None:
    key = authority.key_of(SOMEBODY)
    desk.sign(authority.profile(key, stamped=False))

    revoked = {serial_of(key): datetime.now(UTC) - timedelta(hours=1)}
    found = desk.judge(authority.trust(revoked=revoked))

    assert (found.verdict, found.reason) == (Outcome.INDETERMINATE, "verification.revoked_time_unknown")


def test_silence_about_revocation_is_no_proof(desk: Desk, authority: Authority) -> None:
    desk.sign(authority.profile(authority.key_of(SOMEBODY)))

    found = desk.judge(authority.trust(lists=False))

    assert (found.verdict, found.reason) == (Outcome.INDETERMINATE, "verification.revocation_unknown")


def test_a_stamp_of_a_stranger_is_no_proof(desk: Desk, authority: Authority, stranger: Authority) -> None:
    gullible = replace(authority.trust(), timestamp_roots=stranger.trust().roots)
    profile = authority.profile(authority.key_of(SOMEBODY))
    desk.sign(replace(profile, timestamper=stranger.timestamper, trust=gullible))

    found = desk.judge(authority.trust())

    assert found.verdict is Outcome.INDETERMINATE
    assert found.reason == "verification.timestamp_untrusted"
    assert not found.timestamped


def test_a_short_key_is_no_proof(desk: Desk, authority: Authority) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - that is the point
    desk.sign(authority.profile(authority.key_of(SOMEBODY, key=weak)))

    found = desk.judge(authority.trust())

    assert (found.verdict, found.reason) == (Outcome.INDETERMINATE, "verification.weak_algorithm")


@pytest.mark.parametrize(("valid", "reason"), [((-9 * DAY, -DAY), "expired"), ((DAY, 9 * DAY), "not_yet_valid")])
def test_nobody_signs_outside_the_dates_of_a_certificate(
    valid: tuple[timedelta, timedelta], reason: str, desk: Desk, authority: Authority
) -> None:
    with pytest.raises(SigningRefused, match=rf"key\.{reason}"):
        desk.sign(authority.profile(authority.key_of(SOMEBODY, valid)))


def test_nobody_signs_with_a_certificate_of_a_stranger(desk: Desk, authority: Authority, stranger: Authority) -> None:
    profile = authority.profile(stranger.key_of(SOMEBODY))

    with pytest.raises(SigningRefused, match=r"key\.untrusted"):
        desk.sign(profile)


def test_nobody_signs_with_a_revoked_certificate(desk: Desk, authority: Authority) -> None:
    key = authority.key_of(SOMEBODY)
    revoked = {serial_of(key): datetime.now(UTC) - timedelta(hours=1)}
    profile = authority.profile(key)

    with pytest.raises(SigningRefused, match=r"key\.revoked"):
        desk.sign(Profile("test", profile.keystore, profile.timestamper, authority.trust(revoked=revoked)))


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ({"COMMON_NAME": papers.AGENCY}, Kind.ORGANISATION),
        ({"COMMON_NAME": "Chi cục Văn thư", "ORGANIZATION_NAME": "Sở Nội vụ"}, Kind.ORGANISATION),
        ({"COMMON_NAME": "Công ty A", "ORGANIZATION_NAME": "Công ty A"}, Kind.ORGANISATION),
        ({"COMMON_NAME": "Trần Thị Bình", "USER_ID": "MST:4300123456"}, Kind.ORGANISATION),
        ({"COMMON_NAME": "Trần Thị Bình", "USER_ID": "CCCD:051100000001"}, Kind.PERSON),
        ({"COMMON_NAME": "Trần Thị Bình"}, Kind.UNKNOWN),
    ],
)
def test_a_certificate_tells_a_person_from_an_agency(subject: dict[str, str], kind: Kind, authority: Authority) -> None:
    assert KindRule().kind(to_asn1(authority.key_of(subject).certificate)) is kind


def test_production_refuses_a_demonstration_profile(pki: Path) -> None:
    with pytest.raises(TrustRefused, match=r"trust\.demo_in_production"):
        profiles.load(pki, production=True)


def test_production_refuses_a_demonstration_root_in_any_profile(pki: Path, tmp_path: Path) -> None:
    shutil.copytree(pki, tmp_path / "pki")
    settings = 'kind = "pkcs12"\n[timestamp]\nurl = "http://tsa.example/"\n'
    (tmp_path / "pki/profile.toml").write_text(settings, "utf-8")

    with pytest.raises(TrustRefused, match=r"trust\.demo_in_production"):
        profiles.load(tmp_path / "pki", production=True)


def test_production_refuses_a_demonstration_key(pki: Path, tmp_path: Path) -> None:
    data, secret = (pki / f"keys/{PERSON_KEY}.p12").read_bytes(), demo_pki.read_secret(pki).decode()
    Pkcs12Keystore(tmp_path / "keys", tmp_path).store(PERSON_KEY, data, secret)
    store = Pkcs12Keystore(tmp_path / "keys", tmp_path, production=True)

    with pytest.raises(SigningRefused, match=r"key\.demo_in_production"):
        store.key(PERSON_KEY, secret)
    with pytest.raises(SigningRefused, match=r"key\.demo_in_production"):
        store.store("another", data, secret)


def test_a_demonstration_refuses_a_real_key(pki: Path, tmp_path: Path, authority: Authority) -> None:
    shutil.copytree(pki, tmp_path / "pki")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    real = authority.key_of(SOMEBODY, key=key).certificate
    secret = BestAvailableEncryption(demo_pki.read_secret(pki))
    (tmp_path / "pki/keys/real.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(b"real", key, real, None, secret)
    )

    with pytest.raises(SigningRefused, match=r"key\.not_demo"):
        DemoKeystore(tmp_path / "pki").key("real")


def test_real_roots_are_accepted_in_production(tmp_path: Path, authority: Authority) -> None:
    (tmp_path / "roots").mkdir()
    (tmp_path / "roots/root.pem").write_bytes(authority.root.public_bytes(Encoding.PEM))

    assert not trust.load(tmp_path, production=True).demo


@pytest.mark.parametrize("content", ["", "kind = 7", 'kind = "other"', "kind = ", 'kind = "pkcs12"'])
def test_nothing_is_signed_with_a_profile_that_makes_no_sense(content: str, tmp_path: Path) -> None:
    (tmp_path / "profile.toml").write_text(content, "utf-8")

    with pytest.raises(SigningNotConfigured):
        profiles.load(tmp_path, production=False)


def test_nothing_is_signed_without_a_profile(tmp_path: Path) -> None:
    with pytest.raises(SigningNotConfigured, match=r"signing\.not_configured"):
        profiles.load(tmp_path, production=False)


@pytest.mark.parametrize("key_id", ["../secret", "", "a/b", "a" * 101, ".hidden"])
def test_a_key_is_named_by_a_plain_word(key_id: str, profile: Profile) -> None:
    with pytest.raises(SigningRefused, match=r"key\.bad_id"):
        profile.keystore.key(key_id)


def test_an_unknown_key_is_refused(profile: Profile) -> None:
    with pytest.raises(SigningRefused, match=r"key\.unknown"):
        profile.keystore.key("nobody")


def test_every_demonstration_certificate_says_so(profile: Profile) -> None:
    key = profile.keystore.key(PERSON_KEY)

    assert demo_pki.MARK in key.certificate.subject.rfc4514_string()
