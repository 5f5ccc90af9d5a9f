"""What a signature looks like on paper (NĐ 30/2020, Phụ lục I)."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True)
class Appearance:
    """An image with transparent ground, stretched over the signature field."""

    image: Image.Image

    @classmethod
    def from_png(cls, data: bytes) -> Appearance:
        """A person's scanned signature or an agency's seal, as uploaded. Errors: SigningRefused."""
        raise NotImplementedError


def demo_signature(key_id: str) -> Appearance:
    """A blue stroke that no person owns, different for each key, marked as a trial."""
    raise NotImplementedError


def demo_seal(agency: str) -> Appearance:
    """A red round seal of 36 mm with the agency's name, marked as a trial."""
    raise NotImplementedError
