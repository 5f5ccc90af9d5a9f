"""The language of expressions, for those who draw procedures: made from the functions themselves."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.engine import functions, performers
from app.web.session import signed_in

bp = Blueprint("expressions", __name__)
RULES = ("names", "lookup", "compare", "logic", "choice", "sum", "performer", "fallback", "calendar", "limits")


@bp.get("/procedures/expressions")
@signed_in
def show() -> ResponseReturnValue:
    """What can be written, each function with examples."""
    return render_template(
        "expressions.html", rules=RULES, functions=functions.EXAMPLES, performers=performers.EXAMPLES
    )
