"""The page queries are SPARQL on their own, and bind what they are given as terms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import Literal, NamedNode, Store

from endpoints.queries import PACKAGED, bind, load
from publisher.project import load_project
from tests.release_fixture import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("path", sorted(PACKAGED.glob("*.rq")), ids=lambda path: path.stem)
def test_query_stands_alone(path: Path) -> None:
    """Each file runs unbound with the project's prefixes, and opens with what it asks, in both languages."""
    text = path.read_text(encoding="utf-8")
    Store().query(text, prefixes=load_project(ROOT).prefixes)
    assert text.startswith("# ")
    assert text.splitlines()[1].startswith("# ")


@pytest.mark.parametrize("path", sorted(PACKAGED.glob("*.rq")), ids=lambda path: path.stem)
def test_what_is_computed_parts_no_patterns(path: Path) -> None:
    """No BIND stands among the patterns that join: the engine would join what comes after it with everything."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"(?m)^( *)BIND\(.*\n(?:\1.*\n)*?\1\?", text.partition("WHERE {")[2].partition("\n}")[0])


def test_terms_are_bound_as_terms() -> None:
    """A value can hold quotes and braces without becoming query text."""
    text = bind("SELECT * { ?s ?p $value . $node ?q ?r }", {"value": Literal('" } DROP'), "node": NamedNode("x:y")})
    assert text == r'SELECT * { ?s ?p "\" } DROP" . <x:y> ?q ?r }'


def test_project_query_is_preferred(tmp_path: Path) -> None:
    """A file of the same name in the project's queries/ replaces the package's."""
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "parts.rq").write_text("SELECT 1 {}", encoding="utf-8")
    assert load("parts", tmp_path) == "SELECT 1 {}"
    assert load("siblings", tmp_path).startswith("# ")
