"""What columns an extract has: the table's own, a label beside each code, what a code leads to, a point.

The address of the thing comes first. A column that the mapping reads through a reference
(`{departement.region}`) is there too, so that nobody has to join tables in a spreadsheet.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from publisher import sql
from publisher.convert import subject_expression
from publisher.datasets import THINGS
from publisher.datatypes import Datatype
from publisher.mapping import relation_of
from publisher.notes import texts_of
from publisher.table import ROW

if TYPE_CHECKING:
    from collections.abc import Mapping as ByName

    from publisher.errors import Texts
    from publisher.mapping import Column, Mapping, Reference

CENTRES = "territoires/centres"
COMMUNES = "data/territoires/communes.csv"
_STRING = Datatype("string")
_DEGREES = Datatype("decimal")


@dataclass(frozen=True, slots=True)
class ExtractColumn:
    """One column of an extract: its name, its texts, its datatype, the SQL of its value over row `p`."""

    name: str
    title: Texts
    description: Texts
    expression: str
    datatype: Datatype = _STRING
    separator: str | None = None
    required: bool = False
    joins: tuple[str, ...] = field(default=())


URI = (
    {"fr": "URI", "en": "URI"},
    {"fr": "Identifiant, qui est aussi une adresse.", "en": "Identifier, an address too."},
)


def extract_columns(mapping: Mapping, mappings: ByName[str, Mapping]) -> list[ExtractColumn]:
    """Return the columns of a table's extract; `mappings` are all the tables that could be read, by label."""
    notes = _column_notes(mapping)
    columns = [ExtractColumn("uri", *URI, _own_subject(mapping))] if _subjects(mapping) else []
    for column in mapping.source_columns:
        columns.append(_own(column, notes.get(column.name, {})))
        if reference := mapping.reference(column.name):
            columns += _label(column.name, columns[-1], column.separator, reference, mappings)
    columns += _followed(mapping, {column.name for column in columns}, mappings)
    columns += _point(mapping, mappings)
    return columns


def _own(column: Column, note: dict[str, Any]) -> ExtractColumn:
    titles = note.get("titles")
    title = titles if isinstance(titles, dict) else {"fr": column.name}
    texts = {lang: each if isinstance(each, str) else each[0] for lang, each in title.items()}
    description = texts_of(note, "dc:description")
    cell = f"p.{sql.name(column.name)}"
    return ExtractColumn(
        column.name, texts, description, cell, column.datatype, column.separator, required=column.required
    )


def _label(
    name: str, code: ExtractColumn, separator: str | None, reference: Reference, mappings: ByName[str, Mapping]
) -> list[ExtractColumn]:
    """Return the column of names beside a column of codes, when what the codes refer to has names."""
    target = mappings.get(reference.resource)
    if target is None and not reference.resource.endswith(".ttl"):
        return []
    if target is not None and target.column("nom") is None:
        return []
    relation, key = relation_of(reference.resource), sql.clean(reference.columns[0])
    title = {lang: f"{text} : nom" if lang == "fr" else f"{text}: name" for lang, text in code.title.items()}
    description = {
        "fr": f"Nom en clair de la colonne « {name} » ; même ordre, même séparateur.",
        "en": f"Names of the codes in column '{name}'; same order, same separator.",
    }
    alias = f"l_{name}"
    names = (
        f"(SELECT {key} AS __code, min({sql.clean('nom')}) AS __nom FROM {relation} WHERE {key} IS NOT NULL GROUP BY 1)"
    )
    if separator is None:
        join = f"LEFT JOIN {names} {sql.name(alias)} ON {sql.name(alias)}.__code = {code.expression}"
        return [ExtractColumn(f"{name}_nom", title, description, f"{sql.name(alias)}.__nom", joins=(join,))]
    join = f"CROSS JOIN (SELECT map(list(__code), list(__nom)) AS __noms FROM {names}) {sql.name(alias)}"
    found = f"list_transform({sql.items(name, separator)}, lambda i: coalesce({sql.name(alias)}.__noms[i], i))"
    value = f"nullif(array_to_string({found}, {sql.text(separator)}), '')"
    return [ExtractColumn(f"{name}_nom", title, description, value, separator=separator, joins=(join,))]


def _followed(mapping: Mapping, present: set[str], mappings: ByName[str, Mapping]) -> list[ExtractColumn]:
    """Return the columns that the mapping reads through a reference, each with its names.

    One that several references lead to is named after the column it is read through.
    """
    columns: list[ExtractColumn] = []
    variables = sorted({v.name for v in mapping.variables if "." in v.name})
    times = Counter(variable.partition(".")[2] for variable in variables)
    for variable in variables:
        through, _, read = variable.partition(".")
        if f"{through}_{read}" in present:
            continue
        name = read if times[read] == 1 else f"{through}_{read}"
        reference = mapping.reference(through)
        target = mappings.get(reference.resource) if reference else None
        found = target.column(read) if target else None
        if found is None or target is None or name in present:
            continue
        own = _own(found, _column_notes(target).get(read, {}))
        columns.append(ExtractColumn(name, own.title, own.description, f"p.{sql.name(variable)}", found.datatype))
        if further := target.reference(read):
            columns += _label(name, columns[-1], None, further, mappings)
    return columns


def _point(mapping: Mapping, mappings: ByName[str, Mapping]) -> list[ExtractColumn]:
    """Return longitude and latitude of the commune that a row names: of the code as written, else of the current."""
    centres = next((each for each in mappings.values() if each.name == CENTRES), None)
    column = next((c for c in mapping.source_columns if c.name == "commune" and c.separator is None), None)
    reference = mapping.reference("commune")
    if mapping.name not in THINGS or centres is None or column is None:
        return []
    if reference is None or reference.resource != COMMUNES:
        return []
    cell = sql.clean("commune")
    raw = f"LEFT JOIN (SELECT {ROW} AS __n, {cell} AS __commune FROM {mapping.relation}) r ON r.__n = p.{ROW}"
    points = f"(SELECT code AS __code, longitude AS __longitude, latitude AS __latitude FROM {centres.published})"
    written = f"LEFT JOIN {points} c1 ON c1.__code = r.__commune"
    current = f"LEFT JOIN {points} c2 ON c2.__code = p.commune"
    notes = _column_notes(centres)
    return [
        ExtractColumn(
            name,
            _own(column, notes.get(name, {})).title,
            {
                "fr": "Point de la commune à un kilomètre près (WGS 84) ; ce n'est pas une adresse.",
                "en": "Point of the commune to about a kilometre (WGS 84); not an address.",
            },
            f"coalesce(c1.__{name}, c2.__{name})",
            _DEGREES,
            joins=(raw, written, current),
        )
        for name in ("longitude", "latitude")
    ]


def _subjects(mapping: Mapping) -> Counter[str]:
    """Return the subject expressions of a mapping that are the thing itself, by how often they occur."""
    usable = (c for c in mapping.columns if c.property_iri and all(v.name != c.name for v in c.about.variables))
    return Counter(s for c in usable if "#" not in (s := subject_expression(c)) and "/doc/" not in s and s)


def _own_subject(mapping: Mapping) -> str:
    return _subjects(mapping).most_common(1)[0][0]


def _column_notes(mapping: Mapping) -> dict[str, dict[str, Any]]:
    columns = json.loads(mapping.metadata.read_text(encoding="utf-8"))["tableSchema"]["columns"]
    return {column["name"]: column for column in columns if "name" in column}
