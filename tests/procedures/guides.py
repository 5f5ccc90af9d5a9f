"""The pages of docs/ that are made from the product: python -m tests.procedures.guides."""

import json
from collections.abc import Iterator
from pathlib import Path

from app.domain.cases.contracts import Contract, Schema
from app.engine import functions, performers
from app.web import i18n
from app.web.expressions import RULES
from tests.procedures.test_library import OFFERS

DOCS = Path(__file__).resolve().parents[2] / "docs"
OPERATIONS, EXPRESSIONS = DOCS / "operations.md", DOCS / "expressions.md"
TITLES = {
    "vi": ("Giá trị và phép tính", "Hàm", "Hàm chọn người làm (chỉ trong `performer`)", "Ý nghĩa", "Ví dụ"),
    "en": ("Values and operators", "Functions", "Functions that say who (only in `performer`)", "Meaning", "Examples"),
}
MADE = "Made from the product by `python -m tests.procedures.guides`; a test fails when it is out of date."


def operations() -> str:
    """The page of operations."""
    lines = ["# Thao tác của quy trình / Operations of procedures", "", MADE, ""]
    lines += ["A service task names one with `eo:operation`; the values of its parameters are expressions.", ""]
    contracts = {name: one for offers in OFFERS for name, one in offers.contracts.items()}
    for name in sorted(contracts):
        lines += _operation(contracts[name])
    return "\n".join(lines)


def expressions() -> str:
    """The page of expressions."""
    lines = ["# Biểu thức / Expressions", "", MADE]
    for language in i18n.LOCALES:
        words, titles = i18n.catalogue(language), TITLES[language]
        lines += ["", f"## {words['expressions.title']}", "", words["expressions.lead"], "", f"### {titles[0]}", ""]
        lines += [f"- {words[f'expressions.rule.{rule}']}" for rule in RULES]
        lines += ["", f"### {titles[1]}", "", f"| | {titles[3]} | {titles[4]} |", "|---|---|---|"]
        for name, examples in functions.EXAMPLES.items():
            shown = "<br>".join(f"`{text}` → `{json.dumps(value, ensure_ascii=False)}`" for text, value in examples)
            lines.append(f"| `{name}` | {words[f'function.{name}']} | {shown} |")
        lines += ["", f"### {titles[2]}", "", f"| | {titles[3]} | {titles[4]} |", "|---|---|---|"]
        lines += [
            f"| `{name}` | {words[f'function.{name}']} | `{text}` |" for name, text in performers.EXAMPLES.items()
        ]
    return "\n".join([*lines, ""])


def _operation(one: Contract) -> Iterator[str]:
    vi, en = i18n.catalogue("vi"), i18n.catalogue("en")
    yield from (f"## {one.name}", "", f"**{_title('vi', one)}** / *{_title('en', one)}*", "")
    yield from (vi[f"operation.text.{one.name}"], "", en[f"operation.text.{one.name}"], "")
    said = [
        word for word, holds in (("answered later", one.later), ("changes or tells something", one.effectful)) if holds
    ]
    yield from (f"{' · '.join(said) or 'only looks'}", "")
    yield from _table(one.takes, "Tham số / parameter")
    yield from _table(one.gives, "Kết quả / answer")


def _title(language: str, one: Contract) -> str:
    words = i18n.catalogue(language)[f"operation.{one.name}"]
    return words[:1].upper() + words[1:]


def _table(schema: Schema, title: str) -> Iterator[str]:
    if not schema["properties"]:
        return
    yield from (f"| {title} | | JSON Schema | |", "|---|---|---|---|")
    for name, field in schema["properties"].items():
        needed = "*" if name in schema["required"] else ""
        texts = [i18n.catalogue(language).get(f"operation.param.{name}", "") for language in i18n.LOCALES]
        words = " / ".join(texts) if title.startswith("Tham") else ""
        yield f"| `{name}` | {needed} | `{json.dumps(field)}` | {words} |"
    yield ""


if __name__ == "__main__":
    OPERATIONS.write_text(operations(), "utf-8")
    EXPRESSIONS.write_text(expressions(), "utf-8")
