"""A loopback peer that plays VGCA Sign Service: fetches the file, signs all of it, brings it back, and says so."""

import json
import ssl
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from websockets.sync.server import ServerConnection, serve

from signing.keys.protocol import Key
from tests.agents import desk

Sign = Callable[[bytes], bytes]


@contextmanager
def running(folder: Path, key: Key, field: str = desk.OWN_FIELD) -> Iterator[tuple[str, list[str]]]:
    """The address of the plugin, and the operations it was asked for."""
    asked: list[str] = []

    def attend(socket: ServerConnection) -> None:
        asked.append(str(socket.request and socket.request.path).removeprefix("/"))
        told = json.loads(socket.recv())
        if asked[-1] == "GetCertInfo":
            shown = b64encode(key.certificate.public_bytes(Encoding.DER)).decode()
            socket.send(json.dumps({"Status": True, "Message": "", "CertInfo": json.dumps({"Base64": shown})}))
            return
        socket.send(json.dumps(_served(told, lambda data: desk.signed(data, key, field))))

    with serve(attend, "127.0.0.1", 0, ssl=_tls(folder)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"wss://127.0.0.1:{server.socket.getsockname()[1]}", asked
        finally:
            server.shutdown()
            thread.join()


def _served(told: dict[str, Any], sign: Sign) -> dict[str, Any]:
    """What the plugin does with a question."""
    with urllib.request.urlopen(told["FileName"], timeout=20) as answer:  # noqa: S310  # our own page says where
        data = answer.read()
    border = uuid4().hex
    head = f'--{border}\r\nContent-Disposition: form-data; name="uploadfile"; filename="ky.pdf"\r\n\r\n'
    body = head.encode() + sign(data) + f"\r\n--{border}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={border}"}
    request = urllib.request.Request(told["FileUploadHandler"], body, kind)  # noqa: S310  # as above
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  # as above
        reply: dict[str, Any] = json.loads(answer.read())
    return reply


def _tls(folder: Path) -> ssl.SSLContext:
    """A certificate of its own making, as the plugin installs one."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(days=1))
    certificate = builder.not_valid_after(now + timedelta(days=2)).sign(key, hashes.SHA256())
    file = folder / "plugin.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
