"""A file that comes back is the sent one and one signature by who was expected, or it is refused by name."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signing import demo_pki, profiles, returned
from signing.errors import SigningRefused
from signing.prepare import ORGANISATION, PERSON
from signing.profiles import Profile
from signing.returned import Expected
from signing.verdict import Kind
from tests.agents import desk
from tests.signing import forging
from tests.signing.conftest import AGENCY_KEY, PERSON_KEY, Bench, Issued
from tests.signing.forging import revised

Forge = Callable[[bytes, Profile], bytes]


def expected(profile: Profile, key_id: str = PERSON_KEY, field: str = PERSON) -> Expected:
    serial = f"{profile.keystore.key(key_id).certificate.serial_number:X}"
    kind = Kind.PERSON if field == PERSON else Kind.ORGANISATION
    return Expected(field, kind, serial, datetime.now(UTC) - timedelta(minutes=1))


def by_person(data: bytes, profile: Profile, field: str = PERSON) -> bytes:
    return desk.signed(data, profile.keystore.key(PERSON_KEY), field, timestamper=profile.timestamper)


@pytest.mark.parametrize("field", [PERSON, desk.OWN_FIELD], ids=["the prepared field", "a field of its own"])
def test_the_sent_file_with_one_signature_is_taken(field: str, issued: Issued, bench: Bench) -> None:
    back = bench.file(by_person(issued.prepared.read_bytes(), bench.profile, field))

    found = returned.check(issued.prepared, back, expected(bench.profile), bench.profile.trust)

    assert (found.field, found.timestamped) == (field, True)
    assert found.serial == expected(bench.profile).serial
    assert found.signed_at is not None


def test_an_agency_may_sign_elsewhere_after_the_person(issued: Issued, bench: Bench) -> None:
    key = bench.profile.keystore.key(AGENCY_KEY)
    back = bench.file(desk.signed(issued.numbered.read_bytes(), key, ORGANISATION))
    wish = expected(bench.profile, AGENCY_KEY, ORGANISATION)

    assert returned.check(issued.numbered, back, wish, bench.profile.trust).field == ORGANISATION


REFUSED: dict[str, tuple[str, Forge]] = {
    "as it was sent": ("returned.not_signed", lambda sent, _: sent),
    "another file": ("returned.other_file", lambda sent, profile: by_person(sent, profile).replace(b"%PDF", b"%PDG")),
    "a shorter file": ("returned.other_file", lambda sent, _: sent[:-20]),
    "no PDF at all": ("returned.other_file", lambda sent, _: b"x" * (len(sent) + 9)),
    "garbage behind": ("returned.damaged", lambda sent, _: sent + b"\n1 0 obj\nnull\nendobj\n"),
    "changed and not signed": ("returned.not_signed", lambda sent, _: revised(sent, forging.say_nothing)),
    "two signatures": (
        "returned.more_than_one",
        lambda sent, profile: by_person(by_person(sent, profile), profile, desk.OWN_FIELD),
    ),
    "in the field of the agency": (
        "returned.wrong_field",
        lambda sent, profile: by_person(sent, profile, ORGANISATION),
    ),
    "by somebody else": (
        "returned.wrong_person",
        lambda sent, profile: desk.signed(sent, profile.keystore.key(AGENCY_KEY), PERSON),
    ),
    "painted over first": (
        "returned.changed",
        lambda sent, profile: by_person(revised(sent, forging.paint_over), profile),
    ),
    "with a number filled in": (
        "returned.changed",
        lambda sent, profile: by_person(revised(sent, forging.set_field("VanBanSo", "99")), profile),
    ),
    "changed after": (
        "returned.changed",
        lambda sent, profile: revised(by_person(sent, profile), forging.stick_note),
    ),
    "with a flipped bit": ("returned.signature_wrong", lambda sent, profile: flipped(by_person(sent, profile))),
}


def flipped(data: bytes) -> bytes:
    """One digit of the signature's value changed: near the end of what is not padding."""
    hole = data[data.rindex(b"/Contents <") :]
    digits = hole[: hole.index(b">")].rstrip(b"0")
    at = data.rindex(b"/Contents <") + len(digits) - 40
    return data[:at] + (b"1" if data[at : at + 1] != b"1" else b"2") + data[at + 1 :]


@pytest.mark.parametrize(("code", "forge"), REFUSED.values(), ids=REFUSED.keys())
def test_anything_else_is_refused_by_name(code: str, forge: Forge, issued: Issued, bench: Bench) -> None:
    back = bench.file(forge(issued.prepared.read_bytes(), bench.profile))

    with pytest.raises(SigningRefused) as refusal:
        returned.check(issued.prepared, back, expected(bench.profile), bench.profile.trust)

    assert refusal.value.code == code


def test_a_certificate_nobody_trusts_and_one_of_the_wrong_time_are_refused(
    issued: Issued, bench: Bench, tmp_path: Path
) -> None:
    sent = issued.prepared.read_bytes()
    folder = tmp_path / "foreign"
    demo_pki.create(folder, [demo_pki.Subject(PERSON_KEY, "person", "Người lạ", "Nơi khác")])
    stranger = profiles.load(folder, production=False)
    foreign = bench.file(by_person(sent, stranger), "foreign.pdf")
    old = bench.file(by_person(sent, bench.profile), "old.pdf")
    wish = expected(bench.profile)
    later = Expected(wish.field, wish.kind, wish.serial, datetime.now(UTC) + timedelta(hours=1))

    with pytest.raises(SigningRefused, match=r"^returned\.certificate$"):
        returned.check(issued.prepared, foreign, wish, bench.profile.trust)
    with pytest.raises(SigningRefused, match=r"^returned\.earlier$"):
        returned.check(issued.prepared, old, later, bench.profile.trust)
