"""Makes the pictures of docs/screens of those the stories leave: `python -m tests.e2e.pictures FOLDER`."""

import sys
from pathlib import Path
from typing import Final

from PIL import Image

SCREENS: Final = Path(__file__).parents[2] / "docs" / "screens"
CHOSEN: Final = {
    "gallery": "studio-gallery-1280",
    "gallery-phone": "studio-gallery-360",
    "worklist": "studio-worklist-1280",
    "editor": "studio-editor-1280",
    "customise": "studio-customise-1280",
    "customise-phone": "studio-customise-360",
    "form-builder": "builder-1280",
    "table-editor": "table-1280",
    "try": "studio-try-1280",
    "changes": "studio-changes-1280",
    "affected": "studio-affected-1280",
    "summary": "studio-summary-1280",
    "rollout": "studio-rollout-1280",
    "conflict": "studio-conflict-1280",
    "heat": "studio-cases-1280",
    "what-if": "studio-what-if-1280",
    "road": "exchange-road-1280",
    "road-phone": "exchange-road-360",
    "recall": "exchange-recall-1280",
    "exchange": "exchange-index-1280",
    "held-back": "exchange-held-1280",
}
TALLEST: Final = 1400
COLOURS: Final = 128


def take(folder: Path) -> None:
    """Write each picture that was chosen: its top, in few colours, so that the repository stays small."""
    for name, source in CHOSEN.items():
        with Image.open(folder / "screenshots" / f"{source}.png") as picture:
            top = picture.convert("RGB").crop((0, 0, picture.width, min(picture.height, TALLEST)))
        top.quantize(COLOURS).save(SCREENS / f"{name}.png", optimize=True)


if __name__ == "__main__":
    take(Path(sys.argv[1]))
