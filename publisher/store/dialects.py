"""The engines we know: where each takes queries, updates and graphs, and what it does in its own way.

The protocols are the same everywhere (SPARQL 1.1 Query, Update, Graph Store Protocol); the addresses are not. A new
engine is a new line here, tried with the contract tests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from publisher.errors import UsageError
from publisher.representations import RESULTS_JSON, RESULTS_XML, Representation


@dataclass(frozen=True, slots=True)
class Dialect:
    """One engine. Paths are added to the store's address; `graphs` is None when only updates can load.

    `bindings` is the format it writes results in best, `server` how it names itself in the `Server` header, `late` what
    the text of a failure holds when its own time limit caused it.
    """

    kind: str
    query: str = ""
    update: str = ""
    graphs: str | None = None
    bindings: Representation = RESULTS_JSON
    server: str | None = None
    late: bytes | None = None
    standard_dataset: bool = True
    extension_functions: bool = False


DIALECTS = (
    Dialect("oxigraph", "/query", "/update", "/store", server="Oxigraph", late=b"timeout"),
    Dialect(
        "virtuoso",
        "/sparql",
        "/sparql-auth",
        "/sparql-graph-crud-auth",
        server="Virtuoso",
        late=b"S1T00",
        standard_dataset=False,
        extension_functions=True,
        bindings=RESULTS_XML,
    ),
    Dialect("fuseki", "/query", "/update", "/data", server="Fuseki"),
    Dialect("rdf4j", "", "/statements", "/rdf-graphs/service"),
    Dialect("sparql"),
)
"""The last takes queries and updates at the very address and is loaded by updates: the standard alone, no more."""

_ADDRESS = re.compile(r"(?:(?P<kind>[a-z0-9]+)\+)?(?P<url>https?://.+)", re.ASCII)


def read_address(text: str) -> tuple[str | None, str]:
    """Split `virtuoso+http://host:8890` into the engine's kind, if given, and the address without final slash.

    Raises:
        UsageError: no http(s) address, an unknown kind, or credentials, a query or a fragment in it.
    """
    match = _ADDRESS.fullmatch(text.strip())
    if match is None:
        raise UsageError(
            "magasin : adresse http(s) attendue, par exemple http://127.0.0.1:7878",
            "store: an http(s) address is expected, for example http://127.0.0.1:7878",
        )
    kind, url = match["kind"], match["url"].rstrip("/")
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "magasin : ni compte ni mot de passe dans l'adresse (variables ANNUAIRE_STORE_USER et _PASSWORD)",
            "store: no account or password in the address (variables ANNUAIRE_STORE_USER and _PASSWORD)",
        )
    if not parts.hostname or parts.query or parts.fragment:
        raise UsageError("magasin : adresse sans paramètre ni fragment", "store: an address without query or fragment")
    if kind is not None:
        dialect(kind)
    return kind, url


def dialect(kind: str) -> Dialect:
    """Return an engine by its kind.

    Raises:
        UsageError: it is unknown.
    """
    for known in DIALECTS:
        if known.kind == kind:
            return known
    kinds = ", ".join(known.kind for known in DIALECTS)
    raise UsageError(f"magasin : type « {kind} » inconnu ; connus : {kinds}", f"store: unknown kind '{kind}'; {kinds}")


def by_server(header: str) -> Dialect | None:
    """Return the engine that names itself so in the `Server` header of its answers."""
    return next((known for known in DIALECTS if known.server and known.server.lower() in header.lower()), None)
