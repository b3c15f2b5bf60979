"""Identifiers are minted in one place; each leads to its document and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.identifiers import Minter, Variable, is_iri, parse_template, parse_text, slug

MINTER = Minter("https://annuaire.example")
PREFIXES = {"dom": "https://w3id.org/annuaire-territorial/domaine/"}


@pytest.mark.parametrize(
    ("kind", "key", "iri", "path"),
    [
        ("entreprise", "999000003", "https://annuaire.example/id/entreprise/999000003", "/doc/entreprise/999000003"),
        ("projet", "a b/é", "https://annuaire.example/id/projet/a%20b%2F%C3%A9", "/doc/projet/a%20b%2F%C3%A9"),
        ("departement", "2A", "http://id.insee.fr/geo/departement/2A", "/doc/departement/2A"),
        ("commune", "38185", "http://id.insee.fr/geo/commune/38185", "/doc/commune/38185"),
        ("domaine", "velo", "https://w3id.org/annuaire-territorial/domaine/velo", "/doc/domaine/velo"),
    ],
)
def test_each_thing_has_its_iri_and_its_document(kind: str, key: str, iri: str, path: str) -> None:
    """Territories keep INSEE's addresses and domains the scheme's; all have a document here."""
    assert MINTER.thing(kind, key) == iri
    assert MINTER.path_of(iri) == path
    assert MINTER.document(kind, key) == "https://annuaire.example" + path


@pytest.mark.parametrize(
    ("iri", "path"),
    [
        ("https://annuaire.example/id/entreprise/999000003#siren", "/doc/entreprise/999000003#siren"),
        ("https://annuaire.example/doc/entreprise/999000003#x", "/doc/entreprise/999000003#x"),
        ("https://w3id.org/annuaire-territorial/domaine/", "/domaines"),
        ("https://w3id.org/annuaire-territorial/def#Projet", "/def#Projet"),
        ("http://id.insee.fr/geo/pays/france", None),
        ("http://id.insee.fr/geo/commune/", None),
        ("https://annuaire.example.org/id/x/y", None),
        ("https://exemple.fr/", None),
    ],
)
def test_only_what_is_served_here_has_a_path(iri: str, path: str | None) -> None:
    """A fragment stays; what other sites serve has no path here."""
    assert MINTER.path_of(iri) == path


@given(st.text(min_size=1, max_size=30))
def test_any_key_makes_one_segment(key: str) -> None:
    """Whatever the key, the thing's address is an IRI with one segment for it, and leads to its document."""
    iri = MINTER.thing("projet", key.encode("utf-8", "replace").decode())
    assert is_iri(iri)
    assert iri.removeprefix("https://annuaire.example/id/projet/").count("/") == 0
    assert MINTER.path_of(iri) == iri.replace("https://annuaire.example/id", "/doc")


@given(st.text(max_size=40))
def test_a_slug_is_plain(text: str) -> None:
    """A slug is made of a-z, 0-9 and single hyphens, and is its own slug."""
    made = slug(text)
    assert not set(made) - set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert "--" not in made
    assert slug(made) == made


def test_templates_are_parsed_in_order() -> None:
    """A template is its literal parts and variables in order, against prefixes and base."""
    template = parse_template("id/{a}/x{+b.c}", "https://b.fr", PREFIXES)
    assert template.parts == ("https://b.fr/id/", Variable("a", reserved=False), "/x", Variable("b.c", reserved=True))
    assert parse_template("dom:{d}", "https://b.fr", PREFIXES).parts[0] == PREFIXES["dom"]
    assert parse_text("0002:{siren}").parts == ("0002:", Variable("siren", reserved=False))


@pytest.mark.parametrize(
    "text", ["id/{a", "id/a}", "id/{}", "id/{a b}", "id/{#a}", "id/{a,b}", "id/{a*}", "rien:x", "id/a b"]
)
def test_a_template_beyond_the_subset_is_refused(text: str) -> None:
    """Operators, lists, unknown prefixes and what no IRI may hold are refused."""
    with pytest.raises(ValueError, match=r"."):
        parse_template(text, "https://b.fr", PREFIXES)
