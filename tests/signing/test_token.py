"""Keys on a token: what they sign is believed, what goes wrong has a name, and no login serves anybody else."""

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from signing.demo_pki import MARK, PrivateKey
from signing.errors import SigningNotConfigured, SigningRefused, SigningUnavailable
from signing.keys.token import TokenKey
from signing.validation import verify
from signing.verdict import Outcome
from tests.needs import needs
from tests.signing import papers, whole
from tests.signing.authority import DAY, Authority
from tests.signing.hsm import MODULE, PIN, Hsm, make_hsm, needs_softhsm

pytestmark = needs_softhsm
needs_compiler = needs("cc")
SOMEBODY = {"COMMON_NAME": papers.PERSON, "ORGANIZATION_NAME": papers.AGENCY}
AN_AGENCY = {"COMMON_NAME": papers.AGENCY, "ORGANIZATION_NAME": papers.AGENCY}
DIGEST = hashlib.sha256(b"a document").digest()
LIMIT = 5.0


@dataclass(frozen=True)
class Desk:
    """A token with a key for every algorithm, and whoever issued their certificates."""

    hsm: Hsm
    authority: Authority


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    authority = Authority("Cơ quan chứng thực thử", _rsa(2048))
    hsm = make_hsm(tmp_path_factory.mktemp("desk") / "hsm")
    kinds: dict[str, PrivateKey] = {
        "P-256": ec.generate_private_key(ec.SECP256R1()),
        "RSA-2048": _rsa(2048),
        "RSA-3072": _rsa(3072),
    }
    for at, (label, key) in enumerate(kinds.items()):
        subject = AN_AGENCY if label == "RSA-2048" else SOMEBODY
        certificates = [authority.key_of(subject, key=key).certificate, *([] if at else [authority.root])]
        hsm.put(label, key, certificates, identifier=f"0{at + 1}")
    return Desk(hsm, authority)


@pytest.fixture
def hsm(tmp_path: Path) -> Hsm:
    """An empty token of one's own."""
    return make_hsm(tmp_path / "hsm")


@pytest.fixture
def stubborn(desk: Desk, tmp_path: Path) -> Hsm:
    """The same token behind a library that locks, hangs and talks."""
    library = tmp_path / "stubborn.so"
    source = Path(__file__).with_name("stubborn.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-w", "-o", library, source, "-ldl"], check=True, timeout=60)
    more = {"STUBBORN": str(tmp_path), "STUBBORN_MODULE": str(MODULE)}
    return replace(desk.hsm, module=library, more=more)


@papers.needs_pdfsig
@pytest.mark.parametrize("person", ["P-256", "RSA-3072"])
def test_a_paper_signed_and_sealed_by_a_token_is_valid_everywhere(desk: Desk, tmp_path: Path, person: str) -> None:
    own = desk.authority.profile(desk.hsm.keystore().key(person, PIN))
    agency = desk.authority.profile(desk.hsm.keystore().key("RSA-2048", PIN))

    paper = whole.sealed(tmp_path, own, agency)

    verdict = verify(paper, desk.authority.trust())
    assert verdict.outcome is Outcome.VALID, verdict.reasons
    assert whole.valid_for_poppler(paper) == len(verdict.signatures) == 2


def test_a_key_is_found_by_what_people_can_see_of_it(hsm: Hsm, desk: Desk, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    older = desk.authority.key_of(SOMEBODY, key=key).certificate
    newer = desk.authority.key_of(SOMEBODY, (-DAY, 30 * DAY), key).certificate
    hsm.put("Khóa ký số", key, identifier="0a1b")
    with pytest.raises(SigningRefused, match=r"key\.no_certificate"):
        hsm.keystore().key("Khóa ký số", PIN)

    hsm.put_certificate("Nguyễn Văn An", older, identifier="0a1b")
    hsm.put_certificate("Nguyễn Văn An (2)", newer, identifier="0a1b")
    for name in ("Khóa ký số", "id=0A1B", "Nguyễn Văn An"):
        found = hsm.keystore().key(name, PIN)
        assert found.certificate == newer
        assert len(found.sign([DIGEST])) == 1

    (tmp_path / "beside").mkdir()
    pem = older.public_bytes(Encoding.PEM) + desk.authority.root.public_bytes(Encoding.PEM)
    (tmp_path / "beside/signer.pem").write_bytes(pem)
    hsm.put("signer", ec.generate_private_key(ec.SECP256R1()), identifier="0c")
    beside = hsm.keystore(certificates=tmp_path / "beside").key("signer", PIN)
    assert (beside.certificate, beside.chain) == (older, ())

    hsm.put("signer", ec.generate_private_key(ec.SECP256R1()), identifier="0d")
    for name, code in {"signer": "ambiguous", "nobody": "unknown", "id=ff": "unknown", "": "bad_id"}.items():
        with pytest.raises(SigningRefused, match=rf"key\.{code}$"):
            hsm.keystore().key(name, PIN)


def test_a_token_may_ask_for_its_pin_at_every_signature_and_weak_keys_are_refused(hsm: Hsm, desk: Desk) -> None:
    key, weak = ec.generate_private_key(ec.SECP256R1()), _rsa(1024)
    hsm.put("careful", key, [desk.authority.key_of(SOMEBODY, key=key).certificate], every_time=True)
    hsm.put("weak", weak, [desk.authority.key_of(SOMEBODY, key=weak).certificate], identifier="02")

    assert len(hsm.keystore().key("careful", PIN).sign([DIGEST, DIGEST])) == 2
    assert _refusal(hsm.keystore().key, "weak", PIN) == "key.too_weak"


def test_production_refuses_a_demonstration_key_on_a_token(hsm: Hsm, desk: Desk) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = {**SOMEBODY, "ORGANIZATIONAL_UNIT_NAME": MARK}
    hsm.put("demo", key, [desk.authority.key_of(subject, key=key).certificate])

    assert hsm.keystore().key("demo", PIN).certificate
    assert _refusal(hsm.keystore(production=True).key, "demo", PIN) == "key.demo_in_production"


@needs_compiler
def test_a_wrong_pin_is_tried_once_and_the_last_try_is_told(stubborn: Hsm, tmp_path: Path) -> None:
    store = stubborn.keystore()
    assert _refusal(store.key, "P-256", None) == "key.pin_missing"
    assert not (tmp_path / "tries").exists()

    for tries, code in enumerate(["key.pin_wrong", "key.pin_last_try", "key.pin_locked"], start=1):
        assert _refusal(store.key, "P-256", "00000000") == code
        assert (tmp_path / "tries").read_text() == str(tries)

    assert _refusal(store.key, "P-256", PIN) == "key.pin_locked"
    (tmp_path / "tries").write_text("0")
    assert len(store.key("P-256", PIN).sign([DIGEST])) == 1


def test_two_users_of_one_token_never_share_a_login(desk: Desk) -> None:
    first = desk.hsm.keystore().key("P-256", PIN)

    assert _refusal(desk.hsm.keystore().key, "P-256", "00000000") == "key.pin_wrong"
    assert _refusal(desk.hsm.keystore().key, "P-256", None) == "key.pin_missing"
    second = desk.hsm.keystore().key("P-256", PIN)
    assert first.child.pid != second.child.pid
    assert len(first.sign([DIGEST])) == len(second.sign([DIGEST])) == 1


@needs_compiler
def test_a_library_that_hangs_costs_its_time_and_no_more(stubborn: Hsm, tmp_path: Path) -> None:
    key = stubborn.keystore(patience=LIMIT).key("P-256", PIN)
    (tmp_path / "hang").touch()
    began = time.monotonic()

    with pytest.raises(SigningUnavailable, match=r"key\.too_slow"):
        key.sign([DIGEST])

    assert time.monotonic() - began < LIMIT + 3
    assert not _lives(key)
    (tmp_path / "hang").unlink()
    with pytest.raises(SigningUnavailable, match=r"key\.unavailable"):
        key.sign([DIGEST])
    assert len(stubborn.keystore().key("P-256", PIN).sign([DIGEST])) == 1


@needs_compiler
def test_a_token_that_is_pulled_out_is_missed_by_name(stubborn: Hsm, hsm: Hsm, tmp_path: Path) -> None:
    key = stubborn.keystore().key("P-256", PIN)
    (tmp_path / "gone").touch()

    assert _refusal(key.sign, [DIGEST]) == "key.absent"
    hsm.pull()
    assert _refusal(hsm.keystore().key, "P-256", PIN) == "key.absent"
    with pytest.raises(SigningNotConfigured, match=r"key\.module_missing"):
        replace(hsm, module=tmp_path / "none.so").keystore().key("P-256", PIN)


def test_a_login_ends_when_it_is_killed_unused_or_forgotten(desk: Desk) -> None:
    killed = desk.hsm.keystore().key("P-256", PIN)
    os.kill(killed.child.pid, signal.SIGKILL)
    with pytest.raises(SigningUnavailable, match=r"key\.unavailable"):
        killed.sign([DIGEST])

    unused = desk.hsm.keystore(idle=0.2).key("P-256", PIN)
    _wait_for_the_end_of(unused)
    with pytest.raises(SigningUnavailable, match=r"key\.unavailable"):
        unused.sign([DIGEST])

    forgotten = desk.hsm.keystore().key("P-256", PIN)
    number = forgotten.child.pid
    assert len(forgotten.sign([DIGEST])) == 1
    del forgotten
    assert not Path(f"/proc/{number}").exists()


def _refusal(act: Callable[..., object], *given: object) -> str:
    with pytest.raises(SigningRefused) as refused:
        act(*given)
    return refused.value.code


def _wait_for_the_end_of(key: TokenKey) -> None:
    until = time.monotonic() + 30
    while ") Z" not in Path(f"/proc/{key.child.pid}/stat").read_text() and time.monotonic() < until:
        time.sleep(0.05)


def _lives(key: TokenKey) -> bool:
    return Path(f"/proc/{key.child.pid}").exists()


def _rsa(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)
