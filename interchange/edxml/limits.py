"""How much an edXML file may cost, and the list of what is odd in it."""

from dataclasses import dataclass, field

from interchange.errors import ExchangeRefused

_MB = 2**20


@dataclass(frozen=True)
class Limits:
    """Bytes of the file, of all attachments unpacked, of one piece of markup (tag, comment, CDATA); counts; letters."""

    size: int = 512 * _MB
    unpacked: int = 512 * _MB
    markup: int = 12 * _MB
    depth: int = 24
    elements: int = 20_000
    attributes: int = 16
    attribute: int = 4_096
    text: int = 256 * 1024
    texts: int = 2 * _MB
    attachments: int = 200
    entries: int = 2_000
    ratio: int = 200
    small: int = 4 * _MB
    """Up to so many bytes growth is no matter."""


DEFAULT = Limits()


@dataclass
class Room:
    """The bytes that may still be written."""

    left: int

    def take(self, size: int) -> None:
        """Use some. Errors: ExchangeRefused "edxml.too_large"."""
        self.left -= size
        if self.left < 0:
            raise ExchangeRefused("edxml.too_large")


@dataclass
class Deviations:
    """Codes of what is odd, each once, in the order of their finding."""

    _found: dict[str, None] = field(default_factory=dict)

    def note(self, what: str) -> None:
        """Add "edxml.odd.<what>"."""
        self._found[f"edxml.odd.{what}"] = None

    @property
    def codes(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(self._found)
