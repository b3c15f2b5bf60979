"""Action cœur de ville: the towns of ANCT's map → data/conventions.csv, one row a town.

Source: « Programme Action cœur de ville » (ANCT, Licence Ouverte), the map's extract of September 2024, a CSV
with the columns insee_com, id_acv, lib_acv, date_signature and insee_dep. Rerun with

    annuaire derive conventions EXTRACT.csv
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.derive.tables import read_source, write_rows

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ("id_acv", "nom", "commune", "departement", "date_signature")


def derive_conventions(source: Path, out: Path) -> int:
    """Write one row per town, ordered by convention then commune; return how many.

    Two towns may share a convention. Signature dates that the source lacks stay empty.
    """
    rows = [
        {
            "id_acv": row["id_acv"],
            "nom": decode_twice(row["lib_acv"]),
            "commune": row["insee_com"],
            "departement": row["insee_dep"],
            "date_signature": row["date_signature"],
        }
        for row in read_source(source)
    ]
    write_rows(out, COLUMNS, sorted(rows, key=lambda row: (row["id_acv"], row["commune"])))
    return len(rows)


def decode_twice(name: str) -> str:
    """Return a name whose UTF-8 was once read as Windows-1252 (« AlenÃ§on ») as it was written (« Alençon »).

    The extract's convention names went through that, while its commune names did not. A name that does not
    decode is returned as it is.
    """
    try:
        return name.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return name
