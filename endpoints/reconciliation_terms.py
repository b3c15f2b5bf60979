"""What the reconciliation service speaks of: types, properties, and how it names things, in French and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from endpoints.languages import text_in

if TYPE_CHECKING:
    from endpoints.searching import Record

Texts = dict[str, str]
_TERRITORIES = frozenset({"region", "departement", "commune", "intercommunalite"})


class Type(NamedTuple):
    """A type of the service: its names, the kinds of thing it covers, the type above it, other identifiers of it."""

    id: str
    names: Texts
    kinds: frozenset[str]
    broader: str | None = None
    aliases: tuple[str, ...] = ()


class Property(NamedTuple):
    """A property: its names, the types that have it, the type of its values, and whether it serves as evidence."""

    id: str
    names: Texts
    types: tuple[str, ...]
    value_type: str | None = None
    evidence: bool = True


_IGEO = "http://rdf.insee.fr/def/geo#"
TYPES = (
    Type(
        "company",
        {"fr": "Entreprise", "en": "Company"},
        frozenset({"entreprise"}),
        aliases=("entreprise", "http://www.w3.org/ns/legal#LegalEntity", "https://schema.org/Organization"),
    ),
    Type(
        "domain",
        {"fr": "Domaine de la ville", "en": "City domain"},
        frozenset({"domaine"}),
        aliases=("domaine", "http://www.w3.org/2004/02/skos/core#Concept"),
    ),
    Type("territory", {"fr": "Territoire", "en": "Territory"}, _TERRITORIES, aliases=("territoire",)),
    Type("region", {"fr": "Région", "en": "Region"}, frozenset({"region"}), "territory", (f"{_IGEO}Region",)),
    Type(
        "departement",
        {"fr": "Département", "en": "Département"},
        frozenset({"departement"}),
        "territory",
        ("department", f"{_IGEO}Departement"),
    ),
    Type("commune", {"fr": "Commune", "en": "Commune"}, frozenset({"commune"}), "territory", (f"{_IGEO}Commune",)),
    Type(
        "epci",
        {"fr": "Intercommunalité (EPCI)", "en": "Intercommunal body (EPCI)"},
        frozenset({"intercommunalite"}),
        "territory",
        ("intercommunalite", f"{_IGEO}Intercommunalite"),
    ),
)
_PLACED = ("company", "commune")
PROPERTIES = (
    Property("siren", {"fr": "SIREN", "en": "SIREN"}, ("company", "epci")),
    Property("codeINSEE", {"fr": "Code Insee", "en": "INSEE code"}, ("territory",)),
    Property("commune", {"fr": "Commune", "en": "Commune"}, ("company",), "commune"),
    Property("epci", {"fr": "Intercommunalité (EPCI)", "en": "Intercommunal body (EPCI)"}, _PLACED, "epci"),
    Property("departement", {"fr": "Département", "en": "Département"}, _PLACED, "departement"),
    Property("region", {"fr": "Région", "en": "Region"}, (*_PLACED, "departement"), "region"),
    Property("domaine", {"fr": "Domaine", "en": "Domain"}, ("company",), "domain"),
    Property("annee", {"fr": "Année", "en": "Year"}, ("company",)),
    Property("nom", {"fr": "Nom", "en": "Name"}, ("company", "domain", "territory"), evidence=False),
    Property("autresNoms", {"fr": "Autres noms", "en": "Other names"}, ("company", "domain"), evidence=False),
    Property("description", {"fr": "Description", "en": "Description"}, ("company", "domain"), evidence=False),
    Property("domaineParent", {"fr": "Domaine parent", "en": "Parent domain"}, ("domain",), "domain", evidence=False),
    Property("population", {"fr": "Population de la commune", "en": "Population of the commune"}, _PLACED, None, False),  # noqa: FBT003 — the field's name stands above
    Property(
        "actionCoeurDeVille",
        {"fr": "Commune Action cœur de ville", "en": "Action Cœur de Ville commune"},
        _PLACED,
        evidence=False,
    ),
)
_BY_NAME = {name: each for each in TYPES for name in (each.id, *each.aliases)}
_PROPERTIES = {each.id: each for each in PROPERTIES} | {each.id.casefold(): each for each in PROPERTIES}


def find_type(name: str) -> Type | None:
    """Return a type by its identifier, by its class's IRI, or by a usual other name."""
    return _BY_NAME.get(name)


def find_property(name: str) -> Property | None:
    """Return a property by its identifier or by its IRI in our vocabulary."""
    local = name.rpartition("#")[2] if name.startswith("http") else name
    return _PROPERTIES.get(local) or _PROPERTIES.get(local.casefold())


def properties_of(type_: Type | None) -> list[Property]:
    """Return the properties that things of a type have; all of them for no type."""
    if type_ is None:
        return list(PROPERTIES)
    own = {type_.id, type_.broader} | {each.id for each in TYPES if each.broader == type_.id}
    return [each for each in PROPERTIES if own & set(each.types)]


def type_reference(type_: Type, lang: str) -> dict[str, Any]:
    """Return a type as the protocol writes it, with the type above it."""
    found: dict[str, Any] = {"id": type_.id, "name": type_.names[lang]}
    above = find_type(type_.broader) if type_.broader else None
    return found | {"broader": [{"id": above.id, "name": above.names[lang]}]} if above else found


def types_of(record: Record, lang: str) -> list[dict[str, str]]:
    """Return the types of a thing, the narrowest first."""
    found = sorted((each for each in TYPES if record["kind"] in each.kinds), key=lambda each: len(each.kinds))
    return [{"id": each.id, "name": each.names[lang]} for each in found]


def name_of(record: Record, lang: str) -> str:
    """Return the name of a thing."""
    return text_in(record["labels"], lang)


def description_of(record: Record, lang: str) -> str:
    """Return one line that tells a thing from its namesakes: its type, place and code, or its definition."""
    if record["kind"] == "domaine":
        return text_in(record.get("description", {}), lang)
    parts = [types_of(record, lang)[0]["name"]]
    for place in ("commune", "departement", "region"):
        found = record.get("places", {}).get(place)
        if found and found["iri"] != record["iri"]:
            parts.append(text_in(found["labels"], lang))
    scheme = "SIREN" if record["kind"] in {"entreprise", "intercommunalite"} else "Insee"
    return ", ".join(dict.fromkeys(parts)) + f" – {scheme} {record['code']}"
