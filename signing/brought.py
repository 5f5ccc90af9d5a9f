"""What a document brings along to prove its signatures: certificates, revocation lists and answers (DSS)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asn1crypto import crl, ocsp
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.validation import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.policy_decl import LocalKnowledge
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer


def evidence(reader: Any) -> LocalKnowledge:
    """The certificates, revocation lists and answers in the document (DSS); nothing when they cannot be read."""
    try:
        store = DocumentSecurityStore.read_dss(reader)
        lists = [CRLContainer(crl.CertificateList.load(data)) for data in _streams(store.crls, DecodePurpose.CRL)]
        answers = [
            answer
            for data in _streams(store.ocsps, DecodePurpose.OCSP_RESPONSE)
            for answer in OCSPContainer.load_multi(ocsp.OCSPResponse.load(data))
        ]
        return LocalKnowledge(known_certs=list(store.load_certs()), known_crls=lists, known_ocsps=answers)
    except (NoDSSFoundError, PdfError, ValueError, TypeError, KeyError, AttributeError):
        return LocalKnowledge()


def _streams(references: Any, purpose: DecodePurpose) -> Iterator[bytes]:
    return (one.get_object().read_data(purpose) for one in references)
