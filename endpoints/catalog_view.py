"""The catalog as a page shows it, and as pages of a long catalog divide it (Hydra Core Vocabulary, W3C CG)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib.namespace import DCAT, DCTERMS, RDF

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Subject = NamedNode | BlankNode

PAGE_SIZE = 50
"""How many datasets a page of the catalog holds."""
HYDRA = "http://www.w3.org/ns/hydra/core#"
_CATALOG, _DATASET, _SERVICE = (str(DCAT[name]) for name in ("Catalog", "Dataset", "DataService"))
_SERVICES = str(DCAT.service)
_LISTS = frozenset({str(DCAT.dataset), str(DCAT.servesDataset)})


@dataclass(frozen=True, slots=True)
class File:
    """A file that a dataset can be taken away in; `path` is its address on this site."""

    title: str
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A dataset or a service; `path` leads to its own page on this site."""

    iri: str
    title: str
    description: str
    path: str
    modified: str
    keywords: tuple[str, ...]
    files: tuple[File, ...]


class Description:
    """The statements of a catalog, by subject and predicate, in the order in which they were made."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.said: dict[str, dict[str, list[NamedNode | BlankNode | Literal]]] = defaultdict(lambda: defaultdict(list))
        for triple in triples:
            if isinstance(triple.object, NamedNode | BlankNode | Literal):
                self.said[_key(triple.subject)][triple.predicate.value].append(triple.object)

    def instances(self, class_: str) -> list[str]:
        """Return the subjects of a class."""
        return [s for s, said in self.said.items() if any(t.value == class_ for t in said.get(str(RDF.type), ()))]

    def text(self, subject: str, predicate: str, lang: str) -> str:
        """Return a text in a language, else in any."""
        texts = [o for o in self.said[subject].get(predicate, ()) if isinstance(o, Literal)]
        return next((o.value for o in texts if o.language == lang), texts[0].value if texts else "")

    def links(self, subject: str, predicate: str) -> list[str]:
        """Return the subjects that a property leads to."""
        found = self.said[subject].get(predicate, ())
        return [_key(o) for o in found if not isinstance(o, Literal)]

    def reached(self, start: str, seen: set[str], *, services: bool = True) -> None:
        """Add to `seen` what is said from a subject on, without going through lists of datasets."""
        seen.add(start)
        for predicate, objects in self.said[start].items():
            for each in objects:
                if predicate not in _LISTS and not isinstance(each, Literal) and (services or predicate != _SERVICES):
                    key = _key(each)
                    if key in self.said and key not in seen:
                        self.reached(key, seen)


def entries(description: Description, lang: str) -> tuple[list[Entry], list[Entry]]:
    """Return the datasets and the services."""
    services = [iri for iri in description.instances(_SERVICE) if "#" not in iri]
    datasets = [_entry(description, iri, lang) for iri in _datasets(description)]
    return datasets, [_entry(description, iri, lang) for iri in services]


def _entry(description: Description, iri: str, lang: str) -> Entry:
    files = (
        File(
            description.text(each, str(DCTERMS.title), lang),
            urlsplit(address).path,
            int(description.text(each, str(DCAT.byteSize), lang) or 0),
        )
        for each in description.links(iri, str(DCAT.distribution))
        for address in description.links(each, str(DCAT.downloadURL))
    )
    address = [*description.links(iri, str(DCAT.endpointURL)), *description.links(iri, str(DCAT.landingPage))]
    keywords = (o.value for o in description.said[iri].get(str(DCAT.keyword), ()))
    return Entry(
        iri,
        description.text(iri, str(DCTERMS.title), lang),
        description.text(iri, str(DCTERMS.description), lang),
        urlsplit(address[0]).path if address else "",
        description.text(iri, str(DCTERMS.modified), lang)[:10],
        tuple(keywords),
        tuple(files),
    )


def _datasets(description: Description) -> list[str]:
    catalogs = description.instances(_CATALOG)
    return [iri for catalog in catalogs for iri in description.links(catalog, str(DCAT.dataset))]


def page_count(triples: Sequence[Triple], size: int) -> int:
    """Return how many pages a catalog has."""
    return max(1, -(-len(_datasets(Description(triples))) // size))


def page_of(triples: Sequence[Triple], number: int, address: str, size: int) -> list[Triple]:
    """Return one page of a catalog: some datasets with all that is said of them; services stand on the first.

    Whatever a page leads to is described there: that a service serves a dataset is said on the dataset's page.
    `address` is the absolute address that `?page=` is added to. A catalog of one page is left as it is.
    """
    last = page_count(triples, size)
    if last == 1:
        return list(triples)
    description = Description(triples)
    datasets = _datasets(description)
    shown = set(datasets[(number - 1) * size : number * size])
    kept: set[str] = set()
    for start in [*description.instances(_CATALOG), *shown]:
        description.reached(start, kept, services=start in shown or number == 1)
    page = [t for t in triples if _belongs(t, kept, shown, number)]
    return page + _view(description.instances(_CATALOG)[0], number, last, len(datasets), address)


def _belongs(triple: Triple, kept: set[str], shown: set[str], number: int) -> bool:
    """Tell whether a statement is about something on this page, and a list leads to something there."""
    predicate = triple.predicate.value
    if predicate in _LISTS:
        return _key(triple.object) in shown
    return _key(triple.subject) in kept and (predicate != _SERVICES or number == 1)


def _view(catalog: str, number: int, last: int, total: int, address: str) -> list[Triple]:
    pages = {"first": 1, "last": last, "next": number + 1, "previous": number - 1}
    here = NamedNode(f"{address}?page={number}")
    count = Literal(str(total), datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer"))
    return [
        Triple(NamedNode(catalog), NamedNode(f"{HYDRA}view"), here),
        Triple(NamedNode(catalog), NamedNode(f"{HYDRA}totalItems"), count),
        Triple(here, NamedNode(str(RDF.type)), NamedNode(f"{HYDRA}PartialCollectionView")),
        *(
            Triple(here, NamedNode(HYDRA + name), NamedNode(f"{address}?page={page}"))
            for name, page in pages.items()
            if 1 <= page <= last
        ),
    ]


def _key(term: NamedNode | BlankNode | Literal | Triple) -> str:
    return f"_:{term.value}" if isinstance(term, BlankNode) else str(getattr(term, "value", term))
