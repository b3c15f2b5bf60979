"""The pages of the lists: a page of rows with what they lead to, the filters, a map, a timeline."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import render_template, request
from pyoxigraph import NamedNode
from rdflib.namespace import RDF

from endpoints.charts import draw_counts, draw_points
from endpoints.collections import rows_of
from endpoints.exports import MANY
from endpoints.languages import language
from endpoints.list_index import list_index
from endpoints.list_request import MAP, TABLE, THINGS, TIMELINE
from endpoints.listing import Row, Rows, alphabetical, plain
from endpoints.pages import thing_label
from endpoints.presentation import href
from endpoints.problems import NotFoundError
from endpoints.serving import served_release, serving
from endpoints.timeline import draw_timeline
from endpoints.vocabulary import domain_tree
from endpoints.wording import address_label
from publisher.extracts import OUTLINES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from endpoints.list_request import ListRequest
    from endpoints.queries import Terms

PAGE_SIZE = 30


@dataclass(frozen=True, slots=True)
class Option:
    """A value that a filter can take: its name, how many rows have it, whether a broader one stands before it."""

    value: str
    name: str
    count: int
    narrower: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A row as a page shows it: its texts, and the things it points at, by property."""

    row: Row
    links: dict[str, list[Row]] = field(default_factory=dict)


def list_page(asked: ListRequest) -> str:
    """Return the page of a list.

    Raises:
        NotFoundError: the page asked for is after the last.
    """
    rows = rows_of(asked.collection)
    total, shown = rows.page(asked, PAGE_SIZE)
    pages = max(1, -(-total // PAGE_SIZE))
    if asked.page > pages:
        raise NotFoundError.at(request.full_path)
    return render_template(
        f"{asked.collection.name}.html",
        asked=asked,
        total=total,
        whole=rows.total(()),
        pages=pages,
        many=MANY,
        filters=[(name, _name(name, value), asked.narrowed(name, None)) for name, value in asked.chosen],
        options={name: list(_options(asked, name)) for name in asked.collection.filters if name != "commune"},
        listed=_rows(asked, shown) if asked.view == TABLE else [],
        source=_source(asked),
        **(_map(asked) if asked.view == MAP else {}),
        **(_timeline(asked) if asked.view == TIMELINE else {}),
    )


def _options(asked: ListRequest, name: str) -> Iterator[Option]:
    """Yield the values of a filter in their order: the tree of domains, names, the latest year first, numbers."""
    counts = rows_of(asked.collection).counts(asked, name)
    counts |= {value: counts.get(value, 0) for filter_, value in asked.chosen if filter_ == name}
    if name == "domaine":
        for top, below in domain_tree():
            for row in (top, *below):
                slug = row["thing"].rpartition("/")[2]
                if slug in counts:
                    yield Option(slug, row["name"], counts[slug], narrower=row is not top)
        return
    listed = [Option(value, _name(name, value), count) for value, count in counts.items()]
    if name in THINGS:
        yield from sorted(listed, key=lambda option: plain(option.name))
    else:
        yield from sorted(listed, key=lambda option: int(option.value), reverse=name == "annee")


def _name(name: str, value: str) -> str:
    """Return what a filter's value is called in the page's language."""
    if name not in THINGS:
        return value
    return thing_label(served_release().store, NamedNode(serving().minter.thing(name, value)), language())


def _rows(asked: ListRequest, iris: Sequence[str]) -> list[Listed]:
    """Return the rows of a page in their order, read from the store; a town of two agreements has two."""
    collection, rows = asked.collection, Rows(served_release())
    named = [NamedNode(iri) for iri in iris]
    class_ = NamedNode(collection.class_)
    terms: Terms = {"class": class_, "property": NamedNode(str(RDF.type)), "topic": class_, collection.row: named}
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows.select(collection.rows, terms):
        named_source = {"sourceName": address_label(row["source"], language())} if "source" in row else {}
        found[row[collection.row]].append({**row, **named_source})
    links: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for link in alphabetical(rows.select("links_of", {"row": named})) if collection.row == "thing" else ():
        links[link["row"]][link["said"].replace("#", "/").rpartition("/")[2]].append(link)
    paths = [serving().minter.path_of(iri) or iri for iri in iris]
    if collection.row == "place":
        _add_figures(paths, found)
    return [Listed(row, links[path]) for path in paths for row in found[path]]


def _add_figures(paths: Sequence[str], found: dict[str, list[Row]]) -> None:
    """Add to the rows of towns the companies in them and in their département, and the contracts they notified."""
    release, minter = served_release(), serving().minter
    keys = {path: path.rpartition("/")[2] for path in paths}
    towns = [NamedNode(minter.thing("commune", key)) for key in keys.values()]
    contracts = {row["place"]: row["contracts"] for row in Rows(release).select("town_contracts", {"place": towns})}
    for path, key in keys.items():
        for row in found[path]:
            around = row.get("departement", "").rpartition("/")[2]
            row |= {
                "code": key,
                "departementCode": around,
                "contracts": contracts.get(path, "0"),
                "companies": _companies("communes", minter.thing("commune", key)),
                "companiesAround": _companies("departements", minter.thing("departement", around)) if around else "0",
            }


def _companies(group: str, iri: str) -> str:
    return str(served_release().counts.get(group, {}).get(iri, 0))


def _source(asked: ListRequest) -> Row | None:
    """Return where the list's table comes from, when the release says."""
    named = [NamedNode(serving().minter.source(asked.collection.name))]
    return next(iter(Rows(served_release()).select("source", {"thing": named})), None)


def _map(asked: ListRequest) -> dict[str, Any]:
    """Return the map of what is found by département, its links and table, and the points of the towns."""
    index = list_index(asked.collection)
    counts = index.counts(asked, "departement")
    towns = [town for place in index.ordered(asked) if (town := index.points[place])]
    outlines = serving().project.directory / OUTLINES
    return {
        "map": draw_counts(counts, outlines),
        "map_links": {
            code: href(asked.collection.path, **asked.seen_as(TABLE).narrowed("departement", code).parameters)
            for code in counts
        },
        "map_points": draw_points(towns, outlines),
    }


def _timeline(asked: ListRequest) -> dict[str, Any]:
    """Return the timeline of the days that are known, and how many are not."""
    index = list_index(asked.collection)
    days = [index.days[place] for place in index.ordered(asked)]
    known = [day for day in days if day]
    return {"timeline": draw_timeline(known), "undated": len(days) - len(known)}
