"""The catalogue of questions: each is a query of its own, titled in two languages, and has an answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import QueryBoolean, Store

from endpoints.evaluation import guard
from endpoints.evaluation.fork_server import load_store
from endpoints.examples import Example, load_examples

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.project import Project
    from publisher.release import Release

EXAMPLES = load_examples()
_BY_KEY = {example.key: example for example in EXAMPLES}


def test_there_are_enough_questions() -> None:
    """The catalogue holds two dozen questions."""
    assert len(EXAMPLES) >= 24


@pytest.mark.parametrize("key", _BY_KEY)
def test_example_is_described(key: str) -> None:
    """Each question has a title and a description in French and in English."""
    example = _BY_KEY[key]
    assert set(example.title) == set(example.description) == {"fr", "en"}
    assert re.fullmatch(r"[a-z0-9-]+", key)


@pytest.mark.parametrize("key", _BY_KEY)
def test_example_is_a_query(key: str) -> None:
    """Each question runs anywhere: it declares the prefixes it uses, and no other."""
    query = _BY_KEY[key].query
    guard.inspect(query)
    Store().query(query)
    body = re.sub(r"(?m)^PREFIX .*$", "", query)
    for prefix in re.findall(r"(?m)^PREFIX (\w+):", query):
        assert re.search(rf"\b{prefix}:", body), f"{prefix} is declared for nothing"


def test_examples_name_no_instance() -> None:
    """No question holds the base URI of an instance: each runs unchanged on another."""
    assert not [example.key for example in EXAMPLES if "annuaire.example" in example.query]


@pytest.fixture(scope="session")
def real_store(real_release: tuple[Project, Path, Release]) -> Store:
    """Return the graph of the real release, in memory."""
    return load_store(real_release[2].graph_files)


@pytest.mark.xdist_group("real_release")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.key)
def test_example_has_an_answer(real_store: Store, example: Example) -> None:
    """Each question is answered with rows by the data of this repository; the control question is answered by no."""
    result = real_store.query(example.query)
    if isinstance(result, QueryBoolean):
        assert not result, "a département outside the reference list"
    else:
        assert next(iter(result), None) is not None
