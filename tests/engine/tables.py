"""Small decision tables in few words."""

from html import escape

MODELS = (
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
)


def text(element: str, value: str, **attributes: str) -> str:
    """An element with a text inside."""
    given = "".join(f' {name}="{escape(one)}"' for name, one in attributes.items())
    return f"<{element}{given}><text>{escape(value, quote=False)}</text></{element}>"


def column(value: str, kind: str = "", allowed: str = "") -> str:
    """An input."""
    typed = {"typeRef": kind} if kind else {}
    inside = text("inputExpression", value, **typed) + (text("inputValues", allowed) if allowed else "")
    return f"<input>{inside}</input>"


def output(name: str, kind: str = "", order: str = "", default: str = "") -> str:
    """A result."""
    inside = (text("outputValues", order) if order else "") + (text("defaultOutputEntry", default) if default else "")
    typed = f' typeRef="{kind}"' if kind else ""
    return f'<output name="{name}"{typed}>{inside}</output>'


def row(line: str) -> str:
    """A rule: cells between `|`, the results after `=>`."""
    tests, results = (part.split("|") for part in line.split("=>"))
    cells = "".join(text("inputEntry", cell.strip()) for cell in tests)
    return f"<rule>{cells}{''.join(text('outputEntry', cell.strip()) for cell in results)}</rule>"


def table(columns: str, outputs: str, rows: str, policy: str = "UNIQUE", model: str = MODELS[-1]) -> bytes:
    """A document with one decision; `rows` are lines, `policy` may name an aggregation after a space."""
    hit, _, aggregation = policy.partition(" ") if policy.startswith("COLLECT") else (policy, "", "")
    hits = f'hitPolicy="{hit}"' + (f' aggregation="{aggregation}"' if aggregation else "")
    rules = "".join(row(line) for line in rows.strip().splitlines())
    return (
        f'<definitions xmlns="{model}" id="d" name="d" namespace="urn:d"><decision id="x" name="X">'
        f"<decisionTable {hits}>{columns}{outputs}{rules}</decisionTable></decision></definitions>"
    ).encode()
