"""Why something of the exchange cannot be accepted; each carries a code that never changes."""

from typing import Any


class ExchangeRefused(Exception):
    """The other side, or we, will never take this as it is; trying again brings nothing."""

    def __init__(self, code: str, **data: Any) -> None:
        super().__init__(code)
        self.code = code
        self.data = data


class ExchangeUnavailable(Exception):
    """Nobody answered, or not now: try again later (`again_in`, seconds, when the other side said so)."""

    def __init__(self, code: str, *, again_in: float | None = None, is_ambiguous: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.again_in = again_in
        self.is_ambiguous = is_ambiguous
        """The other side may have kept what was sent: ask by id before sending again."""
