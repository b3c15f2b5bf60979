"""Which facts of a page come from which source: what each table states, and who has validated it.

Two sources may speak of one company, which its SIREN joins. A table's CSVW description says which properties it
states; a provenance group says whose classification some of them are. Where the settings' sources were merged into one
record, the groups say which properties each of them gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext
from pyoxigraph import NamedNode
from rdflib.namespace import SKOS

from endpoints.documents import exists
from endpoints.serving import served_release, serving
from endpoints.views import Origin
from publisher.vocabulary import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable

    from endpoints.pages import PageWriter
    from endpoints.views import PageView

_NAME = str(SKOS.prefLabel)
_MADE_FROM_SIREN = {str(SCHEMA.sameAs), str(SCHEMA.iso6523Code)}


def origins(writer: PageWriter, view: PageView, sources: Iterable[str], around: Iterable[str]) -> list[Origin]:
    """Return what a page owes to each source of its record, and to those of the things listed around it.

    `around` names the classes of these things, by the segment of their addresses.
    """
    listed = list(sources)
    merged = _merged(listed)
    found = [_of_record(writer, view, source, merged=source in merged) for source in listed]
    for kind in around:
        source = serving().minter.source(serving().tables.get(kind, kind))
        if exists(served_release().store, NamedNode(source)):
            found.append(Origin(writer.source(source), (_listed(kind),), ()))
    return found


def _merged(sources: list[str]) -> frozenset[str]:
    """Return which sources of a record were merged field by field: those of the settings, and their tables' own."""
    minter = serving().minter
    declared = {minter.source(each.name): minter.source(each.table) for each in serving().project.sources}
    return frozenset(iri for each in sources if each in declared for iri in (each, declared[each]))


def _of_record(writer: PageWriter, view: PageView, source: str, *, merged: bool) -> Origin:
    groups = [group for group in view.groups if source in group.sources]
    stated = frozenset[str]().union(*(group.covers for group in groups)) if merged else _stated_by(source)
    name = [writer.term(_NAME)] if _NAME in stated else []
    facts = [each.label for each in view.properties if each.iri in stated - _MADE_FROM_SIREN]
    return Origin(writer.source(source), (*name, *facts), tuple(group.label for group in groups))


def _stated_by(source: str) -> frozenset[str]:
    minter = serving().minter
    tables = (properties for table, properties in serving().properties.items() if minter.source(table) == source)
    return next(tables, frozenset())


def _listed(kind: str) -> str:
    names: dict[str, str] = {
        "marche": gettext("marchés notifiés"),
        "projet": gettext("projets d'innovation"),
        "solution": gettext("solutions"),
        "pratique": gettext("bonnes pratiques"),
    }
    return names[kind]
