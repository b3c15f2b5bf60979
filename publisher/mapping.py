"""What a table's description says: at once its schema, its mapping to RDF and its provenance.

`publisher.csvw` makes it from a CSVW file; everything else only reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from publisher.delivery import find_deliveries
from publisher.identifiers import is_company
from publisher.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from publisher.datatypes import Datatype
    from publisher.errors import Finding
    from publisher.identifiers import Template, Variable


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `about`, `property_iri` and `value` make its triple.

    Ours beyond CSVW: `per_item` (one IRI per item of a separated cell), `text` (a virtual literal made from other
    columns), `scheme` (the registry whose check digit the cell must satisfy), `optional` (the file may lack the
    column) and `role` (one of `publisher.csvw_subset.ROLES`).
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
    optional: bool = False
    role: str | None = None

    @property
    def recognised_names(self) -> frozenset[str]:
        """The header texts taken for this column, as `compared`."""
        return names_of(self.name, self.titles)


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
    """Codes that are not this table's own: `current` names the column with the code to use instead.

    `since` names the column of the day when they were replaced, if there is one.
    """

    resource: str
    code: str
    current: str | None
    label: str
    since: str | None
    kind: dict[str, str]


@dataclass(frozen=True, slots=True)
class Naming:
    """Columns whose names may be written for the key, and those that tell namesakes apart; `postal` is one of these."""

    columns: tuple[str, ...]
    apart: tuple[str, ...]
    postal: str | None


@dataclass(frozen=True, slots=True)
class Withheld:
    """Primary keys that are held back, with the reason that `reason` gives."""

    resource: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Local:
    """How rows without the key are known: the column that names them, the one that tells namesakes apart, their IRI."""

    name: str
    apart: str
    about: Template


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of what an address gave: its checksum, when it was fetched, the date of its data, its HTTP validators."""

    sha512: str
    fetched: str
    date: str
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """One of the sources that a table is merged from: its name, the IRIs of its node and of who publishes it.

    `number` is its rank: 1 has the highest priority. `own` is the table's own file. `address` is what is fetched, with
    its variables; None for a file. Once fetched, `copy` says which copy is read.
    """

    name: str
    iri: str
    author: str
    number: int
    own: bool
    address: str | None = None
    copy: Copy | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """A table's description. `name` is `entreprises` or `territoires/communes`, `label` its path for people.

    A table fed by several sources has a mapping for each in `parts`, by priority, which says so in `part`; `notices` is
    what was found when it was fetched.
    """

    name: str
    path: Path
    metadata: Path
    label: str
    metadata_label: str
    source_iri: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    other_codes: tuple[CodeTable, ...]
    not_to_confuse: tuple[CodeTable, ...]
    withheld: Withheld | None
    naming: Naming | None
    cog_year: int | None
    notes: dict[str, Any]
    local: Local | None = None
    parts: tuple[Mapping, ...] = ()
    part: Part | None = None
    notices: tuple[Finding, ...] = ()

    @property
    def relation(self) -> str:
        """The name of the table's relation in DuckDB."""
        return f"s_{self.part.name.replace('-', '_')}" if self.part else relation_of(self.label)

    @property
    def files(self) -> tuple[tuple[str, Path], ...]:
        """The files that the table is read from, each with its label for people."""
        return tuple((each.label, each.path) for each in self.parts or (self,))

    @property
    def lenient(self) -> bool:
        """Whether the file may have other columns than the description's: it is a source made for others."""
        return self.part is not None and not self.part.own

    @property
    def rivals(self) -> tuple[Path, ...]:
        """The files of the table's name, when there are several: nothing says which one is meant."""
        found = () if self.lenient else find_deliveries(self.path)
        return found if len(found) > 1 else ()

    @property
    def sheet(self) -> str:
        """What a workbook's sheet of this table is called: its name without the folder."""
        return self.name.rpartition("/")[2]

    @property
    def source_columns(self) -> tuple[Column, ...]:
        """The columns that the file has; the others are virtual."""
        return tuple(column for column in self.columns if not column.virtual)

    def column(self, name: str) -> Column | None:
        """Return the column of this name, if there is one."""
        return next((column for column in self.columns if column.name == name), None)

    def column_of(self, role: str) -> Column | None:
        """Return the column that has a role, if there is one."""
        return next((column for column in self.source_columns if column.role == role), None)

    @property
    def is_of_companies(self) -> bool:
        """Whether each row is about one company, by its SIREN."""
        key = self.column(self.primary_key[0]) if len(self.primary_key) == 1 else None
        return bool(key and key.scheme) and any(is_company(column.about) for column in self.columns)

    def recognise(self, header: str) -> Column | None:
        """Return the column that a header text of the file names, by its name or a title.

        Case, accents, spaces and punctuation make no difference: « N° SIREN » is « n siren ».
        """
        wanted = compared(header)
        return next((column for column in self.source_columns if wanted in column.recognised_names), None)

    @property
    def needed_columns(self) -> frozenset[str]:
        """The columns that the file cannot lack: those with no empty cell, those of the key and of subjects."""
        if self.lenient:
            return frozenset(self.primary_key)
        subjects = {v.name for column in self.columns for v in column.about.variables if v.name != column.name}
        required = {column.name for column in self.source_columns if column.required}
        return frozenset(required | subjects | {*self.primary_key})

    @property
    def variables(self) -> frozenset[Variable]:
        """The variables of all templates: `siren`, `departement.region`."""
        templates = (template for each in self.columns for template in (each.about, each.value, each.text) if template)
        return frozenset(chain.from_iterable(template.variables for template in templates))

    @property
    def published(self) -> str:
        """The name of the relation that conversion reads: cells cleaned, codes current, rows held back left out."""
        return "p_" + self.relation.removeprefix("t_")

    def reference(self, column: str) -> Reference | None:
        """Return what a single column refers to, if it is a foreign key of its own."""
        return next((key.reference for key in self.foreign_keys if key.columns == (column,)), None)


def relation_of(resource: str) -> str:
    """Return the name in DuckDB of a resource under the project directory: a table or a SKOS scheme."""
    return "t_" + re.sub(r"\W", "_", resource.rpartition(".")[0])


def compared(header: str) -> str:
    """Return a header's text as it is compared: without case, accents, spaces and punctuation."""
    return fold(header).replace(" ", "")


@lru_cache(maxsize=2048)
def names_of(name: str, titles: Iterable[str]) -> frozenset[str]:
    """Return what a column may be called, as `compared`."""
    return frozenset(compared(text) for text in (name, *titles))
