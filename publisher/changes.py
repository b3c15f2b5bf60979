"""What changed between two graphs, thing by thing, written as one step of the history.

A thing of ours (an IRI under `{base}/id/`, a domain) carries its sub-nodes (`#…`) and its record (`{base}/doc/…`):
a step holds its whole state after the change. Of the rest (territories, vocabulary) it holds the statements that
came and went. Both files are sorted: one reading of each tells the lines that differ, however many there are.

A step is N-Quads (https://www.w3.org/TR/n-quads/), gzip, in several members that can be read one by one:

    default graph          the step: instant, release before and after, who (a `prov:Agent`) and why if it was said;
                           each change: `as:Create`, `as:Update` or `as:Delete`, the thing (`dct:isVersionOf`), label
    {base}/history/{class}/{key}/{n}   the thing's statements after the change
    {base}/history/{n}#added, #removed   the other statements
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, PROV, RDF, RDFS, SKOS, XSD

from publisher.identifiers import DOMAIN_CLASS, TERRITORY_CLASSES, Minter
from publisher.signature import Signature
from publisher.sql import text
from publisher.vocabulary import AS, DOMAINS, INSEE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

UNSIGNED = Signature()
CREATE, UPDATE, DELETE = str(AS.Create), str(AS.Update), str(AS.Delete)
ADDED, REMOVED = "#added", "#removed"
AGENT = "#agent"
THINGS_A_MEMBER = 50
_LINES_A_MEMBER = 10_000
_FETCH = 20_000
_LEVEL = 6
_LONGEST = 16 << 20
"""What a line may take, in bytes. A buffer is twice that; DuckDB would take sixteen times, for each thread."""
_DIFFERENCES = ".ecarts"
_LABELS = (str(SKOS.prefLabel), str(DCTERMS.title), str(RDFS.label), "http://xmlns.com/foaf/0.1/name")


@dataclass(frozen=True, slots=True)
class Occasion:
    """When a step is taken, whether it goes back (a rollback), by whom and why."""

    instant: datetime
    undone: bool = False
    signature: Signature = UNSIGNED


@dataclass(frozen=True, slots=True)
class Passage:
    """One step: from a release (None: from nothing) to another."""

    number: int
    before: str | None
    after: str
    occasion: Occasion


class _Touched(NamedTuple):
    thing: str
    action: str
    lines: list[str]
    labels: list[str]


def write_step(
    connection: DuckDBPyConnection, minter: Minter, passage: Passage, before: Path | None, after: Path, target: Path
) -> None:
    """Compare two sorted N-Triples files (plain or gzip; no `before`: all is new) and write what changed."""
    _compare(connection, minter.base, before, after, target.with_name(_DIFFERENCES))
    with target.open("wb") as raw:
        _write_member(raw, _header(minter, passage))
        things = _touched(connection)
        while members := list(islice(things, THINGS_A_MEMBER)):
            _write_member(raw, (line for each in members for line in _described(minter, passage.number, each)))
        others = _others(connection, minter.step(passage.number))
        while lines := list(islice(others, _LINES_A_MEMBER)):
            _write_member(raw, lines)
    for name in ("delta_lines", "state_lines", "touched_things"):
        connection.execute(f"DROP TABLE {name}")


def _compare(connection: DuckDBPyConnection, base: str, before: Path | None, after: Path, differences: Path) -> None:
    """Make three tables: the lines that came and went; the things of ours among them; all that is said of these now."""
    thing = _thing(base)
    if before is None:
        delta = f"SELECT line, true AS added FROM {lines_of(after)}"
    else:
        _write_differences(before, after, differences)
        delta = f"SELECT line[2:] AS line, line[1] = '+' AS added FROM {lines_of(differences)}"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE delta_lines AS SELECT *, {thing} AS thing FROM ({delta})")
    differences.unlink(missing_ok=True)
    ours = f"starts_with(thing, {text(base + '/id/')}) OR starts_with(thing, {text(DOMAINS)})"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE touched_things AS"
        f" SELECT DISTINCT thing FROM delta_lines WHERE ({ours}) AND thing <> {text(DOMAINS)}"
    )
    spoken_of = f"starts_with(line, {text(f'<{base}/')}) OR starts_with(line, {text(f'<{DOMAINS}')})"
    now = f"SELECT line, {thing} AS thing FROM {lines_of(after)} WHERE {spoken_of}"
    said = now if before else "SELECT line, thing FROM delta_lines"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE state_lines AS SELECT * FROM ({said}) SEMI JOIN touched_things USING (thing)"
    )


def _write_differences(before: Path, after: Path, target: Path) -> None:
    """Write the lines that only one of two sorted files has, each after `+` or `-`."""
    with _opened(before) as old, _opened(after) as new, target.open("wb") as found:
        former, latter = next(old, b""), next(new, b"")
        while former or latter:
            if former == latter:
                former, latter = next(old, b""), next(new, b"")
            elif not former or (latter and latter < former):
                found.write(b"+" + latter)
                latter = next(new, b"")
            else:
                found.write(b"-" + former)
                former = next(old, b"")


def _opened(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb"))


def lines_of(path: Path | None) -> str:
    """Return the relation of the lines of an N-Triples file (`.gz` or not), column `line`; none of no file."""
    if path is None:
        return "(SELECT NULL::VARCHAR AS line WHERE false)"
    packed = "gzip" if path.suffix == ".gz" else "none"
    return (
        f"read_csv({text(str(path))}, columns = {{'line': 'VARCHAR'}}, auto_detect = false, header = false,"
        f" delim = E'\\x01', quote = '', escape = '', compression = '{packed}',"
        f" max_line_size = {_LONGEST}, buffer_size = {2 * _LONGEST})"
    )


def _thing(base: str) -> str:
    """Return the expression of the thing that a line speaks of: its subject without fragment, a record's topic."""
    node = "rtrim(split_part(split_part(line, ' ', 1), '#', 1), '>')[2:]"
    rest = f"{node}[{len(base) + len('/doc/') + 1}:]"
    kinds = ", ".join(text(kind) for kind in sorted(TERRITORY_CLASSES))
    return (
        f"CASE WHEN NOT starts_with(line, {text(f'<{base}/doc/')}) THEN {node}"
        f" WHEN split_part({rest}, '/', 1) IN ({kinds}) THEN {text(INSEE)} || {rest}"
        f" WHEN split_part({rest}, '/', 1) = {text(DOMAIN_CLASS)} THEN {text(DOMAINS)} || split_part({rest}, '/', 2)"
        f" ELSE {text(base + '/id/')} || {rest} END"
    )


def _touched(connection: DuckDBPyConnection) -> Iterator[_Touched]:
    """Yield the things of ours that changed, by IRI; of what is gone, only the labels remain."""
    labelled = " OR ".join(f"starts_with(line, '<' || thing || {text(f'> <{each}> ')})" for each in _LABELS)
    there = "(SELECT thing, count(*) AS held FROM state_lines GROUP BY thing)"
    came = "(SELECT thing, count(*) FILTER (added) AS came, count(*) AS moved FROM delta_lines GROUP BY thing)"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE touched_things AS SELECT thing,"
        " coalesce(held, 0) > came OR moved > came AS was, held IS NOT NULL AS is_there"
        f" FROM touched_things JOIN {came} USING (thing) LEFT JOIN {there} USING (thing)"
    )
    cursor = connection.execute(
        "SELECT thing, was, is_there, line FROM touched_things JOIN state_lines USING (thing)"
        f" UNION ALL SELECT thing, was, is_there, line FROM touched_things JOIN delta_lines USING (thing)"
        f" WHERE NOT is_there AND ({labelled})"
        " UNION ALL SELECT thing, was, is_there, NULL FROM touched_things WHERE NOT is_there"
        " ORDER BY thing, line"
    )
    for (thing, was, is_there), rows in groupby(_rows(cursor), key=lambda row: row[:3]):
        lines = [row[3] for row in rows if row[3]]
        action = DELETE if not is_there else UPDATE if was else CREATE
        yield _Touched(thing, action, lines if is_there else [], _labels(thing, lines))


def _rows(cursor: DuckDBPyConnection) -> Iterator[tuple[str, bool, bool, str | None]]:
    while rows := cursor.fetchmany(_FETCH):
        yield from rows


def _labels(thing: str, lines: Iterable[str]) -> list[str]:
    """Return the objects, as N-Triples, of the first property of `_LABELS` that the thing has."""
    listed = list(lines)
    for label in _LABELS:
        start = f"<{thing}> <{label}> "
        if found := [line[len(start) : -2] for line in listed if line.startswith(start)]:
            return found
    return []


def _described(minter: Minter, number: int, touched: _Touched) -> Iterator[str]:
    version = minter.version(touched.thing, number)
    yield f"<{version}> <{RDF.type}> <{touched.action}> .\n"
    yield f"<{version}> <{DCTERMS.isVersionOf}> <{touched.thing}> .\n"
    for label in touched.labels:
        yield f"<{version}> <{RDFS.label}> {label} .\n"
    for line in touched.lines:
        yield f"{line[:-1]}<{version}> .\n"


def _others(connection: DuckDBPyConnection, step: str) -> Iterator[str]:
    cursor = connection.execute(
        "SELECT line, added FROM delta_lines ANTI JOIN touched_things USING (thing) ORDER BY added, line"
    )
    while rows := cursor.fetchmany(_FETCH):
        for line, added in rows:
            yield f"{line[:-1]}<{step}{ADDED if added else REMOVED}> .\n"


def _header(minter: Minter, passage: Passage) -> list[str]:
    step = minter.step(passage.number)
    said = [
        (RDF.type, URIRef(PROV.Activity)),
        (PROV.endedAtTime, Literal(passage.occasion.instant.isoformat(), datatype=XSD.dateTime)),
        (PROV.generated, URIRef(minter.release(passage.after))),
    ]
    if passage.before:
        said.append((PROV.used, URIRef(minter.release(passage.before))))
    if passage.occasion.undone:
        said.append((RDF.type, URIRef(AS.Undo)))
    if passage.occasion.signature.reason:
        said.append((RDFS.comment, Literal(passage.occasion.signature.reason)))
    lines = [f"<{step}> <{predicate}> {value.n3()} .\n" for predicate, value in said]
    if passage.occasion.signature.by:
        lines += [
            f"<{step}> <{PROV.wasAssociatedWith}> <{step}{AGENT}> .\n",
            f"<{step}{AGENT}> <{RDF.type}> <{PROV.Agent}> .\n",
            f"<{step}{AGENT}> <{RDFS.label}> {Literal(passage.occasion.signature.by).n3()} .\n",
        ]
    return lines


def _write_member(raw: object, lines: Iterable[str]) -> None:
    """Append one gzip member; it carries no date, so that the same changes give the same bytes."""
    content = "".join(lines).encode()
    raw.write(gzip.compress(content, _LEVEL, mtime=0))  # type: ignore[attr-defined]
