"""Every component on one page, in both looks and both languages: what the pages are built from."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.kernel.clock import now
from app.web.fields import Option
from app.web.i18n import t

bp = Blueprint("design", __name__)
TOKENS: Final = (
    "ground",
    "paper",
    "sunk",
    "text",
    "muted",
    "accent",
    "line",
    "hair",
    "focus",
    "late",
    "soon",
    "done",
    "info",
)
STATUSES: Final = (None, "01", "02", "03", "04", "05", "06", "13", "15", "16")
COMMUNES: Final = (
    "Tịnh Bắc",
    "Tịnh Bình",
    "Tịnh Đông",
    "Tịnh Giang",
    "Tịnh Hà",
    "Tịnh Hiệp",
    "Tịnh Minh",
    "Tịnh Phong",
    "Tịnh Sơn",
    "Tịnh Thọ",
    "Tịnh Trà",
)
FIELDS: Final[dict[str, dict[str, Any]]] = {
    "subject": {"type": "string", "maxLength": 500, "x-ui": {"widget": "textarea", "rows": 3}},
    "document_type": {"type": "string", "enum": ["CV", "BC", "TB", "KH", "QĐ", "TTr"], "x-ui": {"width": "half"}},
    "due_on": {"type": "string", "format": "date", "x-ui": {"width": "half"}},
    "pages": {"type": "integer", "x-ui": {"width": "half"}},
    "urgency": {"type": "string", "enum": ["normal", "urgent", "very_urgent", "express"], "x-ui": {"widget": "radio"}},
    "reply": {"type": "boolean"},
    "recipients": {"type": "array", "items": {"type": "string"}},
    "file": {"type": "string", "x-ui": {"widget": "file"}},
}


@bp.get("/design")
def show() -> ResponseReturnValue:
    """The components, with made-up content."""
    return render_template("design.html", tokens=TOKENS, statuses=STATUSES, form=_form(), rows=_rows())


def _form() -> dict[str, Any]:
    """A form with one of each control, two of them wrong."""
    names: dict[str, dict[str, Any]] = {name: {"label": t(f"design.field.{name}")} for name in FIELDS}
    names["subject"]["hint"] = t("design.hint")
    names["urgency"] = {
        **names["urgency"],
        "options": {code: t(f"urgency.{code}") for code in FIELDS["urgency"]["enum"]},
    }
    layout = [{"key": "what", "fields": list(FIELDS)[:6]}, {"key": "where", "fields": list(FIELDS)[6:]}]
    communes = [Option(name, f"UBND xã {name}", t("design.communes")) for name in COMMUNES]
    return {
        "schema": {"properties": FIELDS, "required": ["subject", "document_type", "recipients"], "x-layout": layout},
        "texts": {"fields": names, "sections": {"what": t("design.section.what"), "where": t("design.section.where")}},
        "answers": {
            "subject": t("design.row.1"),
            "document_type": "CV",
            "urgency": "urgent",
            "recipients": ["Tịnh Hà"],
        },
        "wrong": {"due_on": ("form.format", {}), "recipients": ("form.required", {})},
        "choices": {"recipients": communes},
        "given": {"file": {"name": "cong-van.pdf", "size": 184_320, "pages": 2}},
    }


def _rows() -> list[SimpleNamespace]:
    """Inbox rows, from late to far away."""
    hours = ((-3, "late fresh", "15/UBND-VX"), (2, "soon fresh", "22/QĐ-UBND"), (90, "", "07/SYT-NVY"))
    return [
        SimpleNamespace(due=now() + timedelta(hours=left), kind=kind, number=number, title=t(f"design.row.{place}"))
        for place, (left, kind, number) in enumerate(hours, 1)
    ]
