"""What a release says of a thing, in schema.org's words (https://schema.org): plain dictionaries, ready for JSON-LD.

Only what the release states: a company's place is the commune its source gives, not its registered address.
Datasets follow Google Dataset Search's « Dataset structured data ».
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode
from rdflib.namespace import DCTERMS, SKOS

from endpoints.schema_org_types import FRANCE, PLACES, Node, filled, is_territory
from endpoints.statements import Statements
from publisher.vocabulary import ASC, DCAT, DOMAINS, IGEO, LEGAL, SCHEMA, WGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyoxigraph import Store

    from publisher.identifiers import Minter
    from publisher.project import Project

SHORTEST_DESCRIPTION = 50
"""Google Dataset Search leaves out a dataset whose description is shorter."""


@dataclass(frozen=True, slots=True)
class Describer(Statements):
    """Describes the things of one release in one language."""

    store: Store
    minter: Minter
    project: Project
    lang: str

    def thing(self, kind: str, iri: str) -> Node:
        """Return what is said of a thing, by the class segment of its address."""
        describe: Callable[[str], Node] | None = {
            "entreprise": self.company,
            "domaine": self.domain,
            "jeu": self.dataset,
            "projet": self.project_of_company,
            "pratique": self.good_practice,
            "solution": self.solution,
            "marche": self.contract,
            "collectivite": self.authority,
        }.get(kind)
        if describe:
            return describe(iri)
        return self.place(kind, iri) if is_territory(iri) else self._named("Thing", iri)

    def company(self, iri: str) -> Node:
        """Return a company: an Organization with its SIREN, what it does, and where its source places it."""
        siren = self.first(f"{iri}#siren", SKOS.notation)
        return filled(
            {
                **self._named("Organization", iri),
                "legalName": self.first(iri, LEGAL.legalName),
                "alternateName": self.texts(iri, SKOS.altLabel),
                "foundingDate": self.first(iri, SCHEMA.foundingDate),
                "dissolutionDate": self.first(iri, SCHEMA.dissolutionDate),
                "identifier": siren and {"@type": "PropertyValue", "propertyID": "SIREN", "value": siren},
                "taxID": siren,
                "iso6523Code": self.first(iri, SCHEMA.iso6523Code),
                "sameAs": self.iris(iri, SCHEMA.sameAs),
                "knowsAbout": [self._named("DefinedTerm", domain) for domain in self.iris(iri, ASC.domaine)],
                "location": self._location(iri),
            }
        )

    def domain(self, iri: str) -> Node:
        """Return a domain: a DefinedTerm of the scheme."""
        return filled(
            {
                **self._named("DefinedTerm", iri),
                "description": self.text(iri, SKOS.definition),
                "termCode": self.first(iri, SKOS.notation),
                "alternateName": self.texts(iri, SKOS.altLabel),
                "inDefinedTermSet": {"@type": "DefinedTermSet", "@id": DOMAINS, "url": self._url(DOMAINS)},
            }
        )

    def scheme(self, domains: Iterable[str]) -> Node:
        """Return the scheme of domains: a DefinedTermSet with its terms."""
        name = self.text(DOMAINS, SKOS.prefLabel) or self.text(DOMAINS, DCTERMS.title) or ""
        terms = [self._named("DefinedTerm", domain) for domain in domains]
        return filled({**self._named("DefinedTermSet", DOMAINS), "name": name, "hasDefinedTerm": terms})

    def place(self, kind: str, iri: str) -> Node:
        """Return a territory: a City or an AdministrativeArea, with its INSEE code, its point and its parent."""
        code = self.first(iri, IGEO.codeINSEE)
        parents = self.iris(iri, IGEO.subdivisionDirecteDe)
        names = [self._named("AdministrativeArea", parent) for parent in parents if is_territory(parent)]
        return filled(
            {
                **self._named(PLACES.get(kind, "AdministrativeArea"), iri),
                "identifier": code and {"@type": "PropertyValue", "propertyID": "code Insee", "value": code},
                "geo": self._point(iri),
                "sameAs": self.iris(iri, SCHEMA.sameAs),
                "containedInPlace": [place for place in names if "name" in place] or FRANCE,
            }
        )

    def project_of_company(self, iri: str) -> Node:
        """Return an innovation project: a Project of its company."""
        companies = [self._named("Organization", each) for each in self.iris(iri, ASC.entreprise)]
        return filled({**self._named("Project", iri), "parentOrganization": companies, "location": self._location(iri)})

    def good_practice(self, iri: str) -> Node:
        """Return a good practice: a CreativeWork with the page that attests it."""
        return filled({**self._named("CreativeWork", iri), "citation": self.iris(iri, DCTERMS.source)})

    def solution(self, iri: str) -> Node:
        """Return a solution: a Product of its company."""
        companies = [self._named("Organization", each) for each in self.iris(iri, ASC.entreprise)]
        return filled({**self._named("Product", iri), "manufacturer": companies})

    def contract(self, iri: str) -> Node:
        """Return a notified contract: an Order, without its amount, which may be a ceiling."""
        buyers = [self._named("GovernmentOrganization", each) for each in self.iris(iri, ASC.acheteur)]
        companies = [self._named("Organization", each) for each in self.iris(iri, ASC.entreprise)]
        return filled(
            {
                **self._named("Order", iri),
                "orderNumber": self.first(iri, DCTERMS.identifier),
                "orderDate": self.first(iri, ASC.dateNotification),
                "customer": buyers,
                "seller": companies,
            }
        )

    def authority(self, iri: str) -> Node:
        """Return a local authority: a GovernmentOrganization with its SIREN and the territory it administers."""
        siren = self.first(f"{iri}#siren", SKOS.notation)
        return filled(
            {
                **self._named("GovernmentOrganization", iri),
                "identifier": siren and {"@type": "PropertyValue", "propertyID": "SIREN", "value": siren},
                "areaServed": self._location(iri),
            }
        )

    def catalog(self) -> Node:
        """Return the catalog: a DataCatalog with its datasets."""
        iri = f"{self.project.base_uri}/catalog"
        return filled(
            {
                "@type": "DataCatalog",
                "@id": iri,
                "url": iri,
                "name": self.text(iri, DCTERMS.title) or self.project.title[self.lang],
                "description": self.project.description[self.lang],
                "license": self.project.licence,
                "publisher": self.publisher(),
                "dataset": [self.dataset(each) for each in self.iris(iri, DCAT.dataset)],
            }
        )

    def dataset(self, iri: str) -> Node:
        """Return a dataset of the catalog with what Google Dataset Search requires and recommends."""
        said = self.text(iri, DCTERMS.description) or ""
        about = said if len(said) >= SHORTEST_DESCRIPTION else f"{said} {self.project.description[self.lang]}".strip()
        return filled(
            {
                "@type": "Dataset",
                "@id": iri,
                "url": self._url(iri),
                "name": self.text(iri, DCTERMS.title),
                "description": about,
                "license": (self.iris(iri, DCTERMS.license) or [self.project.licence])[0],
                "creator": self.publisher(),
                "publisher": self.publisher(),
                "isAccessibleForFree": True,
                "keywords": self.texts(iri, DCAT.keyword),
                "version": self.first(iri, DCAT.version),
                "dateModified": self.first(iri, DCTERMS.modified),
                "identifier": self.first(iri, DCTERMS.identifier),
                "spatialCoverage": FRANCE,
                "temporalCoverage": self._period(iri),
                "inLanguage": ["fr", "en"],
                "includedInDataCatalog": {"@type": "DataCatalog", "@id": f"{self.project.base_uri}/catalog"},
                "distribution": [
                    self._download(each, *files)
                    for each in self.iris(iri, DCAT.distribution)
                    if (files := self.iris(each, DCAT.downloadURL))
                ],
            }
        )

    def publisher(self) -> Node:
        """Return who publishes this instance, and how to write to them."""
        return {
            "@type": "Organization",
            "@id": self.minter.publisher,
            "name": self.project.publisher_name,
            "url": self.project.publisher_url,
            "contactPoint": {
                "@type": "ContactPoint",
                "contactType": "customer support",
                "email": self.project.contact_email,
                "url": self.project.contact_url,
            },
        }

    def _period(self, iri: str) -> str | None:
        """Return from when to when a dataset speaks, as ISO 8601 writes an interval."""
        nodes = [node for node in self.objects(iri, DCTERMS.temporal) if isinstance(node, BlankNode)]
        days = [self.first(node, bound) or ".." for node in nodes for bound in (DCAT.startDate, DCAT.endDate)]
        return "/".join(days) or None

    def _download(self, iri: str, address: str) -> Node:
        media = next(iter(self.iris(iri, DCAT.compressFormat) or self.iris(iri, DCAT.mediaType)), "")
        return filled(
            {
                "@type": "DataDownload",
                "@id": iri,
                "name": self.text(iri, DCTERMS.title),
                "contentUrl": address,
                "encodingFormat": "/".join(media.split("/")[-2:]),
                "contentSize": self.first(iri, DCAT.byteSize),
            }
        )

    def _location(self, iri: str) -> list[Node]:
        communes = self.iris(iri, ASC.commune)
        return [self.place("commune", commune) for commune in communes] or [
            self.place("departement", each) for each in self.iris(iri, ASC.departement)
        ]

    def _point(self, iri: str) -> Node | None:
        latitude, longitude = self.first(iri, WGS.lat), self.first(iri, WGS.long)
        if latitude is None or longitude is None:
            return None
        return {"@type": "GeoCoordinates", "latitude": float(latitude), "longitude": float(longitude)}

    def _named(self, type_: str, iri: str) -> Node:
        name, about = self.text(iri, SKOS.prefLabel), self.text(iri, DCTERMS.description)
        return filled({"@type": type_, "@id": iri, "name": name, "description": about, "url": self._url(iri)})

    def _url(self, iri: str) -> str | None:
        path = self.minter.path_of(iri)
        return f"{self.project.base_uri}{path}" if path else None
