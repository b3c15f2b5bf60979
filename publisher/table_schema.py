"""What the columns of an extract are, for tools: a Table Schema (Frictionless) and a CSVW description.

Table Schema is what French portals check files against (https://specs.frictionlessdata.io/table-schema/);
CSVW is what the extract's Link header leads to (« Model for Tabular Data », W3C 17/12/2015, §5.2). Both come from
the CSVW description of the steward's table, so that there is one place to write a column's meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from publisher.notes import link_of, texts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.extract_columns import ExtractColumn
    from publisher.mapping import Mapping
    from publisher.project import Project

    Json = dict[str, Any]

PROFILE = "https://specs.frictionlessdata.io/schemas/table-schema.json"
_TYPES: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "date": {"type": "date"},
    "gYear": {"type": "year"},
    "boolean": {"type": "boolean", "trueValues": ["true"], "falseValues": ["false"]},
    "anyURI": {"type": "string", "format": "uri"},
}
_NUMBERS = frozenset({"integer", "decimal", "gYear"})


def table_schema(project: Project, name: str, columns: Sequence[ExtractColumn], mapping: Mapping | None) -> Json:
    """Return the Table Schema of an extract; `mapping` is the table it comes from, if it is one."""
    title, description = _texts(project, mapping)
    document: Json = {
        "$schema": PROFILE,
        "name": name,
        "title": title["fr"],
        "description": description.get("fr", ""),
        "countryCode": "FR",
        "homepage": f"{project.base_uri}/donnees",
        "path": f"{project.base_uri}/dumps/{name}.schema.json",
        "encoding": "utf-8",
        "resources": [{"title": title["fr"], "path": f"{project.base_uri}/dumps/{name}.csv"}],
        "fields": [_field(column) for column in columns],
        "missingValues": [""],
    }
    if key := _key(columns, mapping):
        document["primaryKey"] = key
    return document


def describe_csv(project: Project, name: str, columns: Sequence[ExtractColumn], mapping: Mapping | None) -> Json:
    """Return the CSVW description of an extract."""
    title, description = _texts(project, mapping)
    schema: Json = {"columns": [_column(column) for column in columns]}
    if key := _key(columns, mapping):
        schema["primaryKey"] = key
    document: Json = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "fr"}],
        "url": f"{project.base_uri}/dumps/{name}.csv",
        "dc:title": _by_language(title),
        "dc:description": _by_language(description),
        "dc:license": {"@id": (link_of(mapping.notes, "dc:license") if mapping else None) or project.licence},
        "dialect": {"encoding": "utf-8", "delimiter": ",", "header": True, "lineTerminators": ["\n"]},
        "tableSchema": schema,
    }
    if mapping and (source := link_of(mapping.notes, "dc:source")):
        document["dc:source"] = {"@id": source}
    return document


def _field(column: ExtractColumn) -> Json:
    datatype = column.datatype
    many = column.separator is not None
    field: Json = {
        "name": column.name,
        "title": column.title.get("fr", column.name),
        "description": column.description.get("fr", ""),
        **(_TYPES["string"] if many else _TYPES[datatype.base]),
    }
    limits: Json = {"required": True} if column.required else {}
    if not many:
        limits |= {
            "pattern": datatype.format if datatype.base == "string" else None,
            "minLength": datatype.min_length,
            "maxLength": datatype.max_length,
            "minimum": _number(datatype.minimum) if datatype.base in _NUMBERS else datatype.minimum,
            "maximum": _number(datatype.maximum) if datatype.base in _NUMBERS else datatype.maximum,
        }
    if constraints := {key: value for key, value in limits.items() if value is not None}:
        field["constraints"] = constraints
    return field


def _column(column: ExtractColumn) -> Json:
    datatype = column.datatype
    facets = {
        "base": datatype.base,
        "format": datatype.format,
        "minimum": datatype.minimum,
        "maximum": datatype.maximum,
        "minLength": datatype.min_length,
        "maxLength": datatype.max_length,
    }
    known = {key: value for key, value in facets.items() if value is not None}
    described: Json = {
        "name": column.name,
        "titles": column.name,
        "dc:title": _by_language(column.title),
        "dc:description": _by_language(column.description),
        "datatype": known if len(known) > 1 else datatype.base,
    }
    if column.separator:
        described["separator"] = column.separator
    if column.required:
        described["required"] = True
    return described


def _key(columns: Sequence[ExtractColumn], mapping: Mapping | None) -> list[str]:
    names = {column.name for column in columns}
    key = list(mapping.primary_key) if mapping else []
    return key if key and names.issuperset(key) else []


def _texts(project: Project, mapping: Mapping | None) -> tuple[dict[str, str], dict[str, str]]:
    if mapping is None:
        return project.title, project.description
    return texts_of(mapping.notes, "dc:title") or {"fr": mapping.name}, texts_of(mapping.notes, "dc:description")


def _by_language(texts: dict[str, str]) -> list[Json]:
    return [{"@value": text, "@language": lang} for lang, text in texts.items()]


def _number(text: str | None) -> float | int | None:
    if text is None:
        return None
    number = float(text)
    return int(number) if number.is_integer() else number
