"""Every dump holds the same graph, to the letter, and the same bytes each time."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib.namespace import RDF

from publisher import dumps, pieces
from publisher.dumps import DUMP_FORMATS, write_dump
from publisher.pieces import cut
from publisher.representations import N_QUADS

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
    place = release.directory / "dumps"
    graphs = {r.extension: graph(place / f"annuaire.{r.extension}.gz", r.extension) for r in DUMP_FORMATS}
    assert len(graphs["nt"]) == release.manifest["triples"]
    assert [extension for extension, found in graphs.items() if found != graphs["nt"]] == []
    assert '"1500000.50"^^' in gzip.decompress((place / "annuaire.nt.gz").read_bytes()).decode()


@pytest.mark.parametrize("representation", DUMP_FORMATS, ids=lambda r: r.name)
def test_a_dump_is_written_the_same_twice(tmp_path: Path, representation: Representation) -> None:
    """No clock and no chance enters a dump; hard texts and empty graphs go through every format."""
    literal = '"a\\n\\t<&>\\"\\\\ 👩\u200d🚒 ]]> {}"@fr'
    hard = f'<http://e.fr/é> <http://e.fr/p/1> {literal} .\n<http://e.fr/b> <http://e.fr/p#q> "1.50" .\n'
    for text in (hard, ""):
        triples = tmp_path / "graphe.nt"
        triples.write_text(text, encoding="utf-8")
        for name in ("un", "deux"):
            write_dump(triples, cut(triples), {representation: tmp_path / name}, {"e": "http://e.fr/"})
        assert (tmp_path / "un").read_bytes() == (tmp_path / "deux").read_bytes()
        assert graph(tmp_path / "un", representation.extension) == ox.Dataset(
            ox.parse(input=text.encode(), format=ox.RdfFormat.N_TRIPLES)
        )


TERMS = st.sampled_from(["<http://e.fr/a>", "<http://e.fr/b>", "<http://f.fr/p#c>", "_:d"])
PREDICATES = st.sampled_from(["<http://e.fr/p>", f"<{RDF.type}>", "<http://f.fr/p#q>", "<http://g.fr/1/>"])
OBJECTS = st.one_of(TERMS, st.sampled_from(['"1"', '"1.50"^^<http://www.w3.org/2001/XMLSchema#decimal>', '"é"@fr']))
GRAPHS = st.sets(st.tuples(TERMS, PREDICATES, OBJECTS))


@given(graph=GRAPHS, large=st.sampled_from([0, 1 << 20]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pieces_are_what_serializing_the_whole_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, graph: set[tuple[str, str, str]], large: int
) -> None:
    """A dump of pieces, small or large, is one gzip member that holds, to the letter, what one serializer writes."""
    prefixes = {"e": "http://e.fr/", "": "http://f.fr/p#"}
    triples = tmp_path / "graphe.nt"
    triples.write_text("".join(sorted(f"{s} {p} {o} .\n" for s, p, o in graph)), encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(pieces, "_ONE_IN", 2)
        found = cut(triples)
    monkeypatch.setattr(dumps, "_LARGE", large)
    targets = {each: tmp_path / f"graphe.{each.extension}.gz" for each in DUMP_FORMATS}
    write_dump(triples, found, targets, prefixes, "http://e.fr/g")
    for representation, path in targets.items():
        graph_named = ox.NamedNode("http://e.fr/g") if representation is N_QUADS else ox.DefaultGraph()
        parsed = ox.parse(path=triples, format=ox.RdfFormat.N_TRIPLES)
        statements = (ox.Quad(each.subject, each.predicate, each.object, graph_named) for each in parsed)
        whole = ox.serialize(statements, format=FORMATS[representation.extension], prefixes=prefixes)
        unpacking = zlib.decompressobj(wbits=31)
        assert unpacking.decompress(path.read_bytes()) == whole
        assert unpacking.eof
        assert not unpacking.unused_data
