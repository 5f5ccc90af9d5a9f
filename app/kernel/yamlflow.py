"""The values of plain YAML that stand in one line: scalars, `{a: 1}` and `[a, b]`."""

import json
import re
from typing import Any, NoReturn

from app.kernel.errors import Invalid

MOST_DEPTH = 20
LONGEST_NUMBER = 100
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,17})\.\d{1,18}")
_AMBIGUOUS = re.compile(
    r"yes|no|on|off|y|n|true|false|null|~|<<|="
    r"|[-+]?0[xob]\w+|[-+]?[\d_]+|[-+]?\.[\d_]+|[-+]?\d[\d_]*\.?[\d_]*(e[-+]?\d+)?|[-+]?\.(inf|nan)|\.nan"
    r"|[-+]?\d+(:[0-5]?\d)+(\.\d*)?|[\d_]+[._\d]*",
    re.IGNORECASE,
)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\'')
_PLAIN_END = re.compile(r"[,\[\]{}]|:(?=[\s,\[\]{}]|$)|\s#|$")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}
_INDICATORS = "&*!|>%@`\"'#,[]{}"
_SAFE = re.compile(r"[^\W\d_][\w .,;()/$%+-]*|\$\w+|\d{4}-\d\d-\d\d(T\d\d:\d\d)?")


class Unfinished(Exception):
    """A bracket is still open where a text ends."""


def refuse(code: str, line: int) -> NoReturn:
    """Say where a text cannot be read: Invalid."""
    raise Invalid(code, line=line + 1)


def value(text: str, line: int, depth: int) -> Any:
    """The one value of a text, and nothing behind it but a comment; Unfinished when it goes on in the next line."""
    flow = _Flow(text, line)
    if text[0] in "[{":
        found = flow.value(depth)
    elif text[0] in "\"'":
        found = scalar(flow.quoted(), line)
    else:
        plain = re.split(r"\s#", text, maxsplit=1)[0].rstrip()
        if re.search(r":(\s|$)", plain):
            refuse("yaml.syntax", line)
        return scalar(plain, line)
    if not re.fullmatch(r"\s*(\s#.*)?", text[flow.at :]):
        refuse("yaml.syntax", line)
    return found


def scalar(text: str, line: int) -> Any:
    """What a quoted or plain text stands for."""
    if text[:1] in {'"', "'"}:
        return _unquoted(text, line)
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text) and text != "-0":
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    if not text or text[0] in _INDICATORS or text[:2] in {"- ", "? ", ": "} or text in {"-", "?", ":"}:
        refuse("yaml.not_allowed" if text[:1] in set("&*!") else "yaml.syntax", line)
    if _AMBIGUOUS.fullmatch(text[:LONGEST_NUMBER]):
        refuse("yaml.ambiguous", line)
    return text


def _unquoted(text: str, line: int) -> str:
    if text[0] == "'":
        return text[1:-1].replace("''", "'")
    try:
        return str(json.loads(text))
    except ValueError:
        refuse("yaml.syntax", line)


def plain_key(text: str, line: int) -> str:
    """The key that a plain text is; one that others would take for a number or a truth value is refused."""
    if not isinstance(scalar(text, line), str):
        refuse("yaml.ambiguous", line)
    return text


def written(found: Any) -> str:
    """A value without parts, or an empty list or mapping, as it is written."""
    if isinstance(found, str) and _SAFE.fullmatch(found) and found == found.strip() and not _AMBIGUOUS.fullmatch(found):
        return found
    return json.dumps(found, ensure_ascii=False)


class _Flow:
    """Reads a text from the left; `at` is the next character."""

    def __init__(self, text: str, line: int) -> None:
        self.text, self.line, self.at = text, line, 0

    def value(self, depth: int) -> Any:
        """The value that begins here."""
        if depth > MOST_DEPTH:
            refuse("yaml.too_deep", self.line)
        first = self._peek()
        if first == "{":
            return self._mapping(depth)
        if first == "[":
            return self._list(depth)
        return scalar(self.quoted() if first in "\"'" else self._plain(), self.line)

    def quoted(self) -> str:
        """The quoted text that begins here, with its quotes."""
        match = _QUOTED.match(self.text, self.at)
        if match is None:
            refuse("yaml.syntax", self.line)
        self.at = match.end()
        return match[0]

    def _plain(self) -> str:
        end = _PLAIN_END.search(self.text, self.at)
        found = self.text[self.at : end.start() if end is not None else None].rstrip(" ")
        if not found or "?" in found:  # some readers take the mark for the beginning of a key
            refuse("yaml.syntax", self.line)
        self.at += len(found)
        return found

    def _peek(self) -> str:
        while self.text[self.at : self.at + 1] == " ":
            self.at += 1
        if self.at >= len(self.text):
            raise Unfinished
        return self.text[self.at]

    def _list(self, depth: int) -> list[Any]:
        items: list[Any] = []
        self.at += 1
        while self._peek() != "]":
            items.append(self.value(depth + 1))
            self._separate("]")
        self.at += 1
        return items

    def _mapping(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self.at += 1
        while (first := self._peek()) != "}":
            key = str(scalar(self.quoted(), self.line)) if first in "\"'" else plain_key(self._plain(), self.line)
            if key in found:
                refuse("yaml.repeated_key", self.line)
            if self._peek() != ":":
                refuse("yaml.syntax", self.line)
            self.at += 1
            if self._peek() in ",}":
                refuse("yaml.syntax", self.line)
            found[key] = self.value(depth + 1)
            self._separate("}")
        self.at += 1
        return found

    def _separate(self, end: str) -> None:
        if self._peek() == ",":
            self.at += 1
        elif self._peek() != end:
            refuse("yaml.syntax", self.line)
