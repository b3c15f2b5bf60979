"""i-Lab laureates' declared websites → data/sites_web.csv, for the companies that the directory holds.

Source: « Lauréats du concours i-Lab » (French ministry of research, Licence Ouverte), joined by SIREN with the
i-Nov laureates: a CSV with the columns siren and site_web_declare_ilab. Nobody has visited the addresses. One
whose domain name does not bear the company's name is left out: a SIREN or a site may be another company's. Rerun
with

    annuaire derive sites EXTRACT.csv
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from publisher.derive.inov import AMBIGUOUS, COMPANIES
from publisher.derive.tables import read_rows, read_source, write_rows
from publisher.identifiers import slug

if TYPE_CHECKING:
    from pathlib import Path

SITES = "sites_web.csv"
COLUMNS = ("siren", "site_web")


def derive_sites(source: Path, data: Path) -> int:
    """Write one row per company of `data` with a site of its own; return how many."""
    withheld = {row["siren"] for row in read_rows(data / AMBIGUOUS)}
    names = {row["siren"]: row["nom"] for row in read_rows(data / COMPANIES) if row["siren"] not in withheld}
    rows = [
        {"siren": row["siren"], "site_web": row["site_web_declare_ilab"]}
        for row in read_source(source)
        if row["siren"] in names and bears(row["site_web_declare_ilab"], names[row["siren"]])
    ]
    write_rows(data / SITES, COLUMNS, sorted(rows, key=lambda row: row["siren"]))
    return len(rows)


def bears(address: str, name: str) -> bool:
    """Return whether an address is on the web and its host holds a company's name, hyphens and accents aside."""
    parts = urlsplit(address)
    letters = slug(name).replace("-", "")
    return parts.scheme in {"http", "https"} and bool(letters) and letters in (parts.hostname or "").replace("-", "")
