"""What an operator sets about the running service: the tables `[sparql]` and `[serveur]` of `annuaire.toml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

Network = IPv4Network | IPv6Network

_MEBIBYTE = 1 << 20


class SettingError(ValueError):
    """A setting that is wrong: its key, and what is expected, in French and English."""

    def __init__(self, key: str, fr: str, en: str) -> None:
        super().__init__(f"{key}: {en}")
        self.key, self.fr, self.en = key, fr, en


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Limits of queries and requests; times in seconds, sizes in bytes, `query_length` in characters.

    `disk` is the number of triples above which queries read the release's files instead of a copy in memory. `cache` is
    what each web process keeps of answers. `federation` are the endpoints that SERVICE may call. `proxies` are those
    whose X-Forwarded headers are believed, `hosts` the names that they may give this service. `work` is how long the
    application may work for one client, in milliseconds a second, `reserve` in seconds at once. `metrics` is where
    figures are given, or None.
    """

    deadline: float = 10.0
    transfer: float = 60.0
    rows: int = 1_000_000
    answer_bytes: int = 256 * _MEBIBYTE
    query_length: int = 200_000
    memory: int = 512 * _MEBIBYTE
    workers: int = 8
    per_client: int = 6
    queue: int = 64
    queue_time: float = 5.0
    disk: int = 5_000_000
    body: int = _MEBIBYTE
    body_time: float = 10.0
    cache: int = 32 * _MEBIBYTE
    work: int = 1_000
    reserve: float = 60.0
    journal: bool = True
    metrics: tuple[str, int] | None = ("127.0.0.1", 9464)
    federation: tuple[str, ...] = ()
    proxies: tuple[Network, ...] = ()
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Number:
    """A setting that is a number: the field it fills, its bounds, and what one unit is worth."""

    field: str
    least: float
    most: float
    unit: int = 1
    whole: bool = True


_NUMBERS: dict[str, dict[str, _Number]] = {
    "sparql": {
        "delai": _Number("deadline", 0.1, 3_600, whole=False),
        "transfert": _Number("transfer", 1, 86_400, whole=False),
        "lignes": _Number("rows", 1, 10**9),
        "reponse_mio": _Number("answer_bytes", 1, 65_536, _MEBIBYTE),
        "requete": _Number("query_length", 100, 1_000_000),
        "memoire_mio": _Number("memory", 32, 1_048_576, _MEBIBYTE),
        "processus": _Number("workers", 1, 256),
        "par_client": _Number("per_client", 1, 10_000),
        "file": _Number("queue", 0, 10_000),
        "attente": _Number("queue_time", 0.1, 600, whole=False),
        "disque": _Number("disk", 0, 10**12),
    },
    "serveur": {
        "envoi_mio": _Number("body", 1, 64, _MEBIBYTE),
        "envoi_delai": _Number("body_time", 0.1, 600, whole=False),
        "cache_mio": _Number("cache", 0, 65_536, _MEBIBYTE),
        "travail": _Number("work", 0, 100_000),
        "reserve": _Number("reserve", 0.05, 86_400, whole=False),
    },
}
_FEDERATION, _PROXIES, _HOSTS, _JOURNAL, _METRICS = "federation", "proxys", "hotes", "journal", "metriques"
_MOST_PORT = 65_535
_ENDPOINT = re.compile(r"""https?://[^/?#@\s<>"{}|\\^`]+([/?][^#\s<>"{}|\\^`]*)?""")
"""An address that stands in a query as it is, with neither an account nor a fragment."""

_EXPECTED_ENDPOINTS = (
    'une liste d\'adresses http(s) de services SPARQL est attendue, comme ["https://query.wikidata.org/sparql"]',
    'a list of http(s) addresses of SPARQL services is expected, such as ["https://query.wikidata.org/sparql"]',
)
_HOST = re.compile(r"[a-z0-9.-]+(:[0-9]+)?")
_EXPECTED_HOSTS = (
    'une liste de noms d\'hôte en minuscules est attendue, comme ["annuaire.example"]',
    'a list of host names in lower case is expected, such as ["annuaire.example"]',
)
KNOWN = {
    "sparql": frozenset({*_NUMBERS["sparql"], _FEDERATION}),
    "serveur": frozenset({*_NUMBERS["serveur"], _PROXIES, _HOSTS, _JOURNAL, _METRICS}),
}
"""The settings of each table."""


def read_service(settings: dict[str, Any]) -> ServiceSettings:
    """Return the service's settings from the settings file's content; what is absent has its default.

    Raises:
        SettingError: a value is of the wrong type or out of bounds, or asks for what is not offered.
    """
    found: dict[str, Any] = {}
    for table, numbers in _NUMBERS.items():
        given = settings.get(table, {})
        if not isinstance(given, dict):
            raise SettingError(table, "une table est attendue", "a table is expected")
        for name, number in numbers.items():
            if name in given:
                found[number.field] = _number(given[name], number, f"{table}.{name}")
    queries, server = settings.get("sparql", {}), settings.get("serveur", {})
    found["federation"] = _texts(queries.get(_FEDERATION, []), _ENDPOINT, f"sparql.{_FEDERATION}", *_EXPECTED_ENDPOINTS)
    found["hosts"] = _texts(server.get(_HOSTS, []), _HOST, f"serveur.{_HOSTS}", *_EXPECTED_HOSTS)
    found["proxies"] = _networks(server.get(_PROXIES, []))
    if _JOURNAL in server:
        found["journal"] = _flag(server[_JOURNAL], f"serveur.{_JOURNAL}")
    if _METRICS in server:
        found["metrics"] = _listener(server[_METRICS])
    return ServiceSettings(**found)


def _number(value: object, number: _Number, key: str) -> float:
    kinds = (int,) if number.whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not number.least <= value <= number.most:
        raise SettingError(
            key,
            f"« {value} » : un nombre{' entier' if number.whole else ''} de {number.least:g} à {number.most:g} "
            "est attendu",
            f"'{value}': a {'whole ' if number.whole else ''}number from {number.least:g} to {number.most:g} "
            "is expected",
        )
    return value * number.unit


def _flag(value: object, key: str) -> bool:
    if not isinstance(value, bool):
        raise SettingError(key, f"« {value} » : true ou false est attendu", f"'{value}': true or false is expected")
    return value


def _listener(value: object) -> tuple[str, int] | None:
    """Return host and port of an address to listen on, `127.0.0.1:9464` or `[::1]:9464`; None for an empty text."""
    if value == "":
        return None
    host, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    if not host or not port.isdecimal() or not port.isascii() or int(port) > _MOST_PORT:
        raise SettingError(
            f"serveur.{_METRICS}",
            f"« {value} » : une adresse et un port sont attendus, comme « 127.0.0.1:9464 » ; vide : aucun",
            f"'{value}': an address and a port are expected, such as '127.0.0.1:9464'; empty: none",
        )
    return host.strip("[]"), int(port)


def _texts(value: object, form: re.Pattern[str], key: str, fr: str, en: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) and form.fullmatch(each) for each in value):
        raise SettingError(key, fr, en)
    return tuple(value)


def _networks(value: object) -> tuple[Network, ...]:
    try:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise TypeError  # noqa: TRY301 - told below with the rest
        return tuple(ip_network(each) for each in value)
    except (TypeError, ValueError) as error:
        raise SettingError(
            f"serveur.{_PROXIES}",
            'une liste d\'adresses ou de réseaux est attendue, comme ["127.0.0.1", "10.0.0.0/8"]',
            'a list of addresses or networks is expected, such as ["127.0.0.1", "10.0.0.0/8"]',
        ) from error
