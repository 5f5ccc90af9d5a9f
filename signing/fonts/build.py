"""Build the VB Serif fonts from Liberation Serif 2: `python -m signing.fonts.build [directory of Liberation Serif]`.

Three things differ from the original: only Latin and Vietnamese letters are kept, the em is 1000 units instead of
2048 (pyHanko 0.38 writes advance widths in raw font units, which is right only for 1000), and the name is ours, as the
SIL Open Font License asks of a derived font ("Liberation" is a reserved name).
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

FAMILY = "VB Serif"
STYLES = ("Regular", "Bold", "Italic")
SOURCE = Path("/usr/share/fonts/truetype/liberation2")
_TRADEMARK = 7
LETTERS = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x250),
    *range(0x300, 0x370),
    *range(0x1E00, 0x1F00),
    *range(0x2010, 0x2040),
    *(0x20AB, 0x2116, 0x2122, 0x221E, 0x2264, 0x2265),
)


def _subset(font: TTFont) -> None:
    options = subset.Options()
    options.layout_features = ["kern", "ccmp", "mark", "mkmk", "liga"]
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.hinting = False
    options.glyph_names = False
    options.drop_tables += ["FFTM", "DSIG"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=LETTERS)
    subsetter.subset(font)


def _rename(font: TTFont, style: str) -> None:
    names = {
        1: FAMILY,
        16: FAMILY,
        3: f"{FAMILY} {style}, derived from Liberation Serif 2 under the SIL Open Font License 1.1",
        4: f"{FAMILY} {style}",
        6: f"{FAMILY.replace(' ', '')}-{style}",
    }
    for record in font["name"].names:
        if record.nameID in names:
            record.string = names[record.nameID]
    # The trademark line of the original speaks of the reserved name.
    font["name"].names = [record for record in font["name"].names if record.nameID != _TRADEMARK]


def build(source: Path, target: Path, style: str) -> int:
    """Write one style and return its number of glyphs."""
    font = TTFont(source / f"LiberationSerif-{style}.ttf", recalcTimestamp=False)
    _subset(font)
    scale_upem(font, 1000)
    _rename(font, style)
    font.save(target / f"VBSerif-{style}.ttf")
    return int(font["maxp"].numGlyphs)


def main() -> None:
    """Build every style beside this file."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else SOURCE
    for style in STYLES:
        sys.stdout.write(f"{style}: {build(source, Path(__file__).parent, style)} glyphs\n")


if __name__ == "__main__":
    main()
