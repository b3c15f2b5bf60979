"""HTTP to a store: one host, no redirect, no proxy, deadlines, credentials only when asked for.

Credentials come from the environment, `ANNUAIRE_STORE_USER` and `ANNUAIRE_STORE_PASSWORD`; they are sent to the
store's own host when it answers 401, by Basic or Digest (RFC 7617, RFC 7616), and are never written down.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import socket
import threading
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from publisher.store.errors import (
    StoreAnswerError,
    StoreCredentialsError,
    StoreTimeoutError,
    StoreUnreachableError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from urllib.request import Request

USER_VARIABLE = "ANNUAIRE_STORE_USER"
PASSWORD_VARIABLE = "ANNUAIRE_STORE_PASSWORD"  # noqa: S105 - the variable's name


class _Connection(http.client.HTTPConnection):
    """A connection that tells its exchange which socket it uses."""

    exchange: Exchange

    def connect(self) -> None:
        super().connect()
        self.exchange.uses(self.sock)


class _SecureConnection(http.client.HTTPSConnection):
    exchange: Exchange

    def connect(self) -> None:
        super().connect()
        self.exchange.uses(self.sock)


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self._exchange = exchange

    def http_open(self, req: Request) -> http.client.HTTPResponse:
        return self.do_open(self._connection, req)

    def _connection(self, host: str, **options: Any) -> _Connection:
        connection = _Connection(host, **options)
        connection.exchange = self._exchange
        return connection


class _Secure(urllib.request.HTTPSHandler):
    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self._exchange = exchange

    def https_open(self, req: Request) -> http.client.HTTPResponse:
        return self.do_open(self._connection, req)

    def _connection(self, host: str, **options: Any) -> _SecureConnection:
        connection = _SecureConnection(host, **options)
        connection.exchange = self._exchange
        return connection


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any, **_named: Any) -> None:
        return None


class Exchange:
    """One request and its answer, which another thread may break off."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._aborted = False
        self._lock = threading.Lock()
        handlers = (urllib.request.ProxyHandler({}), _NoRedirect(), _Plain(self), _Secure(self))
        self._opener = urllib.request.build_opener(*handlers)

    def open(self, request: Request, timeout: float) -> http.client.HTTPResponse:
        """Send a request as `send` does, with credentials if they are wanted.

        When the store asks for credentials (401) and there are some, the request is sent once more with them.
        `timeout` bounds, in seconds, every wait for the network; `abort` bounds the whole.

        Raises:
            StoreUnreachableError, StoreTimeoutError, StoreCredentialsError, StoreAnswerError: as their names say.
        """
        response = self.send(request, timeout)
        if response.status == HTTPStatus.UNAUTHORIZED:
            challenge = response.headers.get("WWW-Authenticate", "")
            response.close()
            request.add_unredirected_header("Authorization", authorization(request, challenge))
            response = self.send(request, timeout)
        if response.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            response.close()
            raise StoreCredentialsError(
                f"le magasin refuse l'accès ; vérifier {USER_VARIABLE} et {PASSWORD_VARIABLE}",
                f"the store refuses access; check {USER_VARIABLE} and {PASSWORD_VARIABLE}",
            )
        return response

    def challenge(self, request: Request, timeout: float) -> str | None:
        """Send a request without credentials; return the challenge if it is refused for want of them."""
        with self.send(request, timeout) as response:
            if response.status != HTTPStatus.UNAUTHORIZED:
                return None
            return response.headers.get("WWW-Authenticate", "")

    def server(self, request: Request, timeout: float) -> str:
        """Send a request; return how the engine names itself, whatever it answers."""
        with self.send(request, timeout) as response:
            return response.headers.get("Server", "")

    def uses(self, connected: socket.socket) -> None:
        """Note the socket of the exchange."""
        with self._lock:
            self._socket = connected
        if self._aborted:
            self.abort()

    def abort(self) -> None:
        """Break off the exchange: what waits for it fails at once."""
        self._aborted = True
        with self._lock, contextlib.suppress(OSError):
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Break off the exchange if the block takes longer.

        Raises:
            StoreTimeoutError: it did.
        """
        timer = threading.Timer(seconds, self.abort)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (OSError, http.client.HTTPException, StoreUnreachableError) as error:
            if self._aborted:
                raise _late() from error
            if isinstance(error, StoreUnreachableError):
                raise
            raise _away(error) from error
        finally:
            timer.cancel()

    def send(self, request: Request, timeout: float) -> http.client.HTTPResponse:
        """Send a request as it is; return the answer, whatever its status, once its header is there.

        Raises:
            StoreUnreachableError, StoreTimeoutError, StoreAnswerError: as their names say.
        """
        try:
            found = self._opener.open(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            found = error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, TimeoutError):
                raise _late() from error
            raise _away(reason) from error
        if HTTPStatus.MULTIPLE_CHOICES <= found.status < HTTPStatus.BAD_REQUEST:
            found.close()
            raise StoreAnswerError(
                "le magasin renvoie vers une autre adresse ; aucune redirection n'est suivie",
                "the store redirects to another address; redirects are not followed",
            )
        return cast("http.client.HTTPResponse", found)


def has_credentials() -> bool:
    """Return whether the environment holds credentials for the store."""
    return bool(os.environ.get(USER_VARIABLE))


def authorization(request: Request, challenge: str) -> str:
    """Return the Authorization header that answers a challenge.

    Raises:
        StoreCredentialsError: there are no credentials, or the challenge is not understood.
    """
    user, password = os.environ.get(USER_VARIABLE), os.environ.get(PASSWORD_VARIABLE, "")
    if not user:
        raise StoreCredentialsError(
            f"le magasin demande un compte : le donner dans {USER_VARIABLE} et {PASSWORD_VARIABLE}",
            f"the store asks for an account: give it in {USER_VARIABLE} and {PASSWORD_VARIABLE}",
        )
    scheme, _, rest = challenge.partition(" ")
    if scheme.lower() == "basic":
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    if scheme.lower() == "digest":
        known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        known.add_password(None, request.full_url, user, password)
        fields = urllib.request.parse_keqv_list(urllib.request.parse_http_list(rest))
        answer = urllib.request.HTTPDigestAuthHandler(known).get_authorization(request, fields)
        if answer:
            return f"Digest {answer}"
    raise StoreCredentialsError(
        "le magasin demande une identification d'un type inconnu (Basic et Digest sont compris)",
        "the store asks for an unknown kind of authentication (Basic and Digest are understood)",
    )


def _late() -> StoreTimeoutError:
    return StoreTimeoutError(
        "le magasin n'a pas répondu dans le temps permis", "the store did not answer in the time allowed"
    )


def _away(error: object) -> StoreUnreachableError:
    return StoreUnreachableError(f"le magasin ne répond pas ({error})", f"the store does not answer ({error})")
