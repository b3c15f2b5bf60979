"""A module imports only from floors below its own, and the publisher knows nothing of the endpoints.

The floors are finer than those of a drawing: each list below is one, and nothing on it needs its neighbours.
A new module must be given its floor here.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PUBLISHER = (
    """service datatypes delimited derive.tables errors names proposal publisher_types queries representations siren
    sql vocabulary""",
    """authorities csvw_subset graphs identifiers legal messages notes source_settings spelling store.dialects
    store.errors store.lines derive.conventions derive.territoires enrich.classification enrich.declarations
    enrich.json_stream shape_language workbook""",
    """changes concepts derive.inov enrich.declared_csv enrich.declared_json gate mapping namesakes project
    search_documents store.flow store.transport""",
    """coherence derive.acheteurs derive.centres derive.sites dumps fingerprint gazetteer history parts provenance
    resolution search_index store.base store.conversion table""",
    """annotation checks completeness counts csvw data_services datasets derive.marches differences enrich.buyers
    indexing merging recognition references release report store.oxigraph store.remote sync_sources void withholding""",
    "attribution enrich.holdings linking recording release_notes store.placement sync verification",
    "convert enrich.proposals",
    "assembly extract_columns rows",
    "intake scheme_extract table_schema",
    "backdrop enrich.decp extracts ngsi_ld",
    "catalog_distributions coverage validation",
    "catalog catalog_gate dump_files substitution",
    "publication table_check",
    "pipeline upkeep",
    "enrich.acceptance",
)
ENDPOINTS = (
    """api_parameters cache catalog_view console edge_cache edge_clients edge_codings edge_connections
    edge_flights labels languages likeness members negotiation outlines queries records serialisation
    service_description smoke_visits timeline views evaluation.confinement evaluation.errors evaluation.frames
    evaluation.limits""",
    """charts edge_evaluation history_commands parameters enrich_command problems serving statements sync_command
    smoke_files smoke_queries table_check_worker wording evaluation.answers
    evaluation.client evaluation.lexer""",
    """answers cut_answers documents edge_bodies edge_gates edge_lane edge_served edge_uploads examples
    explanation listing past query_problems remote_guard result_tables schema_org searching search_request smoke
    sparql_protocol table_checks evaluation.guard evaluation.worker""",
    """about choices compression dataset edge_lanes edge_pages edge_repeats edge_streams evidence federation
    geo_features latest list_request list_tables ldes pages presentation question_graph comparisons reconciliation_terms
    remote search_words
    smoke_command locator similar structured_data table_review evaluation.pool""",
    """api_paths app catalog cite dumps edge_bridge edge_remote editor faceted_search federation_calls feeds geojson
    history list_index matching ogc_parameters origins question_tables reconciliation_data sparql_plans
    quality register releases vocabulary vocabulary_terms evaluation.calls""",
    """api_guide edge_queries facets ogc_documents questions reconciliation_queries searches sitemap sparql
    list_pages suggestions territories vocabulary_diagram evaluation.dispatcher""",
    "contracts edge home lists ogc ontology reconciliation_service search_pages evaluation.fork_server",
    "details profiles reconciliation search evaluation.launch web",
    "document_pages supervision",
    "resources server",
    "cli",
)
FLOORS = {
    f"{package}.{name}": number
    for package, floors in (("publisher", PUBLISHER), ("endpoints", ENDPOINTS))
    for number, floor in enumerate(floors)
    for name in floor.split()
}


def modules() -> dict[str, Path]:
    """Return every module of both packages, with its file."""
    paths = [path for package in ("publisher", "endpoints") for path in (ROOT / package).rglob("*.py")]
    found = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in paths}
    return {name: path for name, path in found.items() if not name.endswith("__init__")}


MODULES = modules()


def imports(path: Path) -> set[str]:
    """Return the modules of ours that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names & MODULES.keys()


def lowest(name: str) -> int:
    """Return the lowest floor that a module may be on."""
    package = name.partition(".")[0]
    below = [FLOORS.get(each, -1) for each in imports(MODULES[name]) if each.startswith(package)]
    return max(below, default=-1) + 1


def test_every_module_has_a_floor() -> None:
    """Each module is on one floor, and each name on a floor is a module; a new one is told its lowest floor."""
    new = MODULES.keys() - FLOORS.keys()
    assert sorted((name, lowest(name)) for name in new) == []
    assert sorted(FLOORS.keys() - MODULES.keys()) == []
    assert len(FLOORS) == sum(len(floor.split()) for floor in (*PUBLISHER, *ENDPOINTS))


@pytest.mark.parametrize("name", sorted(MODULES))
def test_imports_go_down(name: str) -> None:
    """A module imports nothing from its own floor or above; the publisher, nothing from the endpoints."""
    package = name.partition(".")[0]
    for imported in imports(MODULES[name]):
        if imported.startswith(package):
            assert FLOORS.get(imported, 0) < FLOORS.get(name, len(FLOORS)), imported
        else:
            assert package == "endpoints", imported


def test_package_files_hold_nothing() -> None:
    """`__init__.py` files say what a package is; they import nothing, so that no floor is short-circuited."""
    for package in ("publisher", "endpoints"):
        for path in (ROOT / package).rglob("__init__.py"):
            body = ast.parse(path.read_text(encoding="utf-8")).body
            assert all(isinstance(node, ast.Expr) for node in body), path
