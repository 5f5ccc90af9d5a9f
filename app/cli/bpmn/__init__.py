"""`python3 -m app bpmn check | run | import | test`: what diagrams would do, without a database and without a case."""

import sys
from argparse import ArgumentParser
from io import BytesIO, TextIOWrapper

from app.cli.bpmn import adopt, check, run, test

__all__ = ["main"]


def main(argv: list[str]) -> int:
    """Check diagrams, rehearse one, make one ours, or try procedures."""
    parser = ArgumentParser(prog="python3 -m app bpmn", description=__doc__)
    acts = parser.add_subparsers(dest="act", required=True)
    for act in (check, run, adopt, test):
        act.add(acts)
    arguments = parser.parse_args(argv)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a file may be called anything
    try:
        return int(arguments.run(arguments))
    except BrokenPipeError:  # whoever read along has seen enough
        sys.stdout = TextIOWrapper(BytesIO())
        return 1
