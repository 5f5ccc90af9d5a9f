"""A small, strict part of YAML 1.2, read and written: what it reads, every YAML reader reads alike.

There are no anchors, aliases, tags, merge keys or several documents, so that a text cannot unfold into more than it
is. What one release of YAML takes for text and another for a number or a truth value is refused until it is quoted.
"""

import re
from typing import Any

from app.kernel import yamlflow
from app.kernel.errors import Invalid, TooLarge
from app.kernel.text import is_readable
from app.kernel.yamlflow import MOST_DEPTH, Unfinished, refuse

MAX_BYTES = 200_000
LONGEST_LINE = 4_000
_QUOTED_KEY = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*:(?:\s+|$)""")
_KEY_END = re.compile(r":(?:\s+|$)")
_BLOCK = re.compile(r"\|(-?)(\s+#.*)?")


def read(content: bytes) -> Any:
    """The value of a document. Invalid "yaml.*" with the `line` where it cannot be read; TooLarge "yaml.too_large"."""
    if len(content) > MAX_BYTES:
        raise TooLarge("yaml.too_large", limit=MAX_BYTES)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("yaml.syntax", line=content[: error.start].count(b"\n") + 1) from error
    reader = _Blocks(text.replace("\r\n", "\n").split("\n"))
    value = reader.block(0, 1)
    if reader.next() is not None:
        refuse("yaml.syntax", reader.at)
    return value


class _Blocks:
    """Reads lines from the top; `at` is the index of the line that comes next."""

    def __init__(self, lines: list[str]) -> None:
        self.lines, self.at = lines, 0
        for number, line in enumerate(lines):
            if "\t" in line or len(line) > LONGEST_LINE or not is_readable(line):
                refuse("yaml.syntax", number)

    def next(self) -> tuple[int, str] | None:
        """Indentation and content of the next line that says something; None at the end."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            content = line.lstrip(" ")
            if content and not content.startswith("#"):
                if content.startswith(("---", "...", "%")):
                    refuse("yaml.not_allowed", self.at)
                return len(line) - len(content), content.rstrip(" ")
            self.at += 1
        return None

    def block(self, least: int, depth: int) -> Any:
        """The value that begins on the next line, indented at least so far; None when there is none."""
        if depth > MOST_DEPTH:
            refuse("yaml.too_deep", self.at)
        found = self.next()
        if found is None or found[0] < least:
            return None
        indent, content = found
        if _is_item(content):
            return self._items(indent, depth)
        if _key(content, self.at) is not None:
            return self._mapping(indent, depth)
        return self._value(content, indent - 1, depth)

    def _items(self, indent: int, depth: int) -> list[Any]:
        items: list[Any] = []
        while (found := self.next()) is not None and found[0] == indent and _is_item(found[1]):
            rest = found[1][1:].lstrip(" ")
            if not rest or rest.startswith("#"):
                self.at += 1
                items.append(self.block(indent + 1, depth + 1))
            elif _is_item(rest) or _key(rest, self.at) is not None:
                self.lines[self.at] = " " * (indent + len(found[1]) - len(rest)) + rest
                items.append(self.block(indent + 1, depth + 1))
            else:
                items.append(self._value(rest, indent, depth + 1))
        self._ended(indent)
        return items

    def _mapping(self, indent: int, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while (line := self.next()) is not None and line[0] == indent and (part := _key(line[1], self.at)) is not None:
            key, rest = part
            if key in found:
                refuse("yaml.repeated_key", self.at)
            if rest and not rest.startswith("#"):
                found[key] = self._value(rest, indent, depth + 1)
            else:
                self.at += 1
                below = self.next()
                beside = below is not None and below[0] == indent and _is_item(below[1])
                found[key] = self.block(indent if beside else indent + 1, depth + 1)
        self._ended(indent)
        return found

    def _ended(self, indent: int) -> None:
        """What follows a list or a mapping stands further left."""
        left = self.next()
        if left is not None and left[0] > indent:
            refuse("yaml.syntax", self.at)

    def _value(self, text: str, indent: int, depth: int) -> Any:
        """A value that begins in the middle of a line; the lines it goes on with are further in than `indent`."""
        block = _BLOCK.fullmatch(text)
        if block is not None:
            if indent < 0:
                refuse("yaml.syntax", self.at)
            return self._literal(indent, keeps_end=not block[1])
        start = self.at
        self.at += 1
        while len(text) <= LONGEST_LINE:
            try:
                return yamlflow.value(text, start, depth)
            except Unfinished:
                following = self.next()
                if following is None or following[0] <= indent:
                    break
                text += " " + following[1]
                self.at += 1
        return refuse("yaml.syntax", start)

    def _literal(self, indent: int, *, keeps_end: bool) -> str:
        self.at += 1
        found: list[str] = []
        inside = 0
        while self.at < len(self.lines):
            line = self.lines[self.at]
            here = len(line) - len(line.lstrip(" "))
            if line.strip(" ") and here <= indent:
                break
            if line.strip(" "):
                inside = inside or here
                if here < inside:
                    refuse("yaml.syntax", self.at)
            found.append(line[inside:] if inside else "")
            self.at += 1
        text = "\n".join(found).rstrip("\n")
        is_cut = self.at == len(self.lines) and bool(found[-1:] and found[-1])  # the document ends within its last line
        return text + "\n" if keeps_end and text and not is_cut else text


def _is_item(content: str) -> bool:
    return content == "-" or content.startswith("- ")


def _key(content: str, line: int) -> tuple[str, str] | None:
    """The key that a line begins with and what follows it; None when it begins with none."""
    if content[0] in "\"'":
        match = _QUOTED_KEY.match(content)
        return None if match is None else (str(yamlflow.scalar(match[1], line)), content[match.end() :])
    end = _KEY_END.search(content)
    if end is None or content[0] in "[{" or " #" in content[: end.start()]:
        return None
    key = content[: end.start()].rstrip(" ")
    return yamlflow.plain_key(key, line), content[end.end() :]


def write(value: Any) -> str:
    """A document that `read` gives back as it was: JSON values, text in one line each."""
    return "\n".join(_lines(value)) + "\n"


def _lines(value: Any) -> list[str]:
    if isinstance(value, dict) and value:
        return [line for key, one in value.items() for line in _entry(f"{yamlflow.written(str(key))}:", one)]
    if isinstance(value, list) and value:
        return [line for one in value for line in _item(_lines(one))]
    return [yamlflow.written(value)]


def _entry(head: str, value: Any) -> list[str]:
    inner = _lines(value)
    if isinstance(value, dict | list) and value:
        return [head, *(f"  {line}" for line in inner)]
    return [f"{head} {inner[0]}"]


def _item(lines: list[str]) -> list[str]:
    return [f"- {lines[0]}", *(f"  {line}" for line in lines[1:])]
