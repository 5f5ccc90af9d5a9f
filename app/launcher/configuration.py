"""What the operator wrote in the environment, looked at before anything starts: a slip there is said in words."""

from collections.abc import Iterator, Mapping

from app.launcher.terminal import Stopped

REFUSED = "setting.refused"
WORDS = {"EOFFICE_PROFILE": ("demo", "production"), "EOFFICE_SECURE_COOKIES": ("0", "1")}
NUMBERS = ("EOFFICE_TRUSTED_PROXIES", "EOFFICE_UPLOAD_LIMIT")


def check(environ: Mapping[str, str]) -> None:
    """Errors: Stopped, with the first setting that is not understood."""
    for slip in slips(environ):
        raise Stopped(REFUSED, **slip)


def slips(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Settings that are not understood, as the message needs them; an empty one counts as absent."""
    for name, words in WORDS.items():
        value = environ.get(name)
        if value and value not in words:
            yield {"name": name, "value": value, "wanted": ", ".join(words)}
    for name in NUMBERS:
        value = environ.get(name)
        if value and not (value.isascii() and value.isdigit()):
            yield {"name": name, "value": value, "wanted": "0, 1, 2 …"}


def is_production(environ: Mapping[str, str]) -> bool:
    """Whether the environment asks for the real thing."""
    return environ.get("EOFFICE_PROFILE") == "production"
