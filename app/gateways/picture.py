"""Pictures of signatures and seals that people upload: opened in a child process with little memory and time."""

from pathlib import Path

from app.gateways import beside
from app.gateways.beside import Refusals

CHILD = beside.program("app.gateways.picture_child")
PATIENCE = 30.0
_REFUSALS = Refusals(r"appearance\.[a-z_]+", broken="appearance.not_an_image", costly="appearance.too_large")


def cleaned(path: Path, what: str, *, tint: bool) -> bytes:
    """The ink of a picture of a "signature" or a "seal" as PNG; `tint` gives it the colour it must have.

    Errors: Invalid "appearance.*", see `signing.image.clean`.
    """
    return beside.run(CHILD, (str(path.absolute()), what, "tint" if tint else ""), _REFUSALS, PATIENCE)
