"""What an agency is called for short, where only its name is known."""

COUNCILS = (("Ủy ban nhân dân", "UBND"), ("Uỷ ban nhân dân", "UBND"), ("Hội đồng nhân dân", "HĐND"))
"""Written both ways in the field."""
_UNSAID = frozenset({"và", "của", "-"})
_PLACES = ("tỉnh", "thành phố", "huyện", "quận", "thị xã", "thị trấn", "xã", "phường", "đặc khu", "TP.")
LONGEST = 20


def short_name(name: str) -> str:
    """A name as it is said: UBND xã Tịnh Bắc."""
    for whole, short in COUNCILS:
        name = name.replace(whole, short)
    return name


def abbreviation(name: str) -> str:
    """The letters of an agency in notations: UBND, SNNPTNT; without its place (NĐ 30/2020, Phụ lục I, phần I, II.3)."""
    said = short_name(name)
    council = next((short for _whole, short in COUNCILS if said.startswith(short)), "")
    words = _without_place(said).replace(",", " ").split()
    return council or "".join(_letters(word) for word in words if word not in _UNSAID)[:LONGEST]


def _without_place(name: str) -> str:
    ends = [at for at in (name.find(f" {place} ") for place in _PLACES) if at > 0]
    return name[: min(ends)] if ends else name


def _letters(word: str) -> str:
    """The first letter, or the whole of what is an abbreviation already."""
    return word if word.isupper() else word[0].upper()
