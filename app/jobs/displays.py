"""What a signature in the corner of a page shows at an agency: its own template, or the usual one."""

from uuid import UUID

from app.domain.signatures import displays
from signing import display
from signing.cases import Case
from signing.display import Display


def of(unit_id: UUID, case: Case) -> Display:
    """The template of an agency for one case. Errors: SigningRefused("display.*") when it cannot be shown any more."""
    own = displays.of(unit_id).get(case.value)
    return display.DEFAULTS[case] if own is None else display.unpacked(own)
