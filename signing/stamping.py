"""A time stamp for a signature that came without one: it goes beside the signature, where no digest covers it."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from pathlib import Path
from typing import Any

from asn1crypto import cms
from pyhanko.pdf_utils.decode_limits import DecodeLimits
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import simple_cms_attribute

from signing import phases
from signing.errors import SigningRefused
from signing.profiles import Profile
from signing.source import written


def stamp(source: Path, target: Path, field: str, profile: Profile) -> None:
    """Copy a file whose signature in `field` was verified, with a time stamp for it (PAdES B-T).

    Errors: SigningUnavailable("timestamp.*"), SigningNotConfigured,
    SigningRefused("returned.no_room" | "source.damaged").
    """
    with phases.answered(), written(target):
        shutil.copyfile(source, target)
        with target.open("r+b") as stream:
            reader = PdfFileReader(stream, strict=True, decode_limits=DecodeLimits())
            found: Any = next(one for one in reader.embedded_signatures if one.field_name == field)
            hole, content = found.byte_range[1] + 1, found.pkcs7_content
            stamped = asyncio.run(_stamped(content, profile.stamper))
            if len(stamped) > len(content):
                raise SigningRefused("returned.no_room")
            stream.seek(hole)
            stream.write(stamped.ljust(len(content), b"\0").hex().encode())


async def _stamped(content: bytes, timestamper: Any) -> bytes:
    """The same signature with one more unsigned attribute."""
    info = cms.ContentInfo.load(content)
    signer = info["content"]["signer_infos"][0]
    digest = hashlib.sha256(signer["signature"].native).digest()
    token = await timestamper.async_timestamp(digest, "sha256")
    kept = list(signer["unsigned_attrs"] or ())
    signer["unsigned_attrs"] = cms.CMSAttributes([*kept, simple_cms_attribute("signature_time_stamp_token", token)])
    dumped: bytes = info.dump()
    return dumped
