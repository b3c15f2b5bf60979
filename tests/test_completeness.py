"""How complete a release is comes from the graph and from what the tables could say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.completeness import list_described
from publisher.csvw import load_mappings

if TYPE_CHECKING:
    from tests.conftest import Published

ASC = "https://w3id.org/annuaire-territorial/def#"
COMPANY = "http://www.w3.org/ns/legal#LegalEntity"


def test_each_property_of_each_sort_is_counted(small_release: Published) -> None:
    """Of the companies, projects… of a release, so many have each property that a table could give them."""
    _, _, release = small_release
    found = release.counts["completeness"]
    assert found[COMPANY]["things"] == release.counts["classes"][COMPANY]
    assert found[COMPANY]["properties"][ASC + "domaine"] == found[COMPANY]["things"]
    assert min(found[COMPANY]["properties"].values()) < found[COMPANY]["things"]
    assert all(n <= sort["things"] for sort in found.values() for n in sort["properties"].values())


def test_only_what_the_instance_mints_is_measured(small_release: Published) -> None:
    """Several tables of one sort are one; records, sub-nodes and territories are no sort of their own."""
    project, _, _ = small_release
    sorts = list(list_described(load_mappings(project), project.base_uri))
    classes = [each.class_ for each in sorts]
    assert len(classes) == len(set(classes))
    assert COMPANY in classes
    assert not [each for each in classes if "insee" in each or "foaf" in each or "Identifier" in each]


def test_findings_name_the_record_of_a_published_row(small_release: Published) -> None:
    """A finding on a row that is published names what the row describes; on one held back, nothing."""
    _, _, release = small_release
    findings = release.report["findings"]
    assert {bool(each["record"]) for each in findings if each["severity"] == "withheld"} == {False}
    named = [each["record"] for each in findings if each["severity"] == "warning" and each["row"]]
    assert named
    assert all(record.startswith("https://annuaire.example/id/") for record in named)
