"""`python3 -m app hub --profile vxp|lgsp`: an axis (trục liên thông) on this machine, to rehearse against.

It keeps agencies and messages in a folder, and goes on where it was when it starts again. What each agency signs in
with is printed once it is ready: that goes into the page of the axis in each deployment. It is no axis for production.
"""

import json
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import asdict
from pathlib import Path

from app.cli import demo
from app.cli.output import say
from app.kernel.errors import Missing
from interchange.directory import read_listed
from interchange.errors import ExchangeRefused
from interchange.hub.book import Agency
from interchange.hub.serving import PROFILES, Axis, serve

PORT = 8300


def main(argv: list[str]) -> int:
    """Serve until interrupted; 2 when the agencies cannot be read."""
    parser = ArgumentParser(prog="python3 -m app hub", description=__doc__)
    parser.add_argument("--profile", choices=PROFILES, required=True, help="the national axis, or a provincial gateway")
    parser.add_argument("--data", type=Path, default=Path("data/hub"), metavar="DIR", help="%(default)s by default")
    parser.add_argument("--host", default="127.0.0.1", help="%(default)s by default")
    parser.add_argument("--port", type=int, default=PORT, help="%(default)s by default; 0 takes any that is free")
    parser.add_argument("--world", default="2017", help="agencies of this demo world (%(default)s)")
    parser.add_argument(
        "--directory", type=Path, metavar="FILE", help="agencies of a deployment, as its page hands over"
    )
    parser.add_argument(
        "--agency", type=_agency, action="append", metavar="CODE=NAME", help="this one; may be repeated"
    )
    parser.add_argument("--lock", action="append", default=[], metavar="CODE", help="take nothing for this agency")
    parser.add_argument("--trouble", type=float, default=0.0, metavar="0..1", help="share of requests that fail")
    parser.add_argument("--seed", type=int, default=0, help="which of them do")
    parser.add_argument("--json", action="store_true", help="what is printed as one JSON object")
    asked = parser.parse_args(argv)
    axis = Axis(asked.profile, asked.data, trouble=asked.trouble, seed=asked.seed)
    try:
        found = [axis.book.register(code, name) for code, name in _agencies(asked)]
    except (OSError, ValueError, KeyError, ExchangeRefused, Missing) as nonsense:
        parser.error(f"{type(nonsense).__name__}: {nonsense}")
    for one in axis.book.agencies():
        axis.book.lock(one.code, locked=one.code in asked.lock)
    serve(axis, asked.host, asked.port, ready=lambda port: _tell(asked, port, found))
    return 0


def _agencies(asked: Namespace) -> list[tuple[str, str]]:
    """Code (QĐ 20/2020) and name of each agency that is asked for."""
    if asked.agency:
        return list(asked.agency)
    if asked.directory:
        listed = [read_listed(one) for one in json.loads(asked.directory.read_text("utf-8"))["agencies"]]
        named = [(one.name, {i.scheme: i.code for i in one.identifiers}) for one in listed]
    else:
        units = demo.read(asked.world)["units"]
        named = [(one["name"], one.get("identifiers", {})) for one in units if one["agency"]]
    return [
        (codes.get("qd20") or codes["qcvn102"], name) for name, codes in named if "qd20" in codes or "qcvn102" in codes
    ]


def _agency(text: str) -> tuple[str, str]:
    code, _, name = text.partition("=")
    if not (code and name):
        raise ArgumentTypeError("CODE=NAME")
    return code, name


def _tell(asked: Namespace, port: int, agencies: list[Agency]) -> None:
    address = f"http://{asked.host}:{port}"
    if asked.json:
        say(json.dumps({"address": address, "profile": asked.profile, "agencies": [asdict(one) for one in agencies]}))
        return
    say(f"{asked.profile}: {address}")
    for one in agencies:
        say(f"  {one.code:16} {one.system_id}  {one.secret}  {one.name}")
