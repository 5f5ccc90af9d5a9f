"""A hardware security module in software (SoftHSM2), with a token of its own in a folder, for everybody who signs."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from signing.demo_pki import PrivateKey
from signing.keys.token import TokenKeystore

MODULE = next(
    (path for path in map(Path, ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/libsofthsm2.so")) if path.exists()),
    Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
)
needs_softhsm = pytest.mark.skipif(
    not MODULE.exists() or shutil.which("softhsm2-util") is None, reason="SoftHSM2 is not installed"
)
TOKEN, PIN, OFFICER = "van-thu", "24681357", "13572468"
_PUT = Path(__file__).with_name("hsm_put.py")


@dataclass(frozen=True)
class Hsm:
    """A token in a folder: `put` a key there, and open it through `keystore`, which needs no global environment."""

    folder: Path
    module: Path = MODULE
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> Mapping[str, str]:
        """What SoftHSM wants to find in the environment of a process."""
        return {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf"), **self.more}

    def keystore(self, **settings: Any) -> TokenKeystore:
        """The token for those who sign; `settings` as TokenKeystore has them."""
        return TokenKeystore(self.module, TOKEN, environment=self.environment, **settings)

    def put(
        self,
        label: str,
        key: PrivateKey,
        certificates: Iterable[x509.Certificate] = (),
        *,
        identifier: str = "01",
        every_time: bool = False,
    ) -> None:
        """Bring a key onto the token, with the same id and label for its certificate, which comes first."""
        form = (Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        job = {"key": key.private_bytes(*form).hex(), "every_time": every_time}
        self._put(label, identifier, certificates, job)

    def put_certificate(self, label: str, certificate: x509.Certificate, *, identifier: str = "01") -> None:
        """Bring the certificate of a key that is there, by its id."""
        self._put(label, identifier, [certificate], {})

    def pull(self) -> None:
        """Take the token out."""
        shutil.rmtree(self.folder / "tokens")
        (self.folder / "tokens").mkdir()

    def _put(self, label: str, identifier: str, certificates: Iterable[x509.Certificate], job: dict[str, Any]) -> None:
        where = {"module": str(MODULE), "token": TOKEN, "pin": PIN, "label": label, "id": identifier}
        encoded = [one.public_bytes(Encoding.DER).hex() for one in certificates]
        self._run([sys.executable, str(_PUT)], json.dumps({**job, **where, "certificates": encoded}))

    def _run(self, command: list[str], given: str = "") -> None:
        subprocess.run(
            command,
            input=given,
            text=True,
            env={**os.environ, **self.environment},
            check=True,
            capture_output=True,
            timeout=60,
        )


def make_hsm(folder: Path) -> Hsm:
    """A new token, initialised, with PIN and without any key."""
    (folder / "tokens").mkdir(parents=True)
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    made = Hsm(folder)
    made._run(["softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", OFFICER])
    return made
