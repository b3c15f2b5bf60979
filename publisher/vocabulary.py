"""Terms that code names. What only mappings, shapes, queries or templates use is not here."""

from rdflib import Namespace

ASC = Namespace("https://w3id.org/annuaire-territorial/def#")
"""Our vocabulary: one IRI in every instance."""

DOMAINS = "https://w3id.org/annuaire-territorial/domaine/"
"""The domain scheme's IRI, and the namespace of its concepts."""

IGEO = Namespace("http://rdf.insee.fr/def/geo#")
INSEE = "http://id.insee.fr/geo/"
"""Namespace of INSEE's code URIs: `departement/69`, `commune/38185`."""

LEGAL = Namespace("http://www.w3.org/ns/legal#")
SCHEMA = Namespace("https://schema.org/")
WGS = Namespace("http://www.w3.org/2003/01/geo/wgs84_pos#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
"""DCAT 3; rdflib's own namespace stops at version 2."""

VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
LICENCE_OUVERTE = "https://www.etalab.gouv.fr/licence-ouverte-open-licence"

AS = Namespace("https://www.w3.org/ns/activitystreams#")
"""Activity Streams 2.0: what was done to a thing (`as:Create`, `as:Update`, `as:Delete`)."""
LDES = Namespace("https://w3id.org/ldes#")
TREE = Namespace("https://w3id.org/tree#")
