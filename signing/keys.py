"""Private keys, and signers made of them: RSASSA-PSS with a salt of 32 bytes for RSA, ECDSA for elliptic curves.

Thông tư 15/2025/TT-BKHCN asks of signing software RSASSA-PSS with at least 2048 bits, or ECDSA with at least 256.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from asn1crypto import algos
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing import demo_pki
from signing.errors import SigningNotConfigured, SigningRefused

SALT = 32
"""Bytes, the length of SHA-256: some hardware refuses pyHanko's default of the longest possible salt."""


class Keystore(Protocol):
    """Where private keys are: files, a token, a remote service."""

    def signer(self, key_id: str) -> Signer:
        """The signer of one key. Errors: SigningRefused("key.*"), SigningNotConfigured."""
        ...


class KeySigner(Signer):
    """Signs with a key object held in memory: pyHanko's own signer parses the key, and signs twice, every time."""

    def __init__(self, key: demo_pki.PrivateKey, certificate: x509.Certificate, chain: list[x509.Certificate]) -> None:
        """Take a parsed key, its certificate and the intermediate certificates to embed."""
        registry = SimpleCertificateStore()
        registry.register_multiple([to_asn1(one) for one in chain])
        mechanism = pss_mechanism() if isinstance(key, rsa.RSAPrivateKey) else None
        super().__init__(
            signing_cert=to_asn1(certificate),
            cert_registry=registry,
            signature_mechanism=mechanism,
            embed_roots=False,
        )
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The raw signature over `data`; a dry run only measures, and costs no signature."""
        if digest_algorithm != "sha256":
            raise SigningRefused("key.digest_not_supported")
        if isinstance(self._key, rsa.RSAPrivateKey):
            if dry_run:
                return bytes(self._key.key_size // 8)
            scheme = padding.PSS(padding.MGF1(hashes.SHA256()), SALT)
            return self._key.sign(data, scheme, hashes.SHA256())
        if dry_run:
            return bytes(2 * ((self._key.key_size + 7) // 8) + 9)
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


class Pkcs12Keystore:
    """Key files `<directory>/<key_id>.p12`, opened once per process: for demonstrations and small installations."""

    def __init__(self, directory: Path, secret: bytes, *, production: bool = False) -> None:
        """Remember where the files are; nothing is opened yet. In production no demonstration key is taken."""
        self._directory = directory
        self._secret = secret
        self._production = production
        self._signers: dict[str, KeySigner] = {}

    def signer(self, key_id: str) -> Signer:
        """The signer of one key. Errors: SigningRefused("key.bad_id" | "key.unknown"), SigningNotConfigured."""
        if key_id not in self._signers:
            self._signers[key_id] = self._load(key_id)
        return self._signers[key_id]

    def _load(self, key_id: str) -> KeySigner:
        if not demo_pki.KEY_ID.fullmatch(key_id):
            raise SigningRefused("key.bad_id", key_id=key_id)
        try:
            data = (self._directory / f"{key_id}.p12").read_bytes()
        except FileNotFoundError as error:
            raise SigningRefused("key.unknown", key_id=key_id) from error
        return self._accept(load_p12(data, self._secret))

    def _accept(self, signer: KeySigner) -> KeySigner:
        if self._production and demo_pki.is_demo(from_asn1(signer.signing_cert)):
            raise SigningRefused("key.demo_in_production")
        return signer


class DemoKeystore(Pkcs12Keystore):
    """The keys of a demonstration infrastructure, and no others."""

    def __init__(self, directory: Path) -> None:
        """Open the store of a directory made by `demo_pki.create`. Errors: SigningNotConfigured."""
        super().__init__(directory / "keys", demo_pki.read_secret(directory))

    def _accept(self, signer: KeySigner) -> KeySigner:
        if not demo_pki.is_demo(from_asn1(signer.signing_cert)):
            raise SigningRefused("key.not_demo")
        return signer


def load_p12(data: bytes, secret: bytes) -> KeySigner:
    """A signer from PKCS#12 bytes. Errors: SigningNotConfigured("key.unreadable")."""
    try:
        key, certificate, chain = pkcs12.load_key_and_certificates(data, secret)
    except ValueError as error:
        raise SigningNotConfigured("key.unreadable") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) or certificate is None:
        raise SigningNotConfigured("key.unreadable")
    return KeySigner(key, certificate, chain)


def pss_mechanism() -> Any:
    """The algorithm identifier of RSASSA-PSS with SHA-256 and a salt of 32 bytes."""
    digest = algos.DigestAlgorithm({"algorithm": "sha256"})
    mask = algos.MaskGenAlgorithm({"algorithm": "mgf1", "parameters": digest})
    parameters = algos.RSASSAPSSParams({"hash_algorithm": digest, "mask_gen_algorithm": mask, "salt_length": SALT})
    return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})


def to_asn1(certificate: x509.Certificate) -> Any:
    """The same certificate for pyHanko, which speaks asn1crypto."""
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def from_asn1(certificate: Any) -> x509.Certificate:
    """The same certificate for the cryptography library."""
    return x509.load_der_x509_certificate(certificate.dump())
