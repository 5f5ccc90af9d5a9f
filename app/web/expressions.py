"""The language of expressions, for those who draw procedures: made from the functions themselves."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from app.engine import functions, performers
from app.web.i18n import t
from app.web.session import current_actor, signed_in

bp = Blueprint("expressions", __name__)
RULES = ("names", "lookup", "compare", "logic", "choice", "sum", "performer", "fallback", "calendar", "limits")


@bp.get("/procedures/expressions")
@signed_in
def show() -> ResponseReturnValue:
    """What can be written, each function with examples."""
    back = (url_for("procedures.index"), t("procedures.title")) if current_actor().places("procedures.read") else ()
    return render_template(
        "expressions.html", rules=RULES, functions=functions.EXAMPLES, performers=performers.EXAMPLES, back=back
    )
