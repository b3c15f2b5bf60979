"""Whether a description holds together, and with the others: every name it uses leads somewhere."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pyoxigraph as ox

from publisher.csvw_subset import ROLES
from publisher.errors import MappingError
from publisher.identifiers import Variable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from publisher.identifiers import Template
    from publisher.mapping import Column, Mapping

SCHEMES = frozenset({"SIREN"})
SCHEME_COLUMNS = ("notation", "label", "nom")
"""What a SKOS scheme can be referred to by; see `publisher.concepts`."""

_NAME = re.compile(r"^[a-z][a-z0-9_]*$")


def check_mapping(mapping: Mapping) -> None:
    """Refuse a description that names what it does not have, or that says what cannot be converted.

    Raises:
        MappingError: names the key, and says why.
    """
    if not mapping.source_columns:
        raise _error(mapping, "tableSchema.columns", "aucune colonne", "no column")
    _check_names(mapping)
    for column in mapping.columns:
        _check_column(mapping, column)
        for template in (column.about, column.value):
            if template and template.parts:
                _check_template(mapping, column, template)
    _check_variables(mapping)
    _check_keys(mapping)


def check_references(mappings: Sequence[Mapping], directory: Path) -> None:
    """Refuse a reference to a table, a scheme or a column that does not exist.

    Raises:
        MappingError: names the resource.
    """
    tables = {mapping.label: mapping for mapping in mappings}
    relations = Counter(mapping.relation for mapping in mappings)
    for mapping in mappings:
        if relations[mapping.relation] > 1:
            raise _error(mapping, "table.url", "nom trop proche d'un autre", "name too close to another")
        for resource, columns in _resources(mapping):
            known = [c.name for c in tables[resource].source_columns] if resource in tables else []
            if resource.endswith(".ttl") and (directory / resource).is_file():
                known = [*SCHEME_COLUMNS]
            if not known:
                raise _error(mapping, resource, "aucune table ni schéma de ce nom", "no table or scheme of this name")
            for name in columns:
                if name not in known:
                    raise _no_column(mapping, f"{resource}: {name}")


def _resources(mapping: Mapping) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Return each resource that a description refers to, with the columns it needs there."""
    for key in mapping.foreign_keys:
        yield key.reference.resource, key.reference.columns
    for each in (*mapping.other_codes, *mapping.not_to_confuse):
        yield each.resource, (each.code, each.label, *(name for name in (each.current, each.since) if name))
    if held := mapping.withheld:
        yield held.resource, (held.code, held.reason)
    for variable in mapping.variables:
        name, dot, wanted = variable.name.partition(".")
        if dot and (reference := mapping.reference(name)):
            yield reference.resource, (wanted,)


def _check_names(mapping: Mapping) -> None:
    for column in mapping.columns:
        if not _NAME.match(column.name):
            raise _error(
                mapping, f"columns.{column.name}", "nom de colonne : a-z, 0-9 et _", "column name: a-z, 0-9 and _"
            )
    names = Counter(column.name for column in mapping.columns)
    headers = Counter(text for column in mapping.source_columns for text in column.recognised_names)
    roles = Counter(f"role {column.role}" for column in mapping.columns if column.role)
    for name, number in (names | headers | roles).items():
        if number > 1:
            raise _error(mapping, f"columns.{name}", "nom porté par deux colonnes", "name carried by two columns")


def _check_column(mapping: Mapping, column: Column) -> None:
    constant = column.value is not None or column.text is not None or column.default is not None
    faults = {
        "aboutUrl absent / missing": bool(column.property_iri) and not column.about.parts,
        "virtual : valueUrl, default, textTemplate ?": column.virtual and not constant,
        "virtual + separator": column.virtual and column.separator is not None,
        "textTemplate sans / without virtual": column.text is not None and not column.virtual,
        "default : { } → textTemplate": "{" in (column.default or ""),
        "separator vide / empty": column.separator == "",
        "perItem sans / without separator": column.per_item and column.separator is None,
        f"identifierScheme : {', '.join(SCHEMES)}": column.scheme is not None and column.scheme not in SCHEMES,
        "lang + datatype": column.lang is not None and column.datatype.base != "string",
        "optional + required": column.optional and column.required,
        f"role : {', '.join(ROLES)}": column.role is not None and column.role not in ROLES,
        f"lang « {column.lang} »": column.lang is not None and not _is_language(column.lang),
    }
    for fault, present in faults.items():
        if present:
            raise _error(mapping, f"columns.{column.name}", fault, fault)


def _check_template(mapping: Mapping, column: Column, template: Template) -> None:
    """Refuse a template that cannot give an IRI, whatever the cells hold."""
    place = f"columns.{column.name}"
    first = template.parts[0]
    if isinstance(first, Variable) and not first.reserved:
        raise _error(
            mapping, place, "une IRI ne commence pas par {…} ; {+…} ?", "an IRI does not start with {…}; {+…}?"
        )
    if not isinstance(first, Variable):
        sample = "".join("x" if isinstance(part, Variable) else part for part in template.parts)
        try:
            ox.NamedNode(sample)
        except ValueError as error:
            raise _error(mapping, place, str(error), str(error)) from error
    for variable in template.variables:
        source = mapping.column(variable.name)
        if variable.reserved and (source is None or source.datatype.base != "anyURI"):
            text = f"{{+{variable.name}}}"
            raise _error(mapping, place, f"{text} : datatype anyURI ?", f"{text}: datatype anyURI?")


def _check_variables(mapping: Mapping) -> None:
    for variable in sorted(mapping.variables, key=lambda v: v.name):
        name, dot, wanted = variable.name.partition(".")
        column = next((each for each in mapping.source_columns if each.name == name), None)
        if column is None:
            raise _no_column(mapping, f"{{{variable.name}}}")
        if dot and (mapping.reference(name) is None or column.separator or "." in wanted):
            raise _error(
                mapping, f"{{{variable.name}}}", "sans clé étrangère d'une valeur", "without a one-valued foreign key"
            )


def _check_keys(mapping: Mapping) -> None:
    names = {column.name for column in mapping.source_columns}
    used = [*mapping.primary_key, *(name for key in mapping.foreign_keys for name in key.columns)]
    if naming := mapping.naming:
        used += [*naming.columns, *naming.apart]
        if naming.postal is not None and naming.postal not in naming.apart:
            raise _no_column(mapping, f"toldApartBy: {naming.postal}")
    if local := mapping.local:
        used += [local.name, local.apart]
        if len(mapping.primary_key) != 1:
            raise _error(
                mapping, "localIdentifiers", "une clé d'une colonne est attendue", "a one-column key is expected"
            )
    for name in used:
        if name not in names:
            raise _no_column(mapping, name)
    for key in mapping.foreign_keys:
        if not key.columns or len(key.columns) != len(key.reference.columns):
            raise _error(
                mapping, "foreignKeys", "autant de colonnes de part et d'autre", "as many columns on each side"
            )
    if not mapping.primary_key and (mapping.withheld or mapping.other_codes or mapping.naming):
        raise _error(mapping, "tableSchema.primaryKey", "absent", "missing")


def _is_language(tag: str) -> bool:
    try:
        ox.Literal("", language=tag)
    except ValueError:
        return False
    return True


def _no_column(mapping: Mapping, key: str) -> MappingError:
    return _error(mapping, key, "aucune colonne de ce nom", "no column of this name")


def _error(mapping: Mapping, key: str, fr: str, en: str) -> MappingError:
    return MappingError(fr, en, path=mapping.metadata, key=key)
