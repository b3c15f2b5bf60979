"""The TCP connection of one client, as the kernel knows it.

Granian 2.8 queues without bound what a client does not read, ends a body cleanly whatever happens, and does not tell a
chunked body that stops short from a whole one. The kernel knows better: how much the client has acknowledged, whether
it has closed its side; and it can break the connection off. So the descriptor is found by its address.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
from ipaddress import ip_address
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

_ACKNOWLEDGED = struct.Struct("=Q")
_ACKNOWLEDGED_OFFSET = 120
"""Where `tcpi_bytes_acked` stands in Linux's struct tcp_info (since 4.1)."""


class Connection:
    """A second descriptor of a client's connection, to be closed soon: until then the connection stays open."""

    def __init__(self, held: socket.socket) -> None:
        self._held = held

    @classmethod
    def of(cls, client: str) -> Self | None:
        """Return the connection whose far end is `address:port`; None where descriptors cannot be listed."""
        host, _, port = client.rpartition(":")
        wanted = ip_address(host.strip("[]")), int(port)
        with contextlib.suppress(OSError):
            for number in os.listdir("/proc/self/fd"):  # noqa: PTH208 - numbers, not paths
                held = _duplicate(int(number))
                if held is None:
                    continue
                if _far_end(held) == wanted:
                    return cls(held)
                held.close()
        return None

    def acknowledged(self) -> int | None:
        """Return how many bytes the client's machine has taken so far; None where the kernel does not say."""
        if not sys.platform.startswith("linux"):
            return None
        try:
            found = self._held.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        except OSError:
            return None
        return int(_ACKNOWLEDGED.unpack_from(found, _ACKNOWLEDGED_OFFSET)[0])

    def is_closed(self) -> bool:
        """Return whether the client has closed its side."""
        try:
            return self._held.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def break_off(self) -> None:
        """End the connection now: an answer under way is seen to be incomplete."""
        with contextlib.suppress(OSError):
            self._held.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()


def _duplicate(number: int) -> socket.socket | None:
    try:
        copy = os.dup(number)
    except OSError:
        return None
    try:
        return socket.socket(fileno=copy)
    except OSError:  # not a socket
        os.close(copy)
        return None


def _far_end(held: socket.socket) -> tuple[object, int] | None:
    try:
        name = held.getpeername()
        return (ip_address(name[0]), name[1]) if isinstance(name, tuple) else None
    except (OSError, ValueError):
        return None
