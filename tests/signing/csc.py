"""A remote signing service (CSC API) on this machine: certomancer's, with the manners of real ones."""

import asyncio
import base64
import secrets
import threading
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, ServiceLabel
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from csc_dummy.csc_dummy_server import CSCWithCertomancer, DummyServiceParams  # type: ignore[import-untyped]

from signing.demo_pki import MARK, PrivateKey
from signing.trust import TrustStore
from tests.signing import papers

PERSON, AGENCY, WEAK, DEMO = "town/person", "town/agency", "town/weak", "town/demo"
AT_MOST = 3
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Manners:
    """What certomancer's server does not do by itself.

    `pin` and `otp` are asked for when they are set, the code once; `telephone` makes permission wait until `agreed`;
    `account` ("name:password") is asked for with HTTP Basic; `pinned` is SCAL2; `odd` answers a path (its last word)
    with something else. `seen` are the paths that were asked for.
    """

    pin: str = ""
    otp: str = ""
    telephone: bool = False
    agreed: bool = False
    account: str = ""
    pinned: bool = True
    odd: dict[str, Handler] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)


class Service:
    """The server, with manners; `csc` is the one that has none."""

    def __init__(self, config: CertomancerConfig, manners: Manners) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it keeps its settings as aiohttp liked them once
            self.csc: Any = CSCWithCertomancer(config, service_params=DummyServiceParams(manners.pinned, AT_MOST))
        self.manners = manners
        self._waiting: dict[str, str] = {}
        self._token = secrets.token_urlsafe()
        self.app = web.Application(middlewares=[self._received])
        for path, handler in {
            "auth/login": self.login,
            "credentials/list": self.csc.credentials_list,
            "credentials/info": self.describe,
            "credentials/authorize": self.authorise,
            "credentials/authorizeCheck": self.check,
            "signatures/signHash": self.csc.signatures_sign_hash,
        }.items():
            self.app.router.add_post(f"/csc/v1/{path}", handler)

    @web.middleware
    async def _received(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        name = request.path.rpartition("/")[2]
        self.manners.seen.append(name)
        if self.manners.account and name != "login" and request.headers.get("Authorization") != f"Bearer {self._token}":
            raise web.HTTPUnauthorized
        return await self.manners.odd.get(name, handler)(request)

    async def login(self, request: web.Request) -> web.Response:
        """Who the installation is."""
        words = base64.b64encode(self.manners.account.encode()).decode()
        if request.headers.get("Authorization") != f"Basic {words}":
            raise web.HTTPUnauthorized
        return web.json_response({"access_token": self._token, "expires_in": 3600})

    async def describe(self, request: web.Request) -> web.Response:
        """With what the holder has to give."""
        answer = orjson.loads((await self.csc.credentials_info(request)).body)
        if self.manners.pin:
            otp = {"presence": "true" if self.manners.otp else "false"}
            answer.update(authMode="explicit", PIN={"presence": "true"}, OTP=otp)
        return web.json_response(answer)

    async def authorise(self, request: web.Request) -> web.Response:
        """Only with the PIN, and on the telephone only when its holder agreed."""
        if self.manners.pin and (await request.json()).get("PIN") != self.manners.pin:
            return web.json_response({"error": "invalid_pin"}, status=400)
        if self.manners.otp and (await request.json()).get("OTP") != self.manners.otp:
            return web.json_response({"error": "invalid_otp"}, status=400)
        self.manners.otp = self.manners.otp and secrets.token_hex()
        permission: web.Response = await self.csc.credentials_authorize(request)
        if not self.manners.telephone:
            return permission
        handle = secrets.token_urlsafe()
        self._waiting[handle] = str(permission.text)
        return web.json_response({"handle": handle})

    async def check(self, request: web.Request) -> web.Response:
        """Whether the holder has agreed."""
        if not self.manners.agreed:
            return web.json_response({"error": "authorization_pending"}, status=400)
        permission = self._waiting.pop((await request.json())["handle"])
        return web.Response(text=permission, content_type="application/json")


@dataclass(frozen=True)
class Town:
    """A service that runs: where, with which manners, and who believes its certificates."""

    url: str
    manners: Manners
    trust: TrustStore
    service: Service


class Registry:
    """Keys and certificates of a town, made once: services of many manners may stand on it."""

    def __init__(self, folder: Path) -> None:
        keys: dict[str, PrivateKey] = {
            "root": ec.generate_private_key(ec.SECP256R1()),
            "person": ec.generate_private_key(ec.SECP256R1()),
            "agency": rsa.generate_private_key(public_exponent=65537, key_size=3072),
            "demo": ec.generate_private_key(ec.SECP256R1()),
            "weak": rsa.generate_private_key(public_exponent=65537, key_size=1024),  # noqa: S505  # what it is for
        }
        for name, key in keys.items():
            form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            (folder / f"{name}.pem").write_bytes(key.private_bytes(*form))
        self._config = CertomancerConfig(_config(keys), str(folder))
        arch = self._config.get_pki_arch(ArchLabel("town"))
        root = arch.get_cert(CertLabel("root"))
        crl = arch.service_registry.get_crl(ServiceLabel("root"))
        self._trust = TrustStore((root,), (root,), (), (crl,), demo=False)

    @contextmanager
    def service(self, manners: Manners) -> Iterator[Town]:
        """A service for as long as the block takes."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        service = Service(self._config, manners)
        runner = web.AppRunner(service.app, shutdown_timeout=0.1)

        async def start() -> int:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            return int(runner.addresses[0][1])

        port = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
        try:
            yield Town(f"http://127.0.0.1:{port}/", manners, self._trust, service)
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(30)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(30)
            loop.close()


def _config(keys: dict[str, PrivateKey]) -> dict[str, Any]:
    def span(first: int, last: int) -> dict[str, str]:
        now = datetime.now(UTC)
        first_day, last_day = ((now + timedelta(days)).strftime("%Y-%m-%dT%H:%M:%S+0000") for days in (first, last))
        return {"valid-from": first_day, "valid-to": last_day}

    names = {"root": "Cơ quan chứng thực thử", "person": papers.PERSON, "agency": papers.AGENCY, "weak": "Khóa yếu"}
    subjects: dict[str, dict[str, str]] = {name: {"common-name": common} for name, common in names.items()}
    subjects["demo"] = {"common-name": "Khóa trình diễn", "organizational-unit-name": MARK}
    leaf = {"issuer": "root", "validity": span(-1, 700), "profiles": ["digsig-commitment"]}
    root: dict[str, Any] = {"subject": "root", "issuer": "root", "validity": span(-30, 3650)}
    root["profiles"] = [{"id": "simple-ca", "params": {"crl-repo": "root"}}]
    crls = {"for-issuer": "root", "signing-key": "root", "simulated-update-schedule": "P60D"}
    return {
        "external-url-prefix": "http://127.0.0.1",
        "keysets": {"town": {"keys": {name: {"path": f"{name}.pem"} for name in keys}}},
        "pki-architectures": {
            "town": {
                "keyset": "town",
                "entity-defaults": {"country-name": "VN", "organization-name": papers.AGENCY},
                "entities": subjects,
                "certs": {name: root if name == "root" else {"subject": name, **leaf} for name in subjects},
                "services": {"crl-repo": {"root": crls}},
            }
        },
    }
