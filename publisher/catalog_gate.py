"""The gate of the catalog: its own SHACL shapes, each finding led back to the file where the text is written.

The shapes are those of `shapes/catalogue/`: what DCAT-AP 3.0.1 makes mandatory, in our words, and what real
harvesters trip over. A release whose catalog does not conform is not published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from publisher.datasets import DATASETS
from publisher.errors import Finding, NotConformantError, Severity
from publisher.gate import run_shapes
from publisher.graphs import read_turtle
from publisher.identifiers import Minter
from publisher.project import SETTINGS_FILE
from publisher.report import findings_of, has_violation, in_order
from publisher.shacl_report import read_results
from publisher.validation import finding_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdflib import Graph

    from publisher.mapping import Mapping
    from publisher.project import Project

CATALOG_FILE = "catalogue"


def check_catalog(catalog: Graph, project: Project, mappings: Sequence[Mapping]) -> list[Finding]:
    """Return what the project's catalog shapes find in a catalog.

    Raises:
        ProjectError: a shapes file is not Turtle, or says what the gate does not understand.
    """
    shapes = project.catalog_shape_files()
    if not shapes:
        return []
    results = read_results(run_shapes(catalog, read_turtle(*shapes)).report)
    places = _places(project, mappings)
    findings = []
    for result in results:
        found = finding_of(result)
        subject = (found.column or "").partition("#")[0]
        place = places.get(subject) or (SETTINGS_FILE if _is_ours(project, subject) else CATALOG_FILE)
        column = result.path or found.column
        findings.append(Finding(place, None, column, found.value, found.severity, found.rule, found.texts))
    return in_order(findings)


def refuse_catalog(catalog: Graph, project: Project, mappings: Sequence[Mapping], report: dict[str, Any]) -> None:
    """Do nothing when the catalog conforms; `report` is the one of the tables.

    Raises:
        NotConformantError: with the findings about the catalog, after those about the tables.
        ProjectError: see `check_catalog`.
    """
    findings = check_catalog(catalog, project, mappings)
    if not has_violation(findings):
        return
    listed = in_order([*findings_of(report), *findings])
    counts = {severity.value: sum(f.severity is severity for f in listed) for severity in Severity}
    refused = {"conforms": False, "counts": counts, "findings": [finding.as_dict() for finding in listed]}
    raise NotConformantError(listed, {**report, **refused})


def _places(project: Project, mappings: Sequence[Mapping]) -> dict[str, str]:
    """Return the file that says what a dataset is, by the dataset's IRI."""
    minter = Minter(project.base_uri)
    tables = {dataset.key: dataset.mappings(mappings) for dataset in DATASETS if len(dataset.tables) == 1}
    return {minter.thing("jeu", key): found[0].metadata_label for key, found in tables.items() if found}


def _is_ours(project: Project, iri: str) -> bool:
    return iri.startswith((f"{project.base_uri}/catalog", f"{project.base_uri}/id/organisation/"))
