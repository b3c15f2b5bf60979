"""What templates show: the parts of a page, already named and written out in the language of the request."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Value:
    """One value as shown: a text, perhaps a link; `lang` when it is not in the page's language."""

    text: str
    href: str | None = None
    lang: str | None = None
    external: bool = False


@dataclass(frozen=True, slots=True)
class Property:
    """One line of the list of properties; `ours` marks the directory's own classification."""

    iri: str
    label: str
    values: tuple[Value, ...]
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Where statements come from: a table's source, as its CSVW description names it."""

    title: Value
    origin: Value | None
    producer: str | None
    modified: str | None
    licence: Value | None


@dataclass(frozen=True, slots=True)
class Classification:
    """A group of statements of one origin: its label, what it covers, why the thing is listed, its sources."""

    label: str
    covers: frozenset[str]
    motive: str | None
    detail: str | None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """What a page owes to one source: the names of the facts, and whether anybody has validated them."""

    source: Source
    facts: tuple[str, ...]
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegisterFact:
    """One fact of the register: its name, its values, what completes them all (`note`) or each (`notes`)."""

    label: str
    values: tuple[Value, ...]
    note: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Register:
    """What the register of companies says of one: facts, whether it ceased and since when, source and day."""

    facts: list[RegisterFact]
    ceased: bool
    since: str | None
    source: Source
    day: str | None


@dataclass(frozen=True, slots=True)
class NodeView:
    """One thing among several on a page: a dataset of the catalog, for instance."""

    iri: str
    title: str
    nature: str
    types: tuple[str, ...]
    properties: list[Property]


@dataclass(frozen=True, slots=True)
class Upkeep:
    """How a record is kept: the day it was last checked and the organisation that did, whether it is to be reviewed."""

    day: str | None
    author: str | None
    to_review: bool


@dataclass(slots=True)
class PageView:
    """All that a template shows of one document."""

    kind: str
    key: str
    iri: str
    path: str
    title: str
    nature: str
    properties: list[Property]
    sources: list[Source]
    licence: Value | None
    modified: str | None
    groups: list[Classification] = field(default_factory=list)
    breadcrumbs: list[Value] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    response: Value | None = None
    upkeep: Upkeep | None = None

    @property
    def classification(self) -> Classification | None:
        """The group of the directory's own statements: of several, the first to give its ground."""
        return self.groups[0] if self.groups else None

    def find(self, name: str) -> Property | None:
        """Return the property whose IRI ends with this name."""
        return next((p for p in self.properties if p.iri.endswith(name)), None)

    def others(self, *names: str) -> list[Property]:
        """Return the properties but those that the template has already shown."""
        return [p for p in self.properties if not p.iri.endswith(names)]
