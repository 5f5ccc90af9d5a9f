"""What the operator decided: one frozen dataclass, read once from the environment."""

import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROFILES = ("demo", "production")


@dataclass(frozen=True)
class Settings:
    """Where things are kept and which profile runs.

    `profile` is "demo" (demo PKI, demo people allowed) or "production" (both refused). `hosts` are the names the site
    answers to; none means any. `address` ("https://vanban.quangngai.gov.vn") is printed on paper, for people to come
    to; a production without one prints none. `office` is "host:port" of an unoserver; none starts LibreOffice for each
    text document.
    """

    data: Path
    database_url: str
    redis_url: str
    profile: str
    secret_key: str
    world: str = "2017"
    empty: bool = False
    port: int = 8000
    host: str = "127.0.0.1"
    upload_limit: int = 50 * 1024 * 1024
    exchange_limit: int = 4 * 1024 * 1024 * 1024
    secure_cookies: bool = False
    trusted_proxies: int = 0
    hosts: tuple[str, ...] = ()
    measure: bool = False
    office: str = ""
    address: str = ""

    @property
    def production(self) -> bool:
        """Whether demo keys and demo sign-ins must be refused."""
        return self.profile == "production"

    @property
    def files(self) -> Path:
        """The root of the content-addressed file store."""
        return self.data / "files"

    @property
    def pki(self) -> Path:
        """Where demo keys and trust anchors are kept."""
        return self.data / "pki"


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Read `EOFFICE_*`, `HOST` and `PORT`; what is absent has an embedded default. Errors: ValueError."""
    env = os.environ if environ is None else environ
    data = Path(env.get("EOFFICE_DATA") or ROOT / "var").resolve()
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    _close_to_others(data)
    profile = _profile(env.get("EOFFICE_PROFILE") or "demo")
    return Settings(
        data=data,
        database_url=env.get("EOFFICE_DATABASE_URL") or f"sqlite:///{data / 'eoffice.sqlite3'}",
        redis_url=env.get("EOFFICE_REDIS_URL") or f"unix://{data / 'run' / 'redis.sock'}?db=0",
        profile=profile,
        secret_key=env.get("EOFFICE_SECRET_KEY") or _kept_secret(data / "secret_key"),
        world=env.get("EOFFICE_WORLD") or "2017",
        empty=env.get("EOFFICE_EMPTY") == "1",
        port=int(env.get("PORT") or 8000),
        host=env.get("HOST") or "127.0.0.1",
        upload_limit=int(env.get("EOFFICE_UPLOAD_LIMIT") or 50 * 1024 * 1024),
        exchange_limit=int(env.get("EOFFICE_EXCHANGE_LIMIT") or 4 * 1024 * 1024 * 1024),
        secure_cookies=(env.get("EOFFICE_SECURE_COOKIES") or str(int(profile == "production"))) == "1",
        measure=env.get("EOFFICE_MEASURE") == "1",
        office=env.get("EOFFICE_OFFICE") or "",
        address=_address(env, profile),
        trusted_proxies=int(env.get("EOFFICE_TRUSTED_PROXIES") or 0),
        hosts=tuple(name for word in env.get("EOFFICE_HOSTS", "").split(",") if (name := word.strip())),
    )


def _profile(word: str) -> str:
    """A misspelt profile must not run as a demo, where everybody's password is public."""
    if word not in PROFILES:
        raise ValueError(f"EOFFICE_PROFILE is {word!r}; it takes only: {', '.join(PROFILES)}")
    return word


def _address(env: Mapping[str, str], profile: str) -> str:
    """As it is said, or by the first name the site answers to; a demo is reached at its own machine."""
    said = (env.get("EOFFICE_ADDRESS") or "").strip().rstrip("/")
    if said and not said.startswith(("https://", "http://")):
        raise ValueError(f"EOFFICE_ADDRESS is {said!r}; it begins with https:// or http://")
    names = [name.strip() for name in env.get("EOFFICE_HOSTS", "").split(",") if name.strip()]
    here = "" if profile == "production" else f"http://localhost:{env.get('PORT') or 8000}"
    return said or (f"https://{names[0]}" if names else here)


def _close_to_others(folder: Path) -> None:
    """A data folder made beforehand is often open to read; one that is shared on purpose is not ours to close."""
    found = folder.stat()
    if found.st_uid == os.getuid() and not found.st_mode & stat.S_ISVTX:
        folder.chmod(0o700)


def _kept_secret(path: Path) -> str:
    """One random key for each data folder; it appears whole, and processes that start together agree on it."""
    try:
        return path.read_text()
    except FileNotFoundError:
        pass
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
    return path.read_text()
