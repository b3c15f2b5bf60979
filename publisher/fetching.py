"""One file fetched over HTTP: https, or http to this machine; a few redirects; bounded in bytes and in time.

What comes back is the file as it is (RFC 9110, conditional requests by §13.1), or a refusal whose text holds nothing of
the address but its host: the rest may be secret.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
import threading
import time
import zlib
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from publisher.refusals import refusal_reason
from publisher.source_settings import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from publisher.errors import Texts

_HOPS = 5
_CHUNK = 1 << 16
_SNIFFED = 512
_HTML = re.compile(rb"\s*(<!doctype\s+html|<html|<head|<\?xml[^>]*>\s*<!doctype\s+html)", re.IGNORECASE)
_KEPT = "!#$%&'()*+,/:;=?@[]~"
_MOVED = frozenset({301, 302, 303, 307, 308})
_ACCEPT = "text/csv, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, */*;q=0.5"
_MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a fetch may take: bytes of the file once unpacked, seconds for the whole, seconds without a byte."""

    size: int = 100 * _MEBIBYTE
    seconds: float = 120.0
    silence: float = 20.0


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells a server which state of a file is already here."""

    etag: str | None = None
    last_modified: str | None = None


class FetchError(Exception):
    """A file that could not be fetched; `texts` says why."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.texts: Texts = {"fr": fr, "en": en}


def fetch(url: str, target: Path, agent: str, known: Validators, limits: Limits) -> Validators | None:
    """Write the file at an address to `target`; return its validators, or None when it is the one already known.

    Raises:
        FetchError: the server is away, slow, answers with another status or a page, sends more than is allowed, less
            than it said, or leads elsewhere than an address may.
    """
    request = {"User-Agent": agent, "Accept": _ACCEPT, "Accept-Encoding": "gzip, identity"}
    request |= {"If-None-Match": known.etag} if known.etag else {}
    request |= {"If-Modified-Since": known.last_modified} if known.last_modified else {}
    end = time.monotonic() + limits.seconds
    address, guarded = _address(url), False
    for _ in range(_HOPS + 1):
        with _answer(address, request, limits, end, guarded=guarded) as response:
            if response.status in _MOVED:
                address, guarded = _next(address, response.headers.get("Location", ""), guarded=guarded)
                continue
            if response.status == HTTPStatus.NOT_MODIFIED and (known.etag or known.last_modified):
                return None
            _write(response, target, limits, end)
            return Validators(response.headers.get("ETag"), response.headers.get("Last-Modified"))
    raise FetchError(f"plus de {_HOPS} redirections", f"more than {_HOPS} redirects")


def _address(url: str, base: str = "") -> SplitResult:
    """Return the parts of an address; what is wrong with it is not told, for it may be secret."""
    try:
        whole = urljoin(base, quote(url, safe=_KEPT))
        parts = urlsplit(whole)
        _ = parts.port
    except ValueError:
        raise FetchError("adresse mal formée", "malformed address") from None
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(whole))
    if parts.username or parts.password:
        raise FetchError("adresse avec un compte ; le retirer", "address with an account; take it out")
    if not parts.hostname or "%" in parts.netloc:
        raise FetchError("adresse mal formée", "malformed address")
    if not secure:
        raise FetchError("adresse qui n'est pas en https", "address that is not https")
    return parts


def _next(here: SplitResult, location: str, *, guarded: bool) -> tuple[SplitResult, bool]:
    """Return where a redirect leads, and whether that must be a public address: a host that nobody wrote down."""
    there = _address(location, here.geturl())
    if there.scheme == "http" and here.scheme == "https":
        raise FetchError("redirection hors de https", "redirect out of https")
    return there, guarded or (there.hostname, there.port) != (here.hostname, here.port)


@contextlib.contextmanager
def _answer(
    address: SplitResult, request: dict[str, str], limits: Limits, end: float, *, guarded: bool
) -> Iterator[http.client.HTTPResponse]:
    """Ask once; the connection is cut when the time is over, whatever it waits for."""
    host, port = address.hostname or "", address.port
    wait = max(0.001, min(limits.silence, end - time.monotonic()))
    connection: http.client.HTTPConnection = (
        http.client.HTTPSConnection(host, port, timeout=wait, context=ssl.create_default_context())
        if address.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=wait)
    )
    timer: threading.Timer | None = None
    try:
        connection.connect()
        timer = threading.Timer(max(0.001, end - time.monotonic()), _cut, [connection.sock])
        timer.daemon = True
        timer.start()
        if guarded and not ip_address(connection.sock.getpeername()[0].partition("%")[0]).is_global:
            raise FetchError("redirection vers une adresse privée", "redirect to a private address")
        query = f"?{address.query}" if address.query else ""
        connection.request("GET", f"{address.path or '/'}{query}", headers=request)
        with connection.getresponse() as response:
            yield response
    except TimeoutError:
        raise _late(limits) from None
    except ssl.SSLCertVerificationError as error:
        said = error.verify_message
        raise FetchError(f"certificat de {host} refusé ({said})", f"certificate of {host} refused ({said})") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        if time.monotonic() >= end:
            raise _late(limits) from None
        if isinstance(error, http.client.IncompleteRead):
            raise _cut_short() from None
        named = dict.fromkeys(("fr", "en"), type(error).__name__)
        why = refusal_reason(error) if isinstance(error, OSError) else named
        raise FetchError(
            f"{host} ne répond pas bien ({why['fr']})", f"{host} does not answer well ({why['en']})"
        ) from None
    finally:
        if timer:
            timer.cancel()
        connection.close()


def _cut(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _write(response: http.client.HTTPResponse, target: Path, limits: Limits, end: float) -> None:
    if response.status != HTTPStatus.OK:
        raise FetchError(f"réponse HTTP {response.status}", f"HTTP status {response.status}")
    if response.headers.get_content_type() in {"text/html", "application/xhtml+xml"}:
        raise _page()
    written = 0
    with target.open("wb") as file:
        for part in _unpacked(response, limits, end):
            if written == 0 and _HTML.match(part[:_SNIFFED].removeprefix(b"\xef\xbb\xbf")):
                raise _page()
            written += len(part)
            if written > limits.size:
                raise _too_large(limits)
            file.write(part)
    if not written:
        raise FetchError("fichier vide", "empty file")


def _unpacked(response: http.client.HTTPResponse, limits: Limits, end: float) -> Iterator[bytes]:
    """Yield the pieces of the file, once it is unpacked; what was sent must be whole."""
    expected, received = response.length, 0
    unpack = _unpacker(response.headers.get("Content-Encoding", "identity"))
    while chunk := response.read1(_CHUNK):
        received += len(chunk)
        if received > limits.size:
            raise _too_large(limits)
        yield from unpack(chunk)
        if time.monotonic() >= end:
            raise _late(limits)
    if time.monotonic() >= end:
        raise _late(limits)
    if (expected is not None and received != expected) or any(unpack(b"")):
        raise _cut_short()


class _Gunzip:
    """Unpacks gzip (RFC 1952) piece by piece, so that a few bytes never become gigabytes at once."""

    def __init__(self) -> None:
        self._engine = zlib.decompressobj(wbits=31)

    def __call__(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the pieces of a chunk; of the empty one, at the end, a piece when the file is not whole."""
        try:
            if not chunk and not self._engine.eof:
                yield b"?"
            rest = chunk
            while rest and not self._engine.eof:
                if piece := self._engine.decompress(rest, _CHUNK):
                    yield piece
                rest = self._engine.unconsumed_tail
        except zlib.error:
            raise FetchError("compression gzip abîmée", "damaged gzip compression") from None


def _plain(chunk: bytes) -> Iterator[bytes]:
    if chunk:
        yield chunk


def _unpacker(encoding: str) -> Callable[[bytes], Iterator[bytes]]:
    if encoding.strip().lower() in {"", "identity"}:
        return _plain
    if encoding.strip().lower() in {"gzip", "x-gzip"}:
        return _Gunzip()
    raise FetchError(f"compression inconnue ({encoding[:20]!a})", f"unknown compression ({encoding[:20]!a})")


def _cut_short() -> FetchError:
    return FetchError("fichier tronqué", "truncated file")


def _too_large(limits: Limits) -> FetchError:
    most = limits.size // _MEBIBYTE
    return FetchError(f"fichier de plus de {most} Mio", f"file of more than {most} MiB")


def _page() -> FetchError:
    return FetchError(
        "une page web au lieu d'un tableau ; la source demande-t-elle de se connecter ?",
        "a web page instead of a table; does the source want a login?",
    )


def _late(limits: Limits) -> FetchError:
    return FetchError(f"pas de réponse complète en {limits.seconds:g} s", f"no complete answer in {limits.seconds:g} s")
