"""Fetch one file from an address that somebody else wrote, without being sent anywhere inside.

The name is resolved once, every answer must be a public address, and the connection goes to what was checked. No
redirects, no proxies, two ports, and bounds for bytes and seconds.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Timer
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443}
_LONGEST_URL = 2000
_OK = 200
_TUNNELS = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
"""IPv6 addresses that stand for an IPv4 address which could be any."""


class Unfetched(Exception):
    """Nothing came, or nothing was asked for; the text says which: "address", "silence", "answer" or "size"."""


@dataclass(frozen=True)
class Door:
    """What may be reached: bytes and seconds for one file, and hosts with ports let through unlooked at (tests)."""

    size: int = 32 * 1024 * 1024
    seconds: float = 20.0
    allowed: frozenset[tuple[str, int]] = frozenset()

    def fetch(self, url: str) -> bytes:
        """The content behind an address. Errors: Unfetched."""
        parts, port = self._understood(url)
        host = str(parts.hostname)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            with self._connected(host, port, parts.scheme) as link:
                link.request("GET", path, headers={"Accept": "*/*", "Connection": "close", "User-Agent": "eOffice"})
                answer = link.getresponse()
                if answer.status != _OK:
                    raise Unfetched("answer")
                data = answer.read(self.size + 1)
        except (OSError, HTTPException, ValueError) as error:
            raise Unfetched("silence") from error
        if len(data) > self.size:
            raise Unfetched("size")
        return data

    def _understood(self, url: str) -> tuple[SplitResult, int]:
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS[parts.scheme]
        except (ValueError, KeyError) as error:
            raise Unfetched("address") from error
        strange = not (url.isascii() and url.isprintable()) or " " in url or len(url) > _LONGEST_URL
        usual = port == _PORTS[parts.scheme] or (parts.hostname, port) in self.allowed
        if strange or not usual or not parts.hostname or parts.username is not None:
            raise Unfetched("address")
        return parts, port

    @contextmanager
    def _connected(self, host: str, port: int, scheme: str) -> Iterator[HTTPConnection]:
        """A connection to the address that was looked at, cut when its time is over, however slowly it drips."""
        address = self._address(host, port)
        with socket.create_connection((address, port), timeout=min(self.seconds, 5.0)) as plain:
            link = HTTPConnection(host, port, timeout=self.seconds)
            link.sock = plain if scheme == "http" else _secured(plain, host)
            end = Timer(self.seconds, _cut, [link.sock])
            end.daemon = True
            end.start()
            try:
                if isinstance(link.sock, ssl.SSLSocket):
                    link.sock.do_handshake()
                yield link
            finally:
                end.cancel()
                link.close()

    def _address(self, host: str, port: int) -> str:
        """Where a name leads; refused when any of its addresses is not public. Errors: Unfetched, OSError."""
        found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        if (host, port) not in self.allowed and not all(is_public(address) for address in found):
            raise Unfetched("address")
        return found[0]


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public network, by itself and by what may stand behind it."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if any(found in net for net in _TUNNELS):
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def _secured(plain: socket.socket, host: str) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)


def _cut(link: socket.socket) -> None:
    with suppress(OSError):  # it may be over already
        link.shutdown(socket.SHUT_RDWR)
