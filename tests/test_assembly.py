"""The graph of a release is one sorted list of distinct statements, the same for the same input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from publisher.assembly import write_graph
from publisher.errors import ProjectError
from publisher.intake import connect
from publisher.vocabulary import ASC
from tests.projects.small import COMPANIES, PROJECTS, SmallProject

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Published


@pytest.fixture
def small_project(small_project: SmallProject) -> SmallProject:
    """Give companies and projects, and the tables they lead to."""
    small_project.keep(COMPANIES, PROJECTS)
    return small_project


def test_statements_are_sorted_and_distinct(small_project: SmallProject) -> None:
    """Each statement stands once, in the order of its bytes, and parses."""
    lines = small_project.triples()
    assert lines == sorted(set(lines), key=str.encode)
    assert len(list(ox.parse(input="\n".join(lines).encode(), format=ox.RdfFormat.N_TRIPLES))) == len(lines)


def test_the_order_of_rows_changes_nothing(small_project: SmallProject) -> None:
    """Rows and columns in another order make the same statements."""
    before = small_project.triples()
    for name in ("data/entreprises.csv", PROJECTS, "data/territoires/communes.csv"):
        rows = small_project.rows(name)
        small_project.write_rows([dict(reversed(row.items())) for row in reversed(rows)], name)
    assert small_project.triples() == before


def test_line_endings_and_encoding_change_nothing(small_project: SmallProject) -> None:
    """The same table saved with CR LF, semicolons or a byte order mark makes the same statements."""
    before = small_project.triples()
    path = small_project.path()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert small_project.triples() == before


def test_blank_nodes_of_the_ontology_have_stable_names(small_project: SmallProject) -> None:
    """The same ontology with its statements in another order gives the same blank nodes."""
    path = small_project.path("ontology/zz.ttl")
    parts = [
        '<http://exemple.fr/a> <http://exemple.fr/p> [ <http://exemple.fr/q> "1" ] .',
        "_:x <http://exemple.fr/q> 2 .",
    ]
    path.write_text("\n".join(parts), encoding="utf-8")
    before = small_project.triples()
    path.write_text("\n".join(reversed(parts)).replace("_:x", "_:autre"), encoding="utf-8")
    assert small_project.triples() == before


def test_an_ontology_that_is_not_turtle_is_named(small_project: SmallProject, tmp_path: Path) -> None:
    """A file of the ontology that does not parse is named in the error."""
    small_project.path("ontology/annuaire.ttl").write_text("ceci n'est pas du Turtle", encoding="utf-8")
    with connect(tmp_path) as connection, pytest.raises(ProjectError) as refused:
        write_graph(connection, small_project.project, [], tmp_path / "graphe.nt")
    assert "ontology/annuaire.ttl" in refused.value.texts["fr"]


def test_each_table_has_its_source(small_project: SmallProject) -> None:
    """Title, address, licence and date of a table's source come from its description."""
    subject = "<https://annuaire.example/id/source/entreprises> "
    described = [line.removeprefix(subject) for line in small_project.triples() if line.startswith(subject)]
    for term in ("title", "source", "license", "publisher", "modified"):
        assert any(f"/dc/terms/{term}>" in line for line in described), term


def test_a_company_s_answer_belongs_to_its_record(small_release: Published) -> None:
    """What a company answers is stated of the record that describes it, in French, not of the company."""
    project, _, release = small_release
    stated = ox.Store.read_only(str(release.store)).quads_for_pattern(
        None, ox.NamedNode(str(ASC.reponseEntreprise)), None
    )
    answers = [(str(quad.subject), quad.object) for quad in stated]
    record = f"{project.base_uri}/doc/entreprise/999000003"
    assert answers == [(f"<{record}>", ox.Literal("Réponse fictive de l'entreprise.", language="fr"))]
