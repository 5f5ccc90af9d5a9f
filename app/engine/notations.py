"""Expressions of other tools, JUEL (`${x == 'a'}`) and FEEL (`= x = "a"`), said in our language where that is certain.

Certain means: the same tokens in the same order give the same value. Calls, ranges, arithmetic on texts, chains of
comparisons and numbers written as texts (which JUEL compares as numbers) are not; for those there is no translation.
"""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from app.engine import expressions
from app.kernel.errors import Invalid

_JUEL = re.compile(r"[$#]\{(.*)\}", re.DOTALL)
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<number>\d+(?:\.\d+)?)|(?P<word>[^\W\d]\w*)"""
    r"""|(?P<sign>&&|\|\||==|!=|<=|>=|[<>=!?:+\-*/().\[\],]))""",
    re.DOTALL,
)
_JUEL_WORDS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "div": "/", "not": "!"}
_CONSTANTS = {"true": "True", "false": "False", "null": "None"}
_SIGNS = {"&&": "and", "||": "or"}
_UNCERTAIN_WORDS = frozenset(
    {
        "empty",
        "instanceof",
        "mod",
        "some",
        "every",
        "satisfies",
        "for",
        "return",
        "between",
        "if",
        "then",
        "else",
        "in",
        "is",
    }
)
_NOT_JUEL = {("sign", sign) for sign in "=?:,"}
_NOT_FEEL = {("sign", sign) for sign in ("==", "!", "&&", "||", "?", ":", ",", "[", "]")}
_NUMERIC = re.compile(r"\s*(?:[+-]?[\d.]+|true|false|)\s*", re.IGNORECASE)

Token = tuple[str, str]


def is_foreign(text: str) -> bool:
    """Whether a text is written as JUEL or FEEL and not as an expression of ours."""
    text = text.strip()
    return _JUEL.fullmatch(text) is not None or text.startswith("=")


def translate(text: str) -> str | None:
    """The expression in our language; None when it cannot be said there with certainty."""
    text = text.strip()
    juel = _JUEL.fullmatch(text)
    if juel is None and not text.startswith("="):
        return None
    found = list(_tokens(juel[1] if juel else text[1:]))
    if any(one[0] == two[0] == "text" for one, two in pairwise(found)):
        return None  # Python would join them
    say = _juel if juel else _feel
    parts = [say(found, place) for place in range(len(found))]
    said = [part for part in parts if part is not None]
    return _certain(_joined(said)) if said and len(said) == len(parts) else None


def _tokens(text: str) -> Iterator[Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            yield "unknown", text[at]
            return
        yield str(match.lastgroup), match[str(match.lastgroup)]
        at = match.end()


def _juel(found: list[Token], place: int) -> str | None:
    kind, value = found[place]
    if kind == "word" and value in _JUEL_WORDS and not _is_key(found, place):
        kind, value = "sign", _JUEL_WORDS[value]
    if (kind, value) == ("sign", "!"):
        return "not" if _covers_all_it_would(found, place) else None
    is_uncertain = kind == "text" and _NUMERIC.fullmatch(value[1:-1])
    return None if is_uncertain or (kind, value) in _NOT_JUEL else _common(kind, value)


def _feel(found: list[Token], place: int) -> str | None:
    kind, value = found[place]
    if (kind, value) == ("word", "not"):
        return "not" if _covers_all_it_would(found, place) else None
    if kind == "sign" and value == "=":
        return "=="
    return None if (kind, value) in _NOT_FEEL else _common(kind, value)


def _common(kind: str, value: str) -> str | None:
    if kind == "unknown" or (kind == "word" and value in _UNCERTAIN_WORDS):
        return None
    if kind == "text":
        return None if "\\" in value else repr(value[1:-1])
    return _CONSTANTS.get(value, value) if kind == "word" else _SIGNS.get(value, value)


def _is_key(found: list[Token], place: int) -> bool:
    return place > 0 and found[place - 1] == ("sign", ".")


def _covers_all_it_would(found: list[Token], place: int) -> bool:
    """`!a == b` denies only `a`, our `not a == b` the whole: they agree when nothing is compared after it."""
    depth = 0
    for kind, value in found[place + 1 :]:
        opens = value in {"(", "["} and kind == "sign"
        closes = value in {")", "]"} and kind == "sign"
        depth += opens - closes
        if depth < 0 or (depth == 0 and value in {"&&", "||", "and", "or"}):
            return True
        is_plain = kind == "word" and value not in _JUEL_WORDS and value != "not"
        if depth == 0 and not (is_plain or closes or (kind, value) == ("sign", ".")):
            return False
    return True


def _joined(parts: list[str]) -> str:
    text = ""
    for part in parts:
        is_tight = not text or text.endswith((".", "(", "[")) or part in {".", ")", "[", "]"}
        text += part if is_tight else f" {part}"
    return text


def _certain(text: str) -> str | None:
    try:
        expressions.check(text)
    except Invalid:
        return None
    for node in ast.walk(ast.parse(text, mode="eval")):
        if isinstance(node, ast.Call):
            return None
        if isinstance(node, ast.Compare) and (len(node.ops) > 1 or _compares_truths(node)):
            return None
    return text


def _compares_truths(node: ast.Compare) -> bool:
    return any(isinstance(part, ast.Compare | ast.BoolOp) for part in (node.left, *node.comparators))
