"""The business statuses (QĐ 28/2018/QĐ-TTg): how far one is, and which of them end a delivery."""

ORDER = ("01", "15", "03", "04", "05", "06")
FINAL = frozenset({"02", "06", "16"})
REPORTABLE = frozenset({"01", "02", "03", "04", "05", "06"})
HELD = "held"
"""Ours, beside the codes of the decision: what was stored is held back (quarantined) and why."""
ASKED, AGREED, DECLINED = "13", "15", "16"
"""The sender wishes to take back, update or replace, and what the recipient answers."""
ANSWERS = frozenset({AGREED, DECLINED})
SETTLED = frozenset({"delivered", "refused", "expired", "cancelled", "recalled", "replaced"})
"""States of a delivery in which nothing is tried any more."""
LOST = SETTLED - {"delivered"}
TO_BE_FETCHED = "delivery.to_be_fetched"
"""Why nothing is tried: the recipient cannot be reached, and fetches what waits for it."""


def rank(code: str | None) -> int:
    """How far a status is; a refusal ends everything, an unknown code moves nothing."""
    if code in ("02", DECLINED):
        return len(ORDER)
    return ORDER.index(code) if code in ORDER else -1


def agrees(code: str | None) -> bool:
    """Whether a status says that a recipient has agreed to what its sender wished: what comes later implies it."""
    return code in ORDER[1:]
