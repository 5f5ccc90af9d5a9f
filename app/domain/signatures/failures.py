"""What keeps a signature from being made, and whose repair it is (khắc phục khi chưa ký được)."""

from enum import StrEnum


class Repair(StrEnum):
    """What helps: wait, prove again to be the holder, set up another key, or go back to the step before."""

    WAIT = "wait"
    AUTHENTICATE = "authenticate"
    SET_UP = "set_up"
    GO_BACK = "go_back"


_WAIT = frozenset(
    {
        *("timestamp.unavailable", "timestamp.refused", "timestamp.clock", "turn.taken"),
        *("key.unavailable", "key.too_slow", "key.waiting_for_holder"),
        "signature.another_first",
    }
)
_AUTHENTICATE = frozenset(
    {
        *("key.pin_wrong", "key.pin_last_try", "key.pin_missing", "key.absent", "key.refused", "key.holder_silent"),
        *("key.signature_wrong", "key.other_ticket", "sealing.broken"),
    }
)
_OF_THE_PAPER = ("source.", "pdf.", "order.", "number.", "document.", "signature.")


def repair_of(code: str) -> Repair:
    """The repair of a failure. What is wrong with the paper is mended at the step before, the rest at the key."""
    if code in _WAIT:
        return Repair.WAIT
    if code in _AUTHENTICATE:
        return Repair.AUTHENTICATE
    return Repair.GO_BACK if code.startswith(_OF_THE_PAPER) else Repair.SET_UP
