"""The words of decision tables: what a policy does, and which data rows have in common."""

import json
from collections.abc import Sequence
from typing import Any

from app.engine.decisions import POLICIES, TYPES
from app.engine.overlaps import ELSE
from app.engine.sheets import INPUT, Field, Sheet
from app.engine.unary import cell
from app.kernel.errors import OfficeError
from app.web.filters import num
from app.web.i18n import t

KINDS = tuple(TYPES)
PARTS = ("input", "output")
MOST_OFFERED = 40


def policies() -> list[tuple[str, str]]:
    """Every policy with its name."""
    return [(one, t(f"table.policy.{one}")) for one in POLICIES]


def explained(policy: str) -> str:
    """What a policy does, in a sentence."""
    return t(f"table.policy.{policy}.text") if policy in POLICIES else ""


def when(sheet: Sheet, values: Sequence[Any]) -> str:
    """Data in words: "Loại đơn là "complaint" và Số tiền là 5"."""
    pairs = zip(sheet.of(INPUT), values, strict=False)
    told = [t("table.is", column=one.title, value=written(value)) for one, value in pairs if value is not None]
    return f" {t('table.and')} ".join(told) or t("table.always")


def written(value: Any) -> str:
    """A value as it is read."""
    if isinstance(value, str) and value.endswith(ELSE):
        return t("table.longer", text=value[:-1]) if value != ELSE else t("table.else")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return num(value, 2 if isinstance(value, float) and value % 1 else 0)
    return json.dumps(value, ensure_ascii=False)


def offered(sheet: Sheet, column: Field) -> list[str]:
    """What a cell of a column may be completed to: its values, and what stands in the column already."""
    at = sheet.fields.index(column)
    used = dict.fromkeys(line.cells[at] for line in sheet.lines)
    return list(dict.fromkeys(filter(None, [*_values(column), *used])))[:MOST_OFFERED]


def _values(column: Field) -> list[str]:
    try:
        return [json.dumps(value, ensure_ascii=False) for value in cell(column.allowed).values]
    except OfficeError:
        return []
