"""CSVW descriptions → mappings.

The subset of « Metadata Vocabulary for Tabular Data » (W3C, 17/12/2015) is the one of docs/csvw.md; any other
key is refused by name, so that nothing is silently ignored.
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

from publisher.coherence import check_mapping, check_references
from publisher.csvw_subset import (
    COG_YEAR,
    DC,
    KEYS,
    LOCAL_IDS,
    NAMED_BY,
    NOT_TO_CONFUSE,
    OPTIONAL,
    OTHER_CODES,
    PER_ITEM,
    ROLE,
    SCHEME,
    TEXT,
    WITHHELD,
)  # fmt: skip
from publisher.datatypes import parse_datatype
from publisher.delivery import find_delivery
from publisher.errors import MappingError
from publisher.identifiers import Minter, Template, parse_template, parse_text
from publisher.mapping import CodeTable, Column, ForeignKey, Local, Mapping, Naming, Reference, Withheld
from publisher.notes import check_note
from publisher.parts import attach_parts
from publisher.refusals import unreadable_reason

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.project import Project

    Node = dict[str, Any]

Kind = TypeVar("Kind")

SUFFIX = ".csv-metadata.json"

_KINDS: dict[type, tuple[str, str]] = {
    str: ("un texte est attendu", "a text is expected"),
    bool: ("true ou false est attendu", "true or false is expected"),
    int: ("un nombre entier est attendu", "a whole number is expected"),
    list: ("une liste est attendue", "a list is expected"),
    dict: ("un objet est attendu", "an object is expected"),
}


def load_mappings(project: Project) -> tuple[Mapping, ...]:
    """Read every CSVW description of a project.

    Raises:
        MappingError: not JSON, a key outside the subset, a value of the wrong type, a template or prefix that
            does not resolve, a table or column that nothing describes.
        ProjectError: a source of the settings does not fit the table that it feeds.
    """
    mappings = tuple(_Reader(project, path).mapping() for path in project.metadata_files())
    check_references(mappings, project.directory)
    return attach_parts(project, mappings)


class _Reader:
    """Reads one description; knows where it is, to say so in errors."""

    def __init__(self, project: Project, path: Path) -> None:
        self.project, self.path = project, path
        self.folder = PurePosixPath(path.parent.relative_to(project.directory).as_posix())

    def mapping(self) -> Mapping:
        try:
            document = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            why = unreadable_reason(error)
            raise MappingError(f"illisible : {why['fr']}", f"unreadable: {why['en']}", path=self.path) from error
        document = self._known(document, "table")
        schema = self._known(document.get("tableSchema"), "tableSchema")
        table = str(self.folder / self._url(document))
        about = self._template(schema, "aboutUrl", "tableSchema") or Template(())
        columns = self._list(schema, "columns", "tableSchema")
        foreign_keys = self._list(schema, "foreignKeys", "tableSchema")
        for key in document.keys() & {*DC}:
            check_note(document[key], key, self.path)
        name = str(PurePosixPath(table).relative_to("data").with_suffix(""))
        mapping = Mapping(
            name=name,
            path=find_delivery(self.project.directory / table),
            metadata=self.path,
            label=table,
            metadata_label=self.path.relative_to(self.project.directory).as_posix(),
            source_iri=Minter(self.project.base_uri).source(name),
            columns=tuple(self._column(each, about) for each in columns),
            primary_key=self._names(schema, "primaryKey", "tableSchema"),
            foreign_keys=tuple(self._foreign_key(each) for each in foreign_keys),
            other_codes=self._code_tables(document, OTHER_CODES, "currentReference"),
            not_to_confuse=self._code_tables(document, NOT_TO_CONFUSE, "insteadReference"),
            withheld=self._withheld(document),
            naming=self._naming(document),
            cog_year=self._get(document, COG_YEAR, int, "table"),
            local=self._local(document, about),
            notes={key: document[key] for key in DC if key in document},
        )
        check_mapping(mapping)
        return mapping

    def _url(self, document: Node) -> str:
        """Return the table's file name: the description stands beside it, under the same name."""
        expected = self.path.name.removesuffix("-metadata.json")
        if self._get(document, "url", str, "table") != expected:
            raise self._error("table.url", f"« {expected} » est attendu", f"'{expected}' is expected")
        return expected

    def _column(self, content: Any, about: Template) -> Column:
        name = str(content.get("name")) if isinstance(content, dict) else "?"
        place = f"columns.{name}"
        each = self._known(content, "columns", place)
        text = self._get(each, TEXT, str, place)
        try:
            datatype = parse_datatype(each.get("datatype", "string"))
            text_template = None if text is None else parse_text(text)
        except ValueError as error:
            raise self._error(place, f"non prévu : {error}", f"not known: {error}") from error
        if "dc:description" in each:
            check_note(each["dc:description"], "dc:description", self.path)
        suppressed = self._get(each, "suppressOutput", bool, place)
        null = each.get("null", "")
        return Column(
            name=name,
            titles=self._titles(each.get("titles"), place),
            datatype=datatype,
            lang=self._get(each, "lang", str, place),
            separator=self._get(each, "separator", str, place),
            required=bool(self._get(each, "required", bool, place)),
            null=self._names(each, "null", place) if isinstance(null, list) else (self._is(null, str, place),),
            default=self._get(each, "default", str, place),
            about=self._template(each, "aboutUrl", place) or about,
            property_iri=None if suppressed else self._property(each, place),
            value=self._template(each, "valueUrl", place),
            virtual=bool(self._get(each, "virtual", bool, place)),
            per_item=bool(self._get(each, PER_ITEM, bool, place)),
            scheme=self._get(each, SCHEME, str, place),
            text=text_template,
            optional=bool(self._get(each, OPTIONAL, bool, place)),
            role=self._get(each, ROLE, str, place),
        )

    def _property(self, each: Node, place: str) -> str:
        template = self._template(each, "propertyUrl", place)
        if template is None:
            raise self._error(f"{place}.propertyUrl", "absent (ou suppressOutput)", "missing (or suppressOutput)")
        if template.variables:
            raise self._error(f"{place}.propertyUrl", "une propriété ne peut pas varier", "a property cannot vary")
        return "".join(str(part) for part in template.parts)

    def _template(self, each: Node, key: str, place: str) -> Template | None:
        text = self._get(each, key, str, place)
        if text is None:
            return None
        try:
            return parse_template(text, self.project.base_uri, self.project.prefixes)
        except ValueError as error:
            raise self._error(f"{place}.{key}", f"« {text} » : {error}", f"'{text}': {error}") from error

    def _foreign_key(self, content: Any) -> ForeignKey:
        each = self._known(content, "foreignKeys")
        reference = self._known(each.get("reference"), "reference")
        return ForeignKey(
            self._names(each, "columnReference", "foreignKeys"),
            Reference(self._resource(reference, "reference"), self._names(reference, "columnReference", "reference")),
        )

    def _code_tables(self, document: Node, key: str, leads_to: str) -> tuple[CodeTable, ...]:
        tables = (self._known(each, key) for each in self._list(document, key, "table"))
        return tuple(
            CodeTable(
                resource=self._resource(each, key),
                code=self._need(each, "columnReference", str, key),
                current=self._get(each, leads_to, str, key),
                label=self._need(each, "labelReference", str, key),
                since=self._get(each, "sinceReference", str, key),
                kind=self._texts(each, "kind", key),
            )
            for each in tables
        )

    def _withheld(self, document: Node) -> Withheld | None:
        if WITHHELD not in document:
            return None
        each = self._known(document[WITHHELD], WITHHELD)
        code, reason = (self._need(each, key, str, WITHHELD) for key in ("columnReference", "reasonReference"))
        return Withheld(self._resource(each, WITHHELD), code, reason)

    def _naming(self, document: Node) -> Naming | None:
        if NAMED_BY not in document:
            return None
        each = self._known(document[NAMED_BY], NAMED_BY)
        columns, apart = (self._names(each, key, NAMED_BY) for key in ("columnReference", "toldApartBy"))
        return Naming(columns, apart, self._get(each, "postalReference", str, NAMED_BY))

    def _local(self, document: Node, about: Template) -> Local | None:
        if LOCAL_IDS not in document:
            return None
        each = self._known(document[LOCAL_IDS], LOCAL_IDS)
        name, apart = (self._need(each, key, str, LOCAL_IDS) for key in ("columnReference", "toldApartBy"))
        return Local(name, apart, about)

    def _resource(self, each: Node, place: str) -> str:
        """Return a resource's path under the project directory, from one relative to this description."""
        parts: list[str] = []
        for part in (self.folder / self._need(each, "resource", str, place)).parts:
            if part == "..":
                parts = parts[:-1]
            elif part != ".":
                parts.append(part)
        return "/".join(parts)

    def _known(self, content: Any, kind: str, place: str | None = None) -> Node:
        """Return an object once none of its keys is outside the subset."""
        node: Node = self._is(content, dict, place or kind)
        for key in node.keys() - KEYS[kind]:
            raise self._error(f"{place or kind}: {key}", "hors du sous-ensemble CSVW lu ici", "outside the CSVW subset")
        return node

    def _is(self, value: Any, kind: type[Kind], place: str) -> Kind:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self._error(place, *_KINDS[kind])
        return value

    def _get(self, each: Node, key: str, kind: type[Kind], place: str) -> Kind | None:
        return self._is(each[key], kind, f"{place}.{key}") if key in each else None

    def _need(self, each: Node, key: str, kind: type[Kind], place: str) -> Kind:
        return self._is(each.get(key), kind, f"{place}.{key}")

    def _list(self, each: Node, key: str, place: str) -> list[Any]:
        return self._get(each, key, list, place) or []

    def _texts(self, each: Node, key: str, place: str) -> dict[str, str]:
        texts = self._need(each, key, dict, place)
        return {lang: self._need(texts, lang, str, f"{place}.{key}") for lang in ("fr", "en")}

    def _names(self, each: Node, key: str, place: str) -> tuple[str, ...]:
        value = each.get(key, [])
        names = value if isinstance(value, list) else [value]
        return tuple(self._is(name, str, f"{place}.{key}") for name in names)

    def _titles(self, value: Any, place: str) -> tuple[str, ...]:
        """Return every title, whatever its language (CSVW: a string, a list, or a map of either by language)."""
        if isinstance(value, dict):
            return tuple(text for each in value.values() for text in self._titles(each, place))
        each = [] if value is None else value if isinstance(value, list) else [value]
        return tuple(self._is(text, str, f"{place}.titles") for text in each)

    def _error(self, key: str, fr: str, en: str) -> MappingError:
        return MappingError(fr, en, path=self.path, key=key)
