"""The states of a record, as a steward writes them: draft, published, to be reviewed, archived."""

from __future__ import annotations

from publisher import sql

TO_REVIEW = "a-revoir"
STATES = ("brouillon", "publiee", TO_REVIEW, "archivee")
UNPUBLISHED = {"brouillon": "fiche-brouillon", "archivee": "fiche-archivee"}
"""The states that keep a record from being published, with the rule that says so."""


def state_of(column: str) -> str:
    """Return the SQL of a cell's state: without accents, case or spaces, « À revoir » is `a-revoir`.

    A record may be said to be « publié » or « archivé » like a company.
    """
    plain = f"lower(strip_accents({sql.clean(column)}))"
    word = f"trim(regexp_replace({plain}, '[^a-z0-9]+', '-', 'g'), '-')"
    return f"nullif(regexp_replace({word}, '^(publie|archive)$', '\\1e'), '')"
