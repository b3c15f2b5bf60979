"""Why a code is unknown, and the nearest real ones: by code, and by name without accents or case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher import sql
from publisher.mapping import relation_of
from publisher.messages import message, proposals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from publisher.errors import Texts
    from publisher.mapping import Mapping, Reference

_PROPOSALS = 3
SHOWN = 8
"""How many of several candidates are listed."""

_NEAR_ENOUGH = 0.8
"""Below it, what is near is so by chance: « 81 (Tarn) » for « Bretagne »."""

_WITHIN = 0.9
"""How near a label is that holds the whole value: « Street lighting » for « lighting »."""

_WORD = 4
_NEAR_NUMBER = 0.95
"""For identifiers with a check digit: any two numbers look somewhat alike, and that helps nobody."""


def explain_unknown(
    connection: DuckDBPyConnection, value: str, reference: Reference, target: Mapping | None, *, propose: bool
) -> tuple[str, Texts]:
    """Return the rule and texts for a value that its reference does not hold, with proposals if wanted."""
    if target and (confused := _confused(connection, value, target)):
        return "code-a-ne-pas-confondre", confused
    near = nearest(connection, value, reference, target) if propose else []
    return "reference-inconnue", message("reference-inconnue", what=name_of(reference), near=proposals(near))


def name_of(reference: Reference) -> Texts:
    """Return what the codes of a reference are called."""
    what = reference.resource.rpartition("/")[2].partition(".")[0]
    return _NAMES.get(what, {"fr": f"code de {what}", "en": f"code of {what}"})


_NAMES = {
    "communes": {"fr": "code de commune (INSEE)", "en": "commune code (INSEE)"},
    "departements": {"fr": "code de département", "en": "département code"},
    "regions": {"fr": "code de région", "en": "région code"},
    "domaines": {"fr": "domaine", "en": "domain"},
    "entreprises": {"fr": "SIREN d'entreprise", "en": "company SIREN"},
    "naf_rev2": {"fr": "code de la NAF rév. 2", "en": "code of NAF rev. 2"},
    "naf_2025": {"fr": "code de la NAF 2025", "en": "code of NAF 2025"},
    "categories_juridiques": {"fr": "code de catégorie juridique", "en": "legal category code"},
    "etats": {"fr": "code d'état de SIRENE", "en": "state code of SIRENE"},
    "tranches_effectifs": {"fr": "code de tranche d'effectif", "en": "size class code"},
}
"""Names of reference tables; a table without one is called by its file name."""


def nearest(connection: DuckDBPyConnection, value: str, reference: Reference, target: Mapping | None) -> list[str]:
    """Return up to three real codes, each with its label: `69 (Rhône)`."""
    referred = target.column(reference.columns[0]) if target else None
    enough = _NEAR_NUMBER if referred and referred.scheme else _NEAR_ENOUGH
    rows = connection.execute(
        f"SELECT code, min(shown) FROM (SELECT code, shown, greatest("
        f"jaro_winkler_similarity(label, lower(strip_accents($value)), {enough}), "
        f"jaro_winkler_similarity(upper_code, upper($value), {enough}), "
        f"CASE WHEN length($value) >= {_WORD} AND contains(label, lower(strip_accents($value))) THEN {_WITHIN} END, "
        f"CASE WHEN bare_code = ltrim($value, '0') THEN 1 ELSE 0 END) AS near "
        f"FROM {_comparable(connection, reference, target)}) "
        f"WHERE near >= {enough} GROUP BY code ORDER BY max(near) DESC, code LIMIT {_PROPOSALS}",
        {"value": value},
    ).fetchall()
    return [f"{found} ({name})" for found, name in rows]


def shown_codes(
    connection: DuckDBPyConnection, codes: Sequence[str], reference: Reference, target: Mapping | None
) -> list[str]:
    """Return the first of some codes, each with its label and what tells namesakes apart: `93066 (Saint-Denis, 93)`."""
    code, label = sql.name(reference.columns[0]), sql.name(_label_column(reference, target, "nom"))
    apart = sql.clean(target.naming.apart[0]) if target and target.naming and target.naming.apart else "NULL"
    rows = connection.execute(
        f"SELECT {code}, concat_ws(', ', min({label}), min({apart})) FROM {relation_of(reference.resource)} "
        f"WHERE list_contains(?, {code}) GROUP BY 1 ORDER BY 1 LIMIT {SHOWN}",
        [list(codes)],
    ).fetchall()
    return [f"{found} ({name})" for found, name in rows]


def _comparable(connection: DuckDBPyConnection, reference: Reference, target: Mapping | None) -> str:
    """Return the relation of a reference's codes and labels in the spellings that are compared, made once."""
    code = sql.name(reference.columns[0])
    label, shown = (sql.name(_label_column(reference, target, scheme)) for scheme in ("label", "nom"))
    relation = sql.name(f"n_{relation_of(reference.resource)}_{reference.columns[0]}")
    connection.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS {relation} AS SELECT {code} AS code, {shown} AS shown, "
        f"lower(strip_accents({label})) AS label, upper({code}) AS upper_code, ltrim({code}, '0') AS bare_code "
        f"FROM {relation_of(reference.resource)} WHERE {code} IS NOT NULL"
    )
    return relation


def _confused(connection: DuckDBPyConnection, value: str, target: Mapping) -> Texts | None:
    """Explain a code that belongs to another kind of territory (69D is no département)."""
    for table in target.not_to_confuse:
        instead = sql.name(table.current) if table.current else "NULL"
        row = connection.execute(
            f"SELECT {sql.name(table.label)}, {instead} FROM {relation_of(table.resource)} "
            f"WHERE upper({sql.name(table.code)}) = upper($value) "
            f"OR lower(strip_accents({sql.name(table.label)})) = lower(strip_accents($value)) ORDER BY ALL",
            {"value": value},
        ).fetchone()
        if row:
            codes = " ou ".join(part for part in (row[1] or "").split("|") if part)
            english = codes.replace(" ou ", " or ")
            tail = {"fr": f" ; écrire {codes}", "en": f"; write {english}"} if codes else {"fr": "", "en": ""}
            return message("code-a-ne-pas-confondre", label=row[0], kind=table.kind, instead=tail)
    return None


def _label_column(reference: Reference, target: Mapping | None, scheme: str) -> str:
    """Return the column that names things: `nom`, or that of a scheme, or the key itself."""
    if target is None:
        return scheme
    return "nom" if target.column("nom") else reference.columns[0]
