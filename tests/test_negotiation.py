"""The choice of a representation follows RFC 9110, §12.5.1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoints.negotiation import negotiate
from publisher.representations import DOCUMENTS, HTML, JSON_LD, N_TRIPLES, RDF_XML, TURTLE, Representation

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, TURTLE),
        ("", TURTLE),
        ("*/*", TURTLE),
        ("*", TURTLE),
        (BROWSER, HTML),
        ("text/html", HTML),
        ("TEXT/HTML", HTML),
        ("application/ld+json", JSON_LD),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', JSON_LD),
        ("application/xml", RDF_XML),
        ("text/plain", N_TRIPLES),
        ("text/*", TURTLE),
        ("application/*", JSON_LD),
        ("text/turtle; charset=utf-8", TURTLE),
        ("text/turtle;q=0.5, application/n-triples;q=0.6", N_TRIPLES),
        ("text/turtle;q=0, */*", JSON_LD),
        ("text/turtle;q=0.1, */*;q=0.5", JSON_LD),
        ("text/*;q=0.3, text/html;q=0.2, */*;q=0.1", TURTLE),
        ("text/html, */*", HTML),
        ("image/png, text/turtle;q=0.001", TURTLE),
        ("garbage, text/html", HTML),
        ("text/html;q=trois, application/rdf+xml;q=0.2", RDF_XML),
        (",,;;", TURTLE),
        ("text/html," + "a/b;q=0.1," * 20_000, HTML),
        ("image/png," * 20_000 + "text/html", None),
    ],
)
def test_header_chooses(accept: str | None, expected: Representation | None) -> None:
    """Each form of the header chooses what the RFC says."""
    assert negotiate(accept, DOCUMENTS) is expected


@pytest.mark.parametrize("accept", ["image/png", "text/turtle;q=0", "*/*;q=0", "application/pdf, image/*"])
def test_nothing_acceptable(accept: str) -> None:
    """A header that excludes all that is offered gets nothing."""
    assert negotiate(accept, DOCUMENTS) is None


def test_nothing_offered() -> None:
    """Nothing offered is nothing chosen."""
    assert negotiate("*/*", ()) is None


@given(st.text(max_size=200))
def test_any_text_is_survived(accept: str) -> None:
    """No header text raises, and what comes out was offered."""
    assert negotiate(accept, DOCUMENTS) in {*DOCUMENTS, None}


qualities = st.integers(0, 1000).map(lambda n: f"{n / 1000:.3f}")


@given(st.dictionaries(st.sampled_from(DOCUMENTS), qualities, min_size=1))
def test_highest_quality_wins(wishes: dict[Representation, str]) -> None:
    """Among named media types the highest non-zero quality wins, then the order of the offer."""
    accept = ", ".join(f"{rep.media_type};q={q}" for rep, q in wishes.items())
    chosen = negotiate(accept, DOCUMENTS)
    top = max(float(q) for q in wishes.values())
    expected = next((r for r in DOCUMENTS if float(wishes.get(r, "0")) == top), None) if top else None
    assert chosen is expected


@given(st.permutations(DOCUMENTS), qualities)
def test_wildcard_gets_the_first_offered(offered: list[Representation], quality: str) -> None:
    """A lone wildcard takes what is offered first, unless its quality is zero."""
    expected = offered[0] if float(quality) else None
    assert negotiate(f"*/*;q={quality}", offered) is expected
