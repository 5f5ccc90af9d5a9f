"""pyHanko as it comes: what `bench signing` compares our signing and verifying with, and nothing else."""

from __future__ import annotations

import io
from pathlib import Path

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.validation import validate_pdf_signature

from signing.trust import TrustStore


class Library:
    """The library's default path: a key file opened once, documents read and written in memory."""

    def __init__(self, key_file: Path, secret: bytes) -> None:
        """Open a PKCS#12 file. Errors: ValueError."""
        signer = signers.SimpleSigner.load_pkcs12(key_file, passphrase=secret)
        if signer is None:
            raise ValueError(key_file)
        self._signer = signer

    def sign(self, source: Path, target: Path, field: str) -> None:
        """Sign one field that is there already."""
        writer = IncrementalPdfFileWriter(io.BytesIO(source.read_bytes()))
        meta = signers.PdfSignatureMetadata(field_name=field)
        target.write_bytes(signers.sign_pdf(writer, meta, self._signer, existing_fields_only=True).getvalue())


def verify(source: Path, trust: TrustStore) -> int:
    """Judge every signature of a file; how many are valid."""
    reader = PdfFileReader(io.BytesIO(source.read_bytes()))
    found = [
        validate_pdf_signature(one, trust.context(), trust.context(timestamps=True))
        for one in reader.embedded_regular_signatures
    ]
    return sum(status.bottom_line for status in found)
