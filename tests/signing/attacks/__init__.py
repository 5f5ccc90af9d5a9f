"""Every way we know to make a signed file say something else, built here: no file of anybody else is kept."""

from tests.signing.attacks import certification, forgery, listing, saving, shadow, spoofing, wrapping
from tests.signing.attacks.target import Attack

ATTACKS: dict[str, Attack] = {
    f"{family.__name__.rpartition('.')[2]}: {name}": attack
    for family in (saving, listing, wrapping, forgery, certification, spoofing)
    for name, attack in family.ATTACKS.items()
}
"""On a file that is signed already, with one signature or two; see `shadow` for those prepared before."""
SHADOWS = shadow.SHADOWS
