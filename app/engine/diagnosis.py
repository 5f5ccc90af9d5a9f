"""Where an expression is wrong and what its writer probably meant: errors that carry a place."""

import ast
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Final

from app.kernel.errors import Invalid

_PAIRS: Final = {")": "(", "]": "[", "}": "{"}
_QUOTES: Final = {
    **dict.fromkeys("\u201c\u201d\u2018\u2019\u00ab\u00bb`", "expression.quote"),
    **dict.fromkeys("'\"", "expression.quote_open"),
}
_INSTEAD: Final = {"&&": "and", "||": "or", "<>": "!=", "!": "not", "=": "==", "?": "if … else", ";": "and"}
_TOKEN = re.compile(r"'[^']*'|\"[^\"]*\"|&&|\|\||<>|[=!<>]=|:=|.", re.DOTALL)
_SHOWN = 40


def parsed(text: str) -> ast.expr:
    """The tree of an expression; Invalid "expression.*" with `at` (from 1) and `found` when it is none."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise _syntax(text, error) from error
    except (ValueError, MemoryError, RecursionError) as error:
        raise Invalid("expression.syntax", text=text, at=1, found=text[:_SHOWN]) from error


def refused(text: str, node: ast.AST, code: str, **data: Any) -> Invalid:
    """An error about one part of an expression."""
    found = ast.get_source_segment(text.strip(), node) or ""
    return Invalid(code, text=text, at=_at(text, node), found=found[:_SHOWN], **data)


def unknown_function(text: str, node: ast.AST, name: str, known: Iterable[str]) -> Invalid:
    """The error for a function that is not there, with those whose names are close."""
    near = get_close_matches(name, sorted(known), n=2, cutoff=0.6)
    if near:
        return refused(text, node, "expression.function_near", name=name, near=", ".join(near))
    return refused(text, node, "expression.function", name=name)


def _at(text: str, node: ast.AST) -> int:
    """The place of a part, counted in characters from 1; the parser counts bytes of a line."""
    lines = text.strip().splitlines(keepends=True) or [""]
    row, column = getattr(node, "lineno", 1) - 1, getattr(node, "col_offset", 0)
    inside = len(lines[row].encode()[:column].decode(errors="ignore"))
    return _lead(text) + sum(len(line) for line in lines[:row]) + inside + 1


def _lead(text: str) -> int:
    return len(text) - len(text.lstrip())


def _syntax(text: str, error: SyntaxError) -> Invalid:
    """What people write by mistake has a sentence of its own; the rest has its place."""
    mistake = _mistake(text)
    if mistake is not None:
        return mistake
    place = min(_lead(text) + max(error.offset or 1, 1), max(len(text), 1))
    return Invalid("expression.syntax", text=text, at=place, found=text[place - 1 : place - 1 + _SHOWN])


def _mistake(text: str) -> Invalid | None:
    opened: list[tuple[str, int]] = []
    for match in _TOKEN.finditer(text):
        part, at = match[0], match.start() + 1
        if part in _INSTEAD:
            return Invalid("expression.operator", text=text, at=at, found=part, instead=_INSTEAD[part])
        if part in _QUOTES:
            return Invalid(_QUOTES[part], text=text, at=at, found=part)
        if part in _PAIRS.values():
            opened.append((part, at))
        elif part in _PAIRS and not (opened and opened.pop()[0] == _PAIRS[part]):
            return Invalid("expression.brackets", text=text, at=at, found=part)
    found, at = opened[-1] if opened else ("", 0)
    return Invalid("expression.brackets", text=text, at=at, found=found) if opened else None
