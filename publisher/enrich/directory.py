"""What the directory itself says: its companies, wherever they are described, and the codes that it knows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rdflib.namespace import SKOS

from publisher import sql
from publisher.enrich.register_table import TABLE
from publisher.errors import NotConformantError, UsageError
from publisher.intake import connect, link_tables, read_tables
from publisher.mapping import relation_of
from publisher.report import has_violation, in_order, summarise
from publisher.siren import is_siren
from publisher.supply import supply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from publisher.mapping import Mapping
    from publisher.project import Project

_KEY, _NAME = "siren", str(SKOS.prefLabel)
_NOMENCLATURES = {
    "categorie_juridique": "categories_juridiques",
    "etat": "etats",
    "tranche_effectif": "tranches_effectifs",
    "naf": "naf_rev2",
    "naf_2025": "naf_2025",
}
_COMMUNES = "data/territoires/communes.csv"


@dataclass(frozen=True, slots=True)
class Company:
    """A company as the steward's tables describe it; codes are current ones, empty when they say nothing."""

    siren: str
    name: str
    commune: str
    departement: str


@dataclass(frozen=True, slots=True)
class Directory:
    """Companies by SIREN, labels of codes by column, communes (name, département), codes that lead to a commune."""

    companies: dict[str, Company]
    labels: dict[str, dict[str, str]]
    communes: dict[str, tuple[str, str]]
    replaced: dict[str, str]


def read_directory(project: Project) -> Directory:
    """Read the companies that the project publishes, and the codes of its reference tables.

    Raises:
        NotConformantError: a table cannot be read.
        UsageError: no table describes companies.
    """
    with TemporaryDirectory(prefix="annuaire-") as folder:
        place = Path(folder)
        return _read(project, supply(project, place, place, lambda _: None), place)


def _read(project: Project, mappings: Sequence[Mapping], workspace: Path) -> Directory:
    described = {mapping.label: mapping for mapping in mappings}
    needed = [f"data/{TABLE}", _COMMUNES, *(f"data/nomenclatures/{name}.csv" for name in _NOMENCLATURES.values())]
    if absent := ", ".join(each for each in needed if each not in described):
        raise UsageError(
            f"ce projet ne décrit pas {absent} : copier ces tables et leurs descriptions d'un projet plus récent",
            f"this project does not describe {absent}: copy these tables and descriptions from a newer project",
        )
    if (own := described[f"data/{TABLE}"].path).suffix != ".csv":
        raise UsageError(f"{own} : l'enregistrer en CSV, data/{TABLE}", f"{own}: save it as CSV, data/{TABLE}")
    with connect(workspace) as connection:
        intake, findings = read_tables(connection, project, mappings, workspace)
        if has_violation(findings):
            raise NotConformantError(in_order(findings), summarise(findings, intake.tables, gate=None))
        link_tables(intake, project)
        tables = [mapping for mapping in intake.mappings if _describes_companies(mapping)]
        if not tables:
            raise UsageError("aucune table n'y décrit des entreprises", "no table describes companies there")
        companies: dict[str, Company] = {}
        for mapping in tables:
            for company in _companies(connection, mapping):
                companies.setdefault(company.siren, company)
        communes = next(mapping for mapping in intake.mappings if mapping.label == _COMMUNES)
        labels = {
            column: _pairs(connection, f"data/nomenclatures/{table}.csv", "nom")
            for column, table in _NOMENCLATURES.items()
        }
        return Directory(companies, labels, _read_communes(connection), _read_replaced(connection, communes))


def _describes_companies(mapping: Mapping) -> bool:
    named = any(column.property_iri == _NAME and not column.virtual for column in mapping.columns)
    return named and mapping.is_of_companies and mapping.primary_key == (_KEY,)


def _companies(connection: DuckDBPyConnection, mapping: Mapping) -> list[Company]:
    name = next(c.name for c in mapping.columns if c.property_iri == _NAME and not c.virtual)
    columns = [sql.name(_KEY), sql.name(name)]
    columns += [sql.name(each) if mapping.column(each) else "NULL" for each in ("commune", "departement")]
    rows = connection.execute(
        f"SELECT {', '.join(columns)} FROM {mapping.published} WHERE {sql.name(_KEY)} IS NOT NULL"
    ).fetchall()
    return [
        Company(siren, name or "", commune or "", departement or "")
        for siren, name, commune, departement in rows
        if is_siren(siren)  # the others have a local id
    ]


def _pairs(connection: DuckDBPyConnection, table: str, label: str) -> dict[str, str]:
    relation = relation_of(table)
    rows = connection.execute(f"SELECT {sql.clean('code')}, {sql.clean(label)} FROM {relation}").fetchall()
    return {code: text or code for code, text in rows if code}


def _read_communes(connection: DuckDBPyConnection) -> dict[str, tuple[str, str]]:
    columns = ", ".join(sql.clean(name) for name in ("code", "nom", "departement"))
    rows = connection.execute(f"SELECT {columns} FROM {relation_of(_COMMUNES)}").fetchall()
    return {code: (name, departement) for code, name, departement in rows}


def _read_replaced(connection: DuckDBPyConnection, communes: Mapping) -> dict[str, str]:
    """Return the codes of municipal arrondissements and former communes that lead to one commune, each with it."""
    replaced: dict[str, str] = {}
    for table in communes.other_codes:
        current = sql.clean(table.current or table.code)
        rows = connection.execute(f"SELECT {sql.clean(table.code)}, {current} FROM {relation_of(table.resource)}")
        for code, leads_to in rows.fetchall():
            if code and leads_to and "|" not in leads_to:
                replaced.setdefault(code, leads_to)
    return replaced
