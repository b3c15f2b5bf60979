"""The counts that pages show are those of the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.counts import count
from publisher.statements import open_statements

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Published

ASC = "https://w3id.org/annuaire-territorial/def#"


def test_the_counts_of_a_release(small_release: Published) -> None:
    """Companies are counted by class, domain, commune, département and région; nothing held back counts."""
    _, _, release = small_release
    counts = release.counts
    assert counts["triples"] == release.manifest["triples"]
    assert counts["classes"]["http://www.w3.org/ns/legal#LegalEntity"] == 3
    assert counts["classes"][ASC + "Projet"] == 4
    assert counts["departements"]["http://id.insee.fr/geo/departement/69"] == 2
    assert counts["departements"]["http://id.insee.fr/geo/departement/38"] == 1
    assert counts["regions"]["http://id.insee.fr/geo/region/84"] == 3
    assert counts["communes"]["http://id.insee.fr/geo/commune/69123"] == 1
    assert "http://id.insee.fr/geo/commune/38544" not in counts["communes"]


def test_an_empty_graph_counts_nothing(tmp_path: Path) -> None:
    """An empty graph has counts too: all are empty."""
    (tmp_path / "vide.nt").touch()
    with open_statements(tmp_path / "vide.nt", tmp_path) as statements:
        counts = count(statements)
    assert counts.pop("triples") == 0
    assert set(counts) == {"classes", "domaines", "departements", "regions", "communes"}
    assert not any(counts.values())
