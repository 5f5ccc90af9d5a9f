"""The font of stamps and filled fields: complete Vietnamese, 1000 units per em, SIL Open Font License."""

from pathlib import Path

_HERE = Path(__file__).parent

REGULAR = str(_HERE / "VBSerif-Regular.ttf")
BOLD = str(_HERE / "VBSerif-Bold.ttf")
ITALIC = str(_HERE / "VBSerif-Italic.ttf")
