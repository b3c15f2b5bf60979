"""The search index of a release (tantivy): built once at publication, opened read-only by those who serve.

    name     every name, folded, one word a token
    whole    the same names without spaces, one token each; also with their words in alphabetical order
    text     names, descriptions, domains, places, projects, folded
    code     SIREN, INSEE code, domain slug; also codes that lead here (former communes, arrondissements)
    kind domaine commune epci departement region annee population tranche acv: what can be filtered and counted
    acheteur ville: the kinds of authorities, and the sizes of the communes, that a contract binds it to
    vague montant: the wave of a call for projects, the amount in cents
    debut fin: the first and the last day, as 20260131; without a date 0 and 99999999
    longitude latitude: where it is, in degrees
    rang     the place in alphabetical order, to sort by
    recent   the latest year, to sort by
    fiche    the document itself, JSON

Names are folded by `publisher.names`, here and in the question; so the index needs no analyser of its own.
Segments carry random names: the files differ from one build to the next, what they answer does not.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import tantivy

from publisher.compact_json import write_compact
from publisher.graphs import no_collection
from publisher.names import fold, words
from publisher.search_documents import LISTED, PLACES, SearchDocument, band, read_documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import Any

    from duckdb import DuckDBPyConnection

    from publisher.search_documents import Point

_KEYS = ("iri", "kind", "code", "domaine", *PLACES, "tranche", "acv", "acheteur", "ville", "vague", "whole")
_NUMBERS = ("annee", "population", "rang", "recent", "montant", "debut", "fin")
POSITION = ("longitude", "latitude")
NO_DAY = (0, 99_999_999)
"""`debut` and `fin` of what has no date: it is of any time."""

_FEATURE = '{"type":"Feature",'
_HEAP = 256 * 1024 * 1024
_LOCKS = (".tantivy-meta.lock", ".tantivy-writer.lock")


def build_search_index(statements: DuckDBPyConnection, directory: Path, placed: Path | None = None) -> int:
    """Write the index of a graph into a new directory; return how many documents it holds.

    `placed` is a GeoJSON file, a feature a line, that says where things are.
    """
    with no_collection():
        points = dict(_points(placed)) if placed and placed.is_file() else {}
        return write_index(read_documents(statements, points), directory)


def _points(placed: Path) -> Iterator[tuple[str, Point]]:
    with placed.open(encoding="utf-8") as lines:
        for line in lines:
            feature = json.loads(line.rstrip(",\n")) if line.startswith(_FEATURE) else {}
            if (feature.get("geometry") or {}).get("type") == "Point":
                longitude, latitude = feature["geometry"]["coordinates"]
                yield feature["id"], (longitude, latitude)


def write_index(documents: Iterable[SearchDocument], directory: Path) -> int:
    """Write documents, in their order, into a new directory; return how many there are."""
    directory.mkdir(parents=True)
    index = tantivy.Index(search_schema(), path=str(directory))
    writer = index.writer(heap_size=_HEAP, num_threads=1)
    total = 0
    for rank, document in enumerate(documents):
        writer.add_document(_indexed(document, rank))
        total += 1
    writer.commit()
    writer.wait_merging_threads()
    del writer, index
    for name in _LOCKS:
        (directory / name).unlink(missing_ok=True)
    for path in directory.iterdir():
        path.chmod(0o644)  # tantivy keeps its own lists to the user who built them; another one may serve
    return total


def search_schema() -> tantivy.Schema:
    """Return the fields of the index."""
    builder = tantivy.SchemaBuilder()
    for name in _KEYS:
        fast = name not in {"code", "whole"}
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=fast)
    for name in ("name", "text"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in _NUMBERS:
        builder.add_unsigned_field(name, indexed=True, fast=True)
    for name in POSITION:
        builder.add_float_field(name, indexed=True, fast=True)
    builder.add_bytes_field("fiche", stored=True)
    return builder.build()


def _indexed(document: SearchDocument, rank: int) -> tantivy.Document:
    """Return a document as tantivy takes it."""
    listed = document.kind in LISTED
    names = [] if listed else list(dict.fromkeys(words(name) for name in document.names))
    found = tantivy.Document()
    keys = {
        "iri": [document.iri],
        "kind": [document.kind],
        "code": [] if listed else [document.code, *document.other_codes],
        "domaine": [each.code for each in (*document.domains, *document.ancestors)],
        **{place: _codes(document, place) for place in PLACES},
        "tranche": [band(document.population)] if document.population is not None else [],
        "acv": ["oui" if document.acv else "non"],
        "acheteur": document.buyers,
        "ville": document.towns,
        "vague": [document.wave] if document.wave else [],
        "whole": sorted({"".join(each) for name in names for each in (name, sorted(name))}),
        "name": [" ".join(name) for name in names],
        "text": [" ".join(dict.fromkeys(_texts(document)))],
    }
    for field, values in keys.items():
        for value in values:
            found.add_text(field, value)
    for year in document.years:
        found.add_unsigned("annee", year)
    if document.population is not None:
        found.add_unsigned("population", document.population)
    if document.latest is not None:
        found.add_unsigned("recent", document.latest)
    if document.amount is not None:
        found.add_unsigned("montant", max(0, int(document.amount * 100)))
    for field, day, none in zip(("debut", "fin"), (document.first_day, document.last_day), NO_DAY, strict=True):
        found.add_unsigned(field, int(day.replace("-", "")) if day else none)
    for field, degrees in zip(POSITION, document.point or (), strict=False):
        found.add_float(field, degrees)
    found.add_unsigned("rang", rank)
    found.add_bytes("fiche", write_compact(_record(document, names)).encode())
    return found


def _codes(document: SearchDocument, place: str) -> list[str]:
    """Return the codes of the territories of one kind that a thing is in, in order."""
    own = document.places.get(place)
    codes = [own.code] if own else []
    return sorted({*codes, *document.elsewhere.get(place, ())}) if document.elsewhere else codes


def _texts(document: SearchDocument) -> list[str]:
    """Return all that a text search looks through, folded."""
    around = (*document.domains, *document.ancestors, *document.places.values())
    labels = [label for reference in around for label in reference.folded]
    own = (*document.names, *document.description.values(), *document.projects, *document.related)
    return [*map(fold, own), *labels]


def _record(document: SearchDocument, names: list[tuple[str, ...]]) -> dict[str, Any]:
    """Return what answers show of a document without asking the store; empty values are left out."""
    record = {
        "iri": document.iri,
        "kind": document.kind,
        "labels": document.labels,
        "others": document.others,
        "names": names,
        "description": document.description,
        "code": document.code,
        "otherCodes": document.other_codes,
        "places": {place: reference.record for place, reference in document.places.items()},
        "domains": [each.record for each in document.domains],
        "ancestors": [each.record for each in document.ancestors],
        "years": document.years,
        "population": document.population,
        "acv": document.acv,
        "contracts": document.contracts,
        "point": document.point,
    }
    return {name: value for name, value in record.items() if value}
