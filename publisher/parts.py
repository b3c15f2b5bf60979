"""Tables fed by several sources: the mapping by which each is read, from the `[[sources]]` of the settings.

A source has the columns of its table's description, found by the same titles and those that the settings add; it may
lack any but the key, and have others, which are passed over aloud.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from publisher.errors import ProjectError
from publisher.identifiers import Minter
from publisher.mapping import Mapping, Part
from publisher.notes import texts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.project import Project
    from publisher.source_settings import SourceSettings

_OWN_PRIORITY = 0
ABSENT = ".sources"
"""Where the path of a source points that has not been fetched: no file of a project is there."""


def attach_parts(project: Project, mappings: Sequence[Mapping]) -> tuple[Mapping, ...]:
    """Return the mappings, those of tables with several sources with their parts.

    Raises:
        ProjectError: a source names a table or a column that is not there, or a table that cannot be merged.
    """
    minter = Minter(project.base_uri)
    tables = {mapping.name: mapping for mapping in mappings}
    nodes = {mapping.source_iri for mapping in mappings}
    files = {mapping.label for mapping in mappings}
    for source in project.sources:
        if source.table not in tables:
            listed = ", ".join(sorted(tables))
            raise _error(
                project, source, "table", f"table inconnue ; l'une de : {listed}", f"no such table; one of: {listed}"
            )
        if not tables[source.table].primary_key:
            raise _error(project, source, "table", "table sans clé (primaryKey)", "table without a primaryKey")
        if minter.source(source.name) in nodes:
            raise _error(project, source, "nom", "c'est déjà le nom d'une table", "a table already has this name")
        if source.file in files:
            raise _error(project, source, "fichier", "c'est déjà le fichier d'une table", "already the file of a table")
    return tuple(_merged(project, minter, mapping) for mapping in mappings)


def _merged(project: Project, minter: Minter, mapping: Mapping) -> Mapping:
    sources = [source for source in project.sources if source.table == mapping.name]
    if not sources:
        return mapping
    own = mapping.path.is_file() or bool(mapping.rivals)
    ranked = sorted(
        [*((s.priority, s) for s in sources), *([(_OWN_PRIORITY, None)] if own else [])], key=lambda r: -r[0]
    )
    parts = (
        _own(minter, mapping, rank) if source is None else _part(project, minter, mapping, source, rank)
        for rank, (_, source) in enumerate(ranked, 1)
    )
    return replace(mapping, parts=tuple(parts))


def _own(minter: Minter, mapping: Mapping, rank: int) -> Mapping:
    name = mapping.name.replace("/", "-")
    part = Part(name, mapping.source_iri, minter.publisher, rank, own=True)
    return replace(_optional(mapping), part=part)


def _part(project: Project, minter: Minter, mapping: Mapping, source: SourceSettings, rank: int) -> Mapping:
    titled = _optional(mapping)
    for header, name in source.columns.items():
        titled = _with_title(project, source, titled, header, name)
    author = minter.organisation(source.publisher) if source.publisher else minter.publisher
    part = Part(source.name, minter.source(source.name), author, rank, own=False, address=source.url)
    return replace(
        titled,
        part=part,
        label=source.file or f"source {source.name}",
        path=project.directory / (source.file or f"{ABSENT}/{source.name}"),
        source_iri=part.iri,
        notes=_notes(project, source),
    )


def _optional(mapping: Mapping) -> Mapping:
    """Return a mapping whose key alone is required, and no empty cell means something: another source may fill it."""
    columns = (
        column
        if column.virtual or column.name in mapping.primary_key
        else replace(column, required=False, default=None)
        for column in mapping.columns
    )
    return replace(mapping, columns=tuple(columns))


def _with_title(project: Project, source: SourceSettings, mapping: Mapping, header: str, name: str) -> Mapping:
    if name not in {column.name for column in mapping.source_columns}:
        raise _error(
            project, source, f"colonnes.{header}", f"« {name} » n'est pas une colonne", f"'{name}' is no column"
        )
    taken = mapping.recognise(header)
    if taken is not None and taken.name != name:
        raise _error(
            project, source, f"colonnes.{header}",
            f"cet en-tête désigne déjà « {taken.name} » ; le renommer dans la source",
            f"this header already stands for '{taken.name}'; rename it in the source",
        )  # fmt: skip
    columns = (
        replace(column, titles=(*column.titles, header.strip())) if column.name == name else column
        for column in mapping.columns
    )
    return replace(mapping, columns=tuple(columns))


def _notes(project: Project, source: SourceSettings) -> dict[str, Any]:
    publisher = source.publisher or project.publisher_name
    notes: dict[str, Any] = {
        "dc:title": [{"@value": text, "@language": lang} for lang, text in source.title.items()],
        "dc:publisher": [{"@value": publisher, "@language": "fr"}],
        "dc:license": {"@id": source.licence or project.licence},
    }
    if source.public_address:
        notes["dc:source"] = {"@id": source.public_address}
    return with_date(notes, source.date) if source.date else notes


def with_date(notes: dict[str, Any], date: str) -> dict[str, Any]:
    """Return notes with the date of a source, which they may lack."""
    return notes if "dc:modified" in notes else {**notes, "dc:modified": {"@value": date}}


def title_of(part: Mapping) -> dict[str, str]:
    """Return the title of a source, in French and English."""
    texts = texts_of(part.notes, "dc:title")
    french = texts.get("fr") or texts.get("en") or part.name
    return {"fr": french, "en": texts.get("en") or french}


def _error(project: Project, source: SourceSettings, key: str, fr: str, en: str) -> ProjectError:
    return ProjectError(fr, en, path=project.directory / "annuaire.toml", key=f"sources.{source.name}.{key}")
