"""The store of a release is loaded in parts, and holds what one reading of the whole would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from publisher.store import oxigraph
from publisher.store.oxigraph import build_store, finish_store

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

_LINES = (
    "<http://e.fr/a> <http://e.fr/p> _:x .\n"
    '<http://e.fr/b> <http://e.fr/p> "_:x says [ _:y ] . " .\n'
    '<http://e.fr/c> <http://e.fr/p> "é" .\n'
    '_:x <http://e.fr/p> "z" .\n'
    "_:x <http://e.fr/q> _:y .\n"
)


def test_blank_nodes_stay_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blank node spoken of in several parts is one node; a text that looks like one is a text."""
    (tmp_path / "graphe.nt").write_text(_LINES, encoding="utf-8")
    expected = ox.Dataset(ox.parse(_LINES, format=ox.RdfFormat.N_TRIPLES))
    expected.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    for size in (1, 64, 1 << 20):
        monkeypatch.setattr(oxigraph, "_PART", size)
        place = tmp_path / str(size)
        build_store(place, [tmp_path / "graphe.nt"])
        assert finish_store(place, []) == len(expected)
        found = ox.Dataset(ox.Store.read_only(str(place)))
        found.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        assert found == expected
