"""CSVW description → Mapping: at once the schema of a table, its mapping to RDF and its provenance.

The subset of « Metadata Vocabulary for Tabular Data » (W3C, 17/12/2015) is the one of docs/csvw.md; any other
key is refused by name, so that nothing is silently ignored.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from publisher.datatypes import Datatype, parse_datatype
from publisher.errors import MappingError
from publisher.identifiers import Template, parse_template, parse_text
from publisher.vocabulary import ASC

if TYPE_CHECKING:
    from collections.abc import Mapping as AbstractMapping
    from pathlib import Path

    from publisher.project import Project

SUFFIX = ".csv-metadata.json"
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_TABLE_KEYS = frozenset({"@context", "url", "tableSchema", "notes"})
_SCHEMA_KEYS = frozenset({"aboutUrl", "primaryKey", "foreignKeys", "columns"})
_COLUMN_KEYS = frozenset(
    {
        "name", "titles", "datatype", "lang", "separator", "required", "null", "default", "aboutUrl",
        "propertyUrl", "valueUrl", "virtual", "suppressOutput",
    }
)  # fmt: skip
_PER_ITEM = str(ASC.perItem)
_SCHEME = str(ASC.identifierScheme)
_TEXT = str(ASC.textTemplate)
_OTHER_CODES = str(ASC.otherCodes)
_NOT_TO_CONFUSE = str(ASC.notToConfuseWith)
_WITHHELD = str(ASC.withheld)
_TABLE_ANNOTATIONS = frozenset({_OTHER_CODES, _NOT_TO_CONFUSE, _WITHHELD, str(ASC.cogYear)})
_COLUMN_ANNOTATIONS = frozenset({_PER_ITEM, _SCHEME, _TEXT})


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `about`, `property_iri` and `value` make its triple.

    Ours beyond CSVW: `per_item` (one IRI per item of a separated cell), `text` (a virtual literal made from
    other columns) and `scheme` (the registry whose check digit the cell must satisfy).
    """

    name: str
    titles: tuple[str, ...]
    datatype: Datatype
    lang: str | None
    separator: str | None
    required: bool
    null: tuple[str, ...]
    default: str | None
    about: Template
    property_iri: str | None
    value: Template | None
    virtual: bool
    per_item: bool
    scheme: str | None
    text: Template | None

    @property
    def recognised_names(self) -> frozenset[str]:
        """The header texts taken for this column, casefolded."""
        return frozenset(text.casefold() for text in (self.name, *self.titles))


@dataclass(frozen=True, slots=True)
class Reference:
    """Columns of another table (or of a SKOS scheme): `resource` is its path under the project directory."""

    resource: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Values of `columns` must occur together in `reference`."""

    columns: tuple[str, ...]
    reference: Reference


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Codes that are not this table's own: `current` names the column with the code to use instead."""

    resource: str
    code: str
    current: str | None
    label: str
    kind: dict[str, str]


@dataclass(frozen=True, slots=True)
class Withheld:
    """Primary keys that are held back, with the reason that `reason` gives."""

    resource: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """A table's description. `name` is `entreprises` or `territoires/communes`, `label` its path for people."""

    name: str
    path: Path
    metadata: Path
    label: str
    metadata_label: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    other_codes: tuple[CodeTable, ...]
    not_to_confuse: tuple[CodeTable, ...]
    withheld: Withheld | None
    notes: dict[str, Any]

    @property
    def relation(self) -> str:
        """The name of the table's relation in DuckDB."""
        return relation_of(self.label)

    @property
    def source_columns(self) -> tuple[Column, ...]:
        """The columns that the file has; the others are virtual."""
        return tuple(column for column in self.columns if not column.virtual)

    def column(self, name: str) -> Column | None:
        """Return the column of this name, if there is one."""
        return next((column for column in self.columns if column.name == name), None)

    def reference(self, column: str) -> Reference | None:
        """Return what a single column refers to, if it is a foreign key of its own."""
        return next((key.reference for key in self.foreign_keys if key.columns == (column,)), None)


def relation_of(resource: str) -> str:
    """Return the name in DuckDB of a resource under the project directory: a table or a SKOS scheme."""
    return "t_" + re.sub(r"\W", "_", resource.rpartition(".")[0])


def load_mappings(project: Project) -> tuple[Mapping, ...]:
    """Read every CSVW description of a project.

    Raises:
        MappingError: not JSON, a key outside the subset, a template or prefix that does not resolve.
    """
    return tuple(_Reader(project, path).mapping() for path in project.metadata_files())


class _Reader:
    """Reads one description; knows where it is, to say so in errors."""

    def __init__(self, project: Project, path: Path) -> None:
        self.project, self.path = project, path
        self.folder = PurePosixPath(path.parent.relative_to(project.directory).as_posix())

    def mapping(self) -> Mapping:
        try:
            document = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise MappingError(f"illisible : {error}", f"unreadable: {error}", path=self.path) from error
        notes = self._known(document, _TABLE_KEYS, _TABLE_ANNOTATIONS, "table")
        schema = document.get("tableSchema", {})
        self._known(schema, _SCHEMA_KEYS, frozenset(), "tableSchema")
        table = str(self.folder / str(document.get("url", "")))
        about = self._template(schema.get("aboutUrl"), "aboutUrl") or Template(())
        columns = tuple(self._column(each, about) for each in schema.get("columns", []))
        mapping = Mapping(
            name=str(PurePosixPath(table).relative_to("data").with_suffix("")),
            path=self.project.directory / table,
            metadata=self.path,
            label=table,
            metadata_label=self.path.relative_to(self.project.directory).as_posix(),
            columns=columns,
            primary_key=_names(schema.get("primaryKey")),
            foreign_keys=tuple(self._foreign_key(each) for each in schema.get("foreignKeys", [])),
            other_codes=tuple(self._code_table(each) for each in document.get(_OTHER_CODES, [])),
            not_to_confuse=tuple(self._code_table(each) for each in document.get(_NOT_TO_CONFUSE, [])),
            withheld=self._withheld(document.get(_WITHHELD)),
            notes=notes,
        )
        self._names_exist(mapping)
        self._subjects_exist(mapping)
        return mapping

    def _column(self, each: dict[str, Any], about: Template) -> Column:
        name = str(each.get("name", ""))
        self._known(each, _COLUMN_KEYS, _COLUMN_ANNOTATIONS, f"columns.{name}")
        if not _NAME.match(name):
            raise self._error(f"columns.{name}", "nom de colonne : a-z, 0-9 et _", "column name: a-z, 0-9 and _")
        if "{" in str(each.get("default", "")):
            key = f"columns.{name}.default"
            raise self._error(key, f"un modèle de texte s'écrit {_TEXT}", f"a text template is {_TEXT}")
        suppressed = bool(each.get("suppressOutput"))
        null = each.get("null", "")
        try:
            datatype = parse_datatype(each.get("datatype", "string"))
        except ValueError as error:
            raise self._error(f"columns.{name}.datatype", f"non prévu : {error}", f"not known: {error}") from error
        return Column(
            name=name,
            titles=_titles(each.get("titles")),
            datatype=datatype,
            lang=each.get("lang"),
            separator=each.get("separator"),
            required=bool(each.get("required")),
            null=tuple(null) if isinstance(null, list) else (str(null),),
            default=each.get("default"),
            about=self._template(each.get("aboutUrl"), f"columns.{name}.aboutUrl") or about,
            property_iri=None if suppressed else self._property(each.get("propertyUrl"), name),
            value=self._template(each.get("valueUrl"), f"columns.{name}.valueUrl"),
            virtual=bool(each.get("virtual")),
            per_item=bool(each.get(_PER_ITEM)),
            scheme=each.get(_SCHEME),
            text=parse_text(each[_TEXT]) if _TEXT in each else None,
        )

    def _property(self, text: str | None, name: str) -> str:
        key = f"columns.{name}.propertyUrl"
        template = self._template(text, key)
        if template is None:
            raise self._error(key, "absent (ou suppressOutput)", "missing (or suppressOutput)")
        if template.variables:
            raise self._error(key, "une propriété ne peut pas varier", "a property cannot vary")
        return "".join(str(part) for part in template.parts)

    def _template(self, text: str | None, key: str) -> Template | None:
        if text is None:
            return None
        try:
            return parse_template(text, self.project.base_uri, self.project.prefixes)
        except ValueError as error:
            raise self._error(key, f"« {text} » : {error}", f"'{text}': {error}") from error

    def _foreign_key(self, each: dict[str, Any]) -> ForeignKey:
        reference = each.get("reference", {})
        return ForeignKey(
            _names(each.get("columnReference")),
            Reference(self._resource(reference), _names(reference.get("columnReference"))),
        )

    def _code_table(self, each: dict[str, Any]) -> CodeTable:
        return CodeTable(
            resource=self._resource(each),
            code=str(each["columnReference"]),
            current=each.get("currentReference") or each.get("insteadReference"),
            label=str(each["labelReference"]),
            kind=dict(each["kind"]),
        )

    def _withheld(self, each: dict[str, Any] | None) -> Withheld | None:
        if each is None:
            return None
        return Withheld(self._resource(each), str(each["columnReference"]), str(each["reasonReference"]))

    def _resource(self, each: dict[str, Any]) -> str:
        """Return a resource's path under the project directory, from one relative to this description."""
        parts: list[str] = []
        for part in (self.folder / str(each.get("resource", ""))).parts:
            if part == "..":
                parts = parts[:-1]
            elif part != ".":
                parts.append(part)
        return "/".join(parts)

    def _known(
        self, value: AbstractMapping[str, Any], keys: frozenset[str], ours: frozenset[str], place: str
    ) -> dict[str, Any]:
        """Refuse keys outside the subset; return the annotations (`dc:` and ours)."""
        notes = {}
        for key, content in value.items():
            if key.startswith("dc:") or key in ours:
                notes[key] = content
            elif key not in keys:
                raise self._error(f"{place}: {key}", "hors du sous-ensemble CSVW lu ici", "outside the CSVW subset")
        return notes

    def _names_exist(self, mapping: Mapping) -> None:
        names = {column.name for column in mapping.source_columns}
        used = {name for key in mapping.foreign_keys for name in key.columns} | set(mapping.primary_key)
        for column in mapping.columns:
            for template in (column.about, column.value, column.text):
                variables = template.variables if template else ()
                used |= {v.name.partition(".")[0] for v in variables}
                for dotted in (v.name for v in variables if "." in v.name):
                    if mapping.reference(dotted.partition(".")[0]) is None:
                        raise self._error(f"{{{dotted}}}", "sans clé étrangère", "without a foreign key")
        for name in sorted(used - names):
            raise self._error(f"{{{name}}}", "aucune colonne de ce nom", "no column of this name")

    def _subjects_exist(self, mapping: Mapping) -> None:
        for column in mapping.columns:
            if column.property_iri and not column.about.parts:
                raise self._error(f"columns.{column.name}", "aboutUrl absent", "aboutUrl missing")

    def _error(self, key: str, fr: str, en: str) -> MappingError:
        return MappingError(fr, en, path=self.path, key=key)


def _names(value: str | list[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _titles(value: Any) -> tuple[str, ...]:
    """Return every title, whatever its language (CSVW: a string, a list, or a map of either by language)."""
    if value is None:
        return ()
    if isinstance(value, dict):
        return tuple(text for each in value.values() for text in _titles(each))
    return (value,) if isinstance(value, str) else tuple(value)
