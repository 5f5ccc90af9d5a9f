"""What people write beside a decision: reasons, opinions, questions."""

from app.kernel.errors import Invalid
from app.kernel.text import is_blank, is_readable

LONGEST = 2000


def require(said: str, *, needed: bool, field: str = "opinion") -> str:
    """Refuse (Invalid with `fields`) what cannot be kept whole: words that were cut would be somebody else's."""
    if needed and is_blank(said):
        raise Invalid("form.invalid", fields={field: ("form.required", {})})
    if len(said) > LONGEST:
        raise Invalid("form.invalid", fields={field: ("form.maxLength", {"limit": LONGEST})})
    if not is_readable(said):
        raise Invalid("form.invalid", fields={field: ("form.characters", {})})
    return said


def reason(said: str) -> str:
    """The reason of an act that needs one."""
    return require(said.strip(), needed=True, field="reason")
