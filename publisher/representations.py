"""The only media-type table: each representation's name, media type, extension and format IRI.

Format IRIs: W3C « Unique URIs for file formats » (https://www.w3.org/ns/formats/). Media types: IANA.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Representation:
    """One way to write a document or a result.

    `aliases` are further media types accepted in an Accept header; they are never sent.
    """

    name: str
    media_type: str
    extension: str
    iri: str | None = None
    aliases: tuple[str, ...] = ()
    charset: bool = True

    @property
    def content_type(self) -> str:
        """The Content-Type sent: text formats name their charset (UTF-8 always)."""
        return f"{self.media_type}; charset=utf-8" if self.charset else self.media_type


_FORMATS = "http://www.w3.org/ns/formats/"

TURTLE = Representation("turtle", "text/turtle", "ttl", _FORMATS + "Turtle", ("application/x-turtle",))
JSON_LD = Representation("jsonld", "application/ld+json", "jsonld", _FORMATS + "JSON-LD", charset=False)
RDF_XML = Representation("rdfxml", "application/rdf+xml", "rdf", _FORMATS + "RDF_XML", ("application/xml", "text/xml"))
N_TRIPLES = Representation("ntriples", "application/n-triples", "nt", _FORMATS + "N-Triples", ("text/plain",))
N_QUADS = Representation("nquads", "application/n-quads", "nq", _FORMATS + "N-Quads")
TRIG = Representation("trig", "application/trig", "trig", _FORMATS + "TriG")
HTML = Representation("html", "text/html", "html", None, ("application/xhtml+xml",))

RESULTS_JSON = Representation(
    "json",
    "application/sparql-results+json",
    "srj",
    _FORMATS + "SPARQL_Results_JSON",
    ("application/json",),
    charset=False,
)
RESULTS_XML = Representation(
    "xml",
    "application/sparql-results+xml",
    "srx",
    _FORMATS + "SPARQL_Results_XML",
    ("application/xml", "text/xml"),
)
RESULTS_CSV = Representation("csv", "text/csv", "csv", _FORMATS + "SPARQL_Results_CSV")
RESULTS_TSV = Representation("tsv", "text/tab-separated-values", "tsv", _FORMATS + "SPARQL_Results_TSV")

JSON = Representation("json", "application/json", "json", charset=False)
PROBLEM_JSON = Representation("problem", "application/problem+json", "json", charset=False)
SITEMAP = Representation("sitemap", "application/xml", "xml")
OPENAPI_3_1 = Representation("openapi", "application/vnd.oai.openapi+json;version=3.1", "json", charset=False)
OPENAPI = Representation("openapi", "application/vnd.oai.openapi+json;version=3.0", "json", charset=False)
ATOM = Representation("atom", "application/atom+xml", "atom")
TEXT = Representation("text", "text/plain", "txt")
BIBTEX = Representation("bibtex", "application/x-bibtex", "bib", None, ("text/x-bibtex",))
CSL_JSON = Representation(
    "csl", "application/vnd.citationstyles.csl+json", "json", None, ("application/json",), charset=False
)

CSV = Representation("csv", "text/csv", "csv")
XLSX = Representation(
    "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", charset=False
)
SVG = Representation("svg", "image/svg+xml", "svg")
GEOJSON = Representation("geojson", "application/geo+json", "geojson", charset=False)
NGSI_LD = Representation("ngsi-ld", "application/ld+json", "ngsi-ld.json", charset=False)
CSVW = Representation("csvw", "application/csvm+json", "csv-metadata.json", charset=False)

GRAPH_DOCUMENTS = (TURTLE, JSON_LD, RDF_XML, N_TRIPLES)
"""What every RDF document is available as; the first is the answer to `*/*`."""

DOCUMENTS = (*GRAPH_DOCUMENTS, HTML)
"""What every resource document is available as."""

STREAM_PAGES = (TURTLE, JSON_LD, TRIG, N_QUADS, N_TRIPLES)
"""What the pages of the event stream are available as; the last two know no relative address."""

GRAPH_RESULTS = (TURTLE, N_TRIPLES, RDF_XML, JSON_LD, N_QUADS, TRIG)
"""Results of CONSTRUCT and DESCRIBE."""

BINDINGS_RESULTS = (RESULTS_JSON, RESULTS_XML, RESULTS_CSV, RESULTS_TSV)
"""Results of SELECT and ASK (SPARQL 1.1 Query Results JSON, XML, CSV and TSV)."""


def by_extension(extension: str) -> Representation | None:
    """Return the document representation with this file extension, without the dot."""
    return next((r for r in DOCUMENTS if r.extension == extension), None)


def by_media_type(media_type: str) -> Representation:
    """Return the first representation of this table with a media type, else one that has nothing but that."""
    table = (each for each in globals().values() if isinstance(each, Representation))
    return next((each for each in table if each.media_type == media_type), Representation("", media_type, ""))
