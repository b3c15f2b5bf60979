"""Which source each statement of a merged row comes from: conditions on statements, and a provenance group a source.

A record of several sources derives from each, and has for each a group (`asc:GroupeDeProvenance`) that names the
properties whose values the source gives. What the description says of the table's own file is said only of its rows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rdflib.namespace import DCTERMS, PROV, RDF, RDFS

from publisher import sql
from publisher.datatypes import Datatype
from publisher.identifiers import Template, Variable
from publisher.local_ids import is_local
from publisher.mapping import Column
from publisher.merging import origins_of
from publisher.parts import title_of
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from publisher.mapping import Mapping, Part

Attributed = tuple[Column, str | None]
"""A column, and the SQL condition on the rows of which its statement is made."""

_LABELS = {"fr": "d'après la source « {title} »", "en": "after the source '{title}'"}


def attribute(mapping: Mapping) -> list[Attributed]:
    """Return what a mapping states, each column with the rows that it holds for: all, unless sources were merged."""
    stated = [column for column in mapping.columns if column.property_iri]
    if mapping.local:
        return [*_registered(mapping, _merged(mapping, stated)), *_local(mapping)]
    return _merged(mapping, stated)


def _merged(mapping: Mapping, stated: list[Column]) -> list[Attributed]:
    if not mapping.parts:
        return [(column, None) for column in stated]
    records, groups = _own_nodes(mapping)
    found = [each for column in stated for each in _of_column(mapping, column, groups)]
    for part in (each.part for each in mapping.parts if each.part):
        for record in records:
            found += _of_part(mapping, part, record)
    return found


def _registered(mapping: Mapping, attributed: list[Attributed]) -> list[Attributed]:
    """Return statements with those that say something of the key itself for rows that have one, no local id."""
    return [
        (column, f"({condition or 'true'}) AND NOT {is_local(sql.name(mapping.primary_key[0]))}")
        if _is_about_key(mapping, column)
        else (column, condition)
        for column, condition in attributed
    ]


def _is_about_key(mapping: Mapping, column: Column) -> bool:
    """Return whether a statement is about the key: it uses it elsewhere than to name the thing and its record."""
    key = mapping.primary_key[0]
    thing = mapping.local.about if mapping.local else Template(())
    record = Template(tuple(each.replace("/id/", "/doc/") if isinstance(each, str) else each for each in thing.parts))

    def names(template: Template | None) -> bool:
        used = template is not None and key in {variable.name for variable in template.variables}
        return not used or (template is not None and (template == thing or _starts(template, record)))

    return column.name == key or column.text is not None or not names(column.about) or not names(column.value)


def _starts(template: Template, record: Template) -> bool:
    return template.parts[: len(record.parts)] == record.parts


def _local(mapping: Mapping) -> list[Attributed]:
    """Return what is said of a row without the key: its local id."""
    key = mapping.primary_key[0]
    thing = mapping.local.about if mapping.local else Template(())
    identifier = replace(_stated(thing, str(DCTERMS.identifier)), text=Template((Variable(key, reserved=False),)))
    return [(identifier, is_local(sql.name(key)))]


def _own_nodes(mapping: Mapping) -> tuple[list[Template], list[Template]]:
    """Return the subjects that the description derives from the table's own source: records, and groups in them."""
    own = Template((mapping.source_iri,))
    nodes = [c.about for c in mapping.columns if c.property_iri == str(PROV.wasDerivedFrom) and c.value == own]
    groups = [node for node in nodes if any("#" in part for part in node.parts if isinstance(part, str))]
    return [node for node in nodes if node not in groups], groups


def _of_column(mapping: Mapping, column: Column, groups: list[Template]) -> list[Attributed]:
    own = next((each.part for each in mapping.parts if each.part and each.part.own), None)
    here = _has(mapping.primary_key[0], own) if own else "false"
    if column.about in groups and not column.virtual:
        others = [each.part for each in mapping.parts if each.part and not each.part.own]
        first = f"{sql.name(origins_of(column.name))}[1]"
        moved = [
            (replace(column, about=_group_of(record, part)), f"NOT ({here}) AND {first} = {part.number}")
            for part in others
            for record in _own_nodes(mapping)[0]
        ]
        return [(column, here), *moved]
    if own and column.about in groups and column.property_iri == str(ASC.porteSur) and column.value:
        covered = "".join(part for part in column.value.parts if isinstance(part, str))
        said = _says(mapping, own).get(covered)
        return [(column, f"{here} AND ({' OR '.join(said)})" if said else here)]
    is_own = column.about in groups or column.value in groups or column.value == Template((mapping.source_iri,))
    return [(column, here if is_own else None)]


def _of_part(mapping: Mapping, part: Part, record: Template) -> list[Attributed]:
    """Return what is stated of a record about one of its sources."""
    says = _says(mapping, part)
    group = _group_of(record, part)
    node = Template((part.iri,))
    others = [each.part for each in mapping.parts if each.part and not each.part.own]
    merged = " OR ".join(_has(mapping.primary_key[0], other) for other in others)
    something = " OR ".join(sorted({each for conditions in says.values() for each in conditions})) or "false"
    there = f"({merged}) AND ({something})"
    mapped = next(each for each in mapping.parts if each.part == part)
    labels = [
        (_stated(group, str(RDFS.label), text=_LABELS[lang].format(title=title), lang=lang), there)
        for lang, title in title_of(mapped).items()
    ]
    covered = [
        (_stated(group, str(ASC.porteSur), Template((property_iri,))), f"({merged}) AND ({' OR '.join(conditions)})")
        for property_iri, conditions in says.items()
    ]
    derived = (
        [] if part.own else [(_stated(record, str(PROV.wasDerivedFrom), node), _has(mapping.primary_key[0], part))]
    )
    return [
        *derived,
        (_stated(record, str(DCTERMS.hasPart), group), there),
        (_stated(group, str(RDF.type), Template((str(PROV.Entity),))), there),
        (_stated(group, str(RDF.type), Template((str(ASC.GroupeDeProvenance),))), there),
        (_stated(group, str(PROV.wasAttributedTo), Template((part.author,))), there),
        (_stated(group, str(PROV.wasDerivedFrom), node), there),
        *labels,
        *covered,
    ]


def _says(mapping: Mapping, part: Part) -> dict[str, list[str]]:
    """Return, by property, the conditions on which a source gives its values; keys are no one's."""
    _, groups = _own_nodes(mapping)
    says: dict[str, list[str]] = {}
    for column in mapping.columns:
        if column.property_iri and column.about not in groups:
            templates = [each for each in (column.value, column.text) if each]
            names = {variable.name.partition(".")[0] for each in templates for variable in each.variables}
            for name in sorted((names if column.virtual else {column.name}) - {*mapping.primary_key}):
                conditions = says.setdefault(column.property_iri, [])
                if _has(name, part) not in conditions:
                    conditions.append(_has(name, part))
    return says


def _has(column: str, part: Part) -> str:
    return f"coalesce(list_contains({sql.name(origins_of(column))}, {part.number}), false)"


def _group_of(record: Template, part: Part) -> Template:
    return Template((*record.parts, f"#source-{part.name}"))


def _stated(
    about: Template,
    property_iri: str,
    value: Template | None = None,
    *,
    text: str | None = None,
    lang: str | None = None,
) -> Column:
    return Column(
        name="", titles=(), datatype=Datatype("string"), lang=lang, separator=None, required=False, null=("",),
        default=text, about=about, property_iri=property_iri, value=value, virtual=True, per_item=False, scheme=None,
        text=None,
    )  # fmt: skip
