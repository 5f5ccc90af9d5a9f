"""What a signature says of itself: how it was made, and what exactly was signed; a lie makes it less than valid."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import algos, cms
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from signing import detached
from signing.verdict import Outcome, Verdict
from tests.signing.authority import Authority

_SAID = ("version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature")


@dataclass
class Desk:
    """A table with its signature beside it (RSASSA-PSS, SHA-256, a salt of 32 bytes)."""

    authority: Authority
    key: rsa.RSAPrivateKey
    table: Path
    signature: Path

    def judged(self) -> Verdict:
        """What is said of the two."""
        return detached.verify_file(self.table, self.signature, self.authority.trust())

    def rewrite(self, change: Callable[[dict[str, Any]], Any]) -> None:
        """Say something else of the signer, and leave out the time stamp."""
        content = cms.ContentInfo.load(self.signature.read_bytes())
        signer = content["content"]["signer_infos"][0]
        said = {name: signer[name] for name in _SAID}
        change(said)
        content["content"]["signer_infos"] = cms.SignerInfos([cms.SignerInfo(said)])
        self.signature.write_bytes(content.dump())

    def unprotect(self, said: dict[str, Any]) -> None:
        """Sign as many programs do, without an attribute that says how (RFC 6211)."""
        kept = [one for one in said["signed_attrs"] if one["type"].native != "cms_algorithm_protection"]
        said["signed_attrs"] = cms.CMSAttributes(kept)
        how = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        said["signature"] = self.key.sign(said["signed_attrs"].dump(), how, hashes.SHA256())


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    keys = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
    authority = Authority("Cơ quan chứng thực thử", keys[0])
    desk = Desk(authority, keys[1], folder / "table.xlsx", folder / "table.xlsx.p7s")
    desk.table.write_bytes(b"so lieu")
    key = authority.key_of({"COMMON_NAME": "Cán bộ thử"}, key=keys[1])
    detached.sign_file(desk.table, desk.signature, key, authority.profile(key))
    desk.rewrite(desk.unprotect)
    return desk


@pytest.fixture
def desk(furnished: Desk, tmp_path: Path) -> Desk:
    table, signature = (Path(shutil.copy(one, tmp_path)) for one in (furnished.table, furnished.signature))
    return replace(furnished, table=table, signature=signature)


def test_the_attributes_of_a_signature_are_not_a_file_that_was_signed(desk: Desk) -> None:
    assert desk.judged().outcome is Outcome.VALID
    signer = cms.ContentInfo.load(desk.signature.read_bytes())["content"]["signer_infos"][0]
    desk.table.write_bytes(signer["signed_attrs"].untag().dump())

    desk.rewrite(lambda said: said.pop("signed_attrs"))

    found = desk.judged()
    assert (found.outcome, found.reasons) == (Outcome.INDETERMINATE, ("verification.not_proven",))


def mechanism(digest: str = "sha256", mask: str = "sha256", **more: int) -> algos.SignedDigestAlgorithm:
    made = {"algorithm": "mgf1", "parameters": {"algorithm": mask}}
    parameters = {"hash_algorithm": {"algorithm": digest}, "mask_gen_algorithm": made, "salt_length": 32, **more}
    return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": algos.RSASSAPSSParams(parameters)})


LIES = {
    **{f"a salt of {salt}": mechanism(salt_length=salt) for salt in (0, 20, -1, -2, 10**9, 2**70)},
    "another trailer": mechanism(trailer_field=2),
    "SHA-1": mechanism("sha1"),
    "SHA-512": mechanism("sha512"),
    "a mask of SHA-1": mechanism(mask="sha1"),
    "no parameters": algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss"}),
    **{name: algos.SignedDigestAlgorithm({"algorithm": name}) for name in ("sha256_rsa", "sha256_ecdsa", "ed25519")},
}


@pytest.mark.parametrize("lie", LIES)
def test_nobody_lies_about_how_a_signature_was_made(lie: str, desk: Desk) -> None:
    desk.rewrite(lambda said: said.update(signature_algorithm=LIES[lie]))

    found = desk.judged()
    assert found.outcome is not Outcome.VALID
    assert found.reasons
