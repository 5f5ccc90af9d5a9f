"""Puts a key and its certificates onto a token; a program of its own, because a library can be opened only once."""

import json
import sys
from typing import Any

import pkcs11
from asn1crypto import x509
from pkcs11 import Attribute, CertificateType, ObjectClass
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key


def main() -> None:
    job: dict[str, Any] = json.load(sys.stdin)
    token = pkcs11.lib(job["module"]).get_token(token_label=job["token"])
    with token.open(rw=True, user_pin=job["pin"]) as session:
        names = {Attribute.LABEL: job["label"], Attribute.ID: bytes.fromhex(job["id"]), Attribute.TOKEN: True}
        if "key" in job:
            manners = {Attribute.SENSITIVE: True, Attribute.ALWAYS_AUTHENTICATE: job["every_time"]}
            use = {Attribute.SIGN: True, Attribute.PRIVATE: True}
            session.create_object({**_parts(bytes.fromhex(job["key"])), **names, **use, **manners})
        for at, one in enumerate(map(bytes.fromhex, job["certificates"])):
            others = {Attribute.LABEL: f"above {at}", Attribute.ID: bytes([255, at]), Attribute.TOKEN: True}
            session.create_object({**_certificate(one), **(others if at else names)})


def _parts(der: bytes) -> dict[Attribute, Any]:
    try:
        found: dict[Attribute, Any] = decode_rsa_private_key(der)
    except ValueError:
        found = decode_ec_private_key(der)
    return found


def _certificate(der: bytes) -> dict[Attribute, Any]:
    certificate = x509.Certificate.load(der)
    return {
        Attribute.CLASS: ObjectClass.CERTIFICATE,
        Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
        Attribute.SUBJECT: certificate.subject.dump(),
        Attribute.ISSUER: certificate.issuer.dump(),
        Attribute.SERIAL_NUMBER: certificate["tbs_certificate"]["serial_number"].dump(),
        Attribute.VALUE: der,
    }


if __name__ == "__main__":
    main()
