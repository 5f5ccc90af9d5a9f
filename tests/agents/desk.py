"""What a program on the user's machine does with a whole file: sign it with a key, in a field it finds or makes."""

import asyncio
import hashlib
import io
from typing import Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter

from signing.keys.protocol import Key
from signing.signer import AbsentSigner

OWN_FIELD = "Signature1"


class Pen(AbsentSigner):
    """A key as the library wants it."""

    def __init__(self, key: Key) -> None:
        """Take a key of ours."""
        super().__init__(key)
        self._key = key

    async def async_sign_raw(self, data: bytes, *_: Any, **__: Any) -> bytes:
        """The raw signature."""
        return self._key.sign([hashlib.sha256(data).digest()])[0]


def signed(data: bytes, key: Key, field: str = OWN_FIELD, *, timestamper: Any = None, box: bool = True) -> bytes:
    """The file with one more signature revision; a field that does not exist is made, where it can be seen."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    own = field == OWN_FIELD
    spec = SigFieldSpec(field, on_page=0, box=(350, 60, 500, 110) if box else None) if own else None
    meta = signers.PdfSignatureMetadata(field_name=field, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    output = io.BytesIO()
    signer = signers.PdfSigner(meta, Pen(key), timestamper=timestamper, new_field_spec=spec)
    asyncio.run(signer.async_sign_pdf(writer, existing_fields_only=not own, bytes_reserved=24_576, output=output))
    return output.getvalue()
