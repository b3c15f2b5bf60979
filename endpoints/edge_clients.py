"""Who a client is: the address it comes from, or the one that a trusted proxy names for it."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Network

FORWARDED = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-prefix"})
"""Headers that only a trusted proxy may set."""

_SITE = 64
"""An IPv6 client is a /64: one subscriber owns it whole."""


class Clients:
    """Tells clients apart, given the networks of the proxies that are trusted."""

    def __init__(self, proxies: Sequence[IPv4Network | IPv6Network]) -> None:
        self._proxies = tuple(proxies)

    def trusts(self, peer: str) -> bool:
        """Return whether a peer, `address:port`, is a trusted proxy."""
        return bool(self._proxies) and self._is_proxy(_address(peer.rpartition(":")[0]))

    def identify(self, peer: str, forwarded_for: str | None) -> str:
        """Return the client's identity: the last address that is no trusted proxy's."""
        address = _address(peer.rpartition(":")[0])
        if self._proxies and forwarded_for:
            for named in reversed(forwarded_for.split(",")):
                if not self._is_proxy(address):
                    break
                found = _address(named.strip())
                if found is None:
                    break
                address = found
        return _identity(address)

    def _is_proxy(self, address: IPv4Address | IPv6Address | None) -> bool:
        return address is not None and any(
            address.version == proxy.version and address in proxy for proxy in self._proxies
        )


@lru_cache(maxsize=1_024)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


@lru_cache(maxsize=1_024)
def _identity(address: IPv4Address | IPv6Address | None) -> str:
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, _SITE), strict=False))
    return str(address)
