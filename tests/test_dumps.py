"""Every dump holds the same graph, to the letter, and the same bytes each time."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from publisher.dumps import DUMP_FORMATS, write_dump

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.representations import Representation
    from tests.conftest import Published

FORMATS = {
    "nt": ox.RdfFormat.N_TRIPLES,
    "ttl": ox.RdfFormat.TURTLE,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdf": ox.RdfFormat.RDF_XML,
    "nq": ox.RdfFormat.N_QUADS,
}


def graph(path: Path, extension: str) -> ox.Dataset:
    """Return a dump as a canonical dataset."""
    quads = ox.parse(input=gzip.decompress(path.read_bytes()), format=FORMATS[extension])
    dataset = ox.Dataset(ox.Quad(*quad.triple) for quad in quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def test_all_dumps_are_isomorphic(small_release: Published) -> None:
    """All dumps hold the same statements, as many as the manifest says, lexical forms included."""
    _, _, release = small_release
    dumps = release.directory / "dumps"
    graphs = {r.extension: graph(dumps / f"annuaire.{r.extension}.gz", r.extension) for r in DUMP_FORMATS}
    assert len(graphs["nt"]) == release.manifest["triples"]
    assert [extension for extension, found in graphs.items() if found != graphs["nt"]] == []
    assert '"1500000.50"^^' in gzip.decompress((dumps / "annuaire.nt.gz").read_bytes()).decode()


@pytest.mark.parametrize("representation", DUMP_FORMATS, ids=lambda r: r.name)
def test_a_dump_is_written_the_same_twice(tmp_path: Path, representation: Representation) -> None:
    """No clock and no chance enters a dump; hard texts and empty graphs go through every format."""
    literal = '"a\\n\\t<&>\\"\\\\ 👩\u200d🚒 ]]> {}"@fr'
    hard = f'<http://e.fr/é> <http://e.fr/p/1> {literal} .\n<http://e.fr/b> <http://e.fr/p#q> "1.50" .\n'
    for text in (hard, ""):
        triples = tmp_path / "graphe.nt"
        triples.write_text(text, encoding="utf-8")
        for name in ("un", "deux"):
            write_dump(triples, {representation: tmp_path / name}, {"e": "http://e.fr/"})
        assert (tmp_path / "un").read_bytes() == (tmp_path / "deux").read_bytes()
        assert graph(tmp_path / "un", representation.extension) == ox.Dataset(
            ox.parse(input=text.encode(), format=ox.RdfFormat.N_TRIPLES)
        )
