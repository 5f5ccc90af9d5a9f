"""`python3 -m app agent`: the program for the machine of whoever signs; the key and its PIN never leave it."""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from getpass import getpass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from urllib.parse import urlsplit

from app.cli.output import say
from app.launcher.messages import text
from signing.agent import desk
from signing.agent.asked import Asked
from signing.agent.desk import Desk
from signing.errors import SigningError, SigningRefused, SigningUnavailable
from signing.keys.memory import load_p12
from signing.keys.protocol import Key
from signing.keys.token import TokenKeystore

PATIENCE = 180.0
"""Seconds for a person to read a question and type a PIN."""
HEED = 1.0
"""Seconds after which an interruption is heeded that came just before the wait for a question began."""
Opener = Callable[[str], Key]


def main(argv: list[str]) -> int:
    """Serve the pages of one office until interrupted; 1 when the key cannot be opened or the port is taken."""
    parser = ArgumentParser(prog="python3 -m app agent", description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--pkcs12", type=Path, metavar="FILE")
    where.add_argument("--pkcs11", type=Path, metavar="MODULE", help="the library of a token, with --token and --key")
    parser.add_argument("--token", default="", metavar="LABEL")
    parser.add_argument("--key", default="", metavar="LABEL")
    parser.add_argument("--origin", action="append", required=True, metavar="URL", help="https://office.example.gov.vn")
    parser.add_argument("--port", type=int, default=desk.PORT)
    given = parser.parse_args(argv)
    window = Window(_opener(given))
    try:
        key = window.opened(text("agent.pin"))
        made = Desk(key.certificate, key.chain, frozenset(origin(one) for one in given.origin), window.consent)
        server = desk.serving(made, given.port)
    except (SigningError, OSError, ValueError) as trouble:
        say(text("agent.cannot", why=str(trouble)))
        return 1
    Thread(target=server.serve_forever, daemon=True).start()
    say(text("agent.ready", port=server.server_address[1], origins=", ".join(sorted(made.origins))))
    window.attend()
    return 0


def _opener(given: Namespace) -> Opener:
    if given.pkcs12 is not None:
        return lambda pin: load_p12(given.pkcs12.read_bytes(), pin.encode())
    # On the user's own machine the library of their token may look wherever it does otherwise.
    token = TokenKeystore(given.pkcs11.absolute(), given.token, environment=os.environ)
    return lambda pin: token.key(given.key, pin)


def origin(address: str) -> str:
    """The origin of an address as browsers send it. Errors: ValueError."""
    parts = urlsplit(address)
    local = parts.hostname in {"localhost", "127.0.0.1"}
    if not parts.netloc or parts.scheme not in ({"http", "https"} if local else {"https"}):
        raise ValueError(address)
    return f"{parts.scheme}://{parts.netloc}".lower()


@dataclass
class _Waiting:
    """A question on the screen, and what came of it; `over` when nobody waits for the answer any more."""

    asked: Asked
    answered: Event = field(default_factory=Event)
    key: Key | None = None
    trouble: SigningError | None = None
    over: bool = False


class Window:
    """The terminal: one question after the other, each with its code, each agreed to by the PIN."""

    def __init__(self, opener: Opener) -> None:
        """Take what opens the key with a PIN."""
        self._opener = opener
        self._questions = SimpleQueue[_Waiting]()

    def opened(self, prompt: str) -> Key:
        """The key, after the PIN was typed; nothing typed means no. Errors: SigningError."""
        pin = getpass(f"{prompt}: ")
        if not pin:
            raise SigningRefused("agent.refused")
        return self._opener(pin)

    def consent(self, asked: Asked) -> Key:
        """Have a question answered; called by whoever serves the page. Errors: SigningError."""
        waiting = _Waiting(asked)
        self._questions.put(waiting)
        if not waiting.answered.wait(PATIENCE):
            waiting.over = True
            raise SigningUnavailable("agent.too_slow")
        if waiting.trouble is not None or waiting.key is None:
            raise waiting.trouble or SigningRefused("agent.refused")
        return waiting.key

    def attend(self) -> None:
        """Show questions as they come, until the terminal is closed or the user has enough."""
        try:
            while True:
                with suppress(Empty):
                    self._show(self._questions.get(timeout=HEED))
        except (KeyboardInterrupt, EOFError):
            say(text("agent.ended"))

    def _show(self, waiting: _Waiting) -> None:
        asked = waiting.asked
        say(text("agent.asks", origin=asked.origin, what=asked.what, count=len(asked.digests), code=asked.code))
        try:
            waiting.key = self.opened(text("agent.agree"))
        except SigningError as trouble:
            waiting.trouble = trouble
        if waiting.over:
            say(text("agent.over"))
        else:
            say(text("agent.signed" if waiting.trouble is None else "agent.not_signed"))
        waiting.answered.set()
