"""What a release's graph says of the things that can be searched, thing by thing.

Gathered by `publisher/queries/search_*.sql` into one table of (thing, name, value). Companies, projects and contracts,
of which there may be millions, are read in alphabetical order without ever being all in memory.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from publisher.names import fold
from publisher.queries import read_sql
from publisher.terms import iri_of, unescape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from duckdb import DuckDBPyConnection

Facts = dict[str, list[str]]
"""What is said of one thing: values by short name; labels and descriptions with a language are under `label@fr`."""

_NUMEROUS = (
    "SELECT thing FROM facts WHERE name = 'kind'"
    " AND value IN ('entreprise', 'marche', 'projet', 'solution', 'pratique')"
)
_FETCH = 20_000
_BATCH = 20_000


def gather_facts(statements: DuckDBPyConnection) -> None:
    """Make the table of facts."""
    statements.execute(f"CREATE OR REPLACE TEMP TABLE kinds AS {read_sql('search_kinds')}")
    statements.execute(
        "CREATE OR REPLACE TEMP VIEW said_of_things AS "
        f"SELECT * FROM ({read_sql('search_facts')}) SEMI JOIN kinds USING (thing)"
    )
    statements.execute(
        f"CREATE OR REPLACE TABLE facts AS {read_sql('search_values')} UNION ALL SELECT thing, 'kind', kind FROM kinds"
    )


def read_few(statements: DuckDBPyConnection) -> dict[str, Facts]:
    """Return what is said of all things but the numerous ones: of territories and domains."""
    query = f"SELECT thing, name, value FROM facts WHERE thing NOT IN ({_NUMEROUS}) ORDER BY thing"
    return {iri_of(thing): facts for thing, facts in _things(statements.execute(query))}


def read_numerous(statements: DuckDBPyConnection) -> Iterator[tuple[str, Facts]]:
    """Yield the numerous things that have a name, in its alphabetical order, then that of their IRIs."""
    order = [f"<{iri}>" for _, iri in sorted(_sort_keys(statements))]
    statements.execute("CREATE OR REPLACE TABLE ranks (thing VARCHAR, rank BIGINT)")
    for start in range(0, len(order), _BATCH):
        batch = order[start : start + _BATCH]
        statements.execute(f"INSERT INTO ranks SELECT unnest(?), {start} + generate_subscripts(?, 1)", [batch, batch])
    del order
    query = "SELECT thing, name, value FROM facts JOIN ranks USING (thing) ORDER BY rank"
    for thing, facts in _things(statements.execute(query)):
        yield iri_of(thing), facts


def labels_of(facts: Facts) -> dict[str, str]:
    """Return a thing's preferred labels by language; see `by_language`."""
    return by_language(facts, "label")


def by_language(facts: Facts, name: str) -> dict[str, str]:
    """Return the texts of a name by language; one without a language counts as French."""
    languages = ("fr", "fr", "en")
    forms = name, f"{name}@fr", f"{name}@en"
    return {lang: min(facts[form]) for lang, form in zip(languages, forms, strict=True) if form in facts}


def sort_key(iri: str, labels: dict[str, str]) -> tuple[str, str]:
    """Return what alphabetical order goes by: case and accents do not count."""
    return fold(labels.get("fr") or next(iter(labels.values()))), iri


def _sort_keys(statements: DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    is_label = "name IN ('label', 'label@fr', 'label@en')"
    query = f"SELECT thing, name, value FROM facts WHERE {is_label} AND thing IN ({_NUMEROUS}) ORDER BY thing"
    for thing, facts in _things(statements.execute(query)):
        if labels := labels_of(facts):
            yield sort_key(iri_of(thing), labels)


def _things(cursor: DuckDBPyConnection) -> Iterator[tuple[str, Facts]]:
    for thing, rows in groupby(_rows(cursor), key=itemgetter(0)):
        yield thing, _said(rows)


def _said(rows: Iterable[tuple[str, ...]]) -> Facts:
    facts: Facts = {}
    for _, name, value in rows:
        text = unescape(value) if "\\" in value else value
        if name in facts:
            facts[name].append(text)
        else:
            facts[name] = [text]
    return facts


def _rows(cursor: DuckDBPyConnection) -> Iterator[tuple[str, ...]]:
    while rows := cursor.fetchmany(_FETCH):
        yield from rows
