"""SIRENE's stock files joined with the companies of the directory: one pass over each, whatever their size.

Of a unit that objects to being spread, and of a natural person, nothing leaves the scan but the SIREN, the status and
the legal category that tell it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from publisher.diffusion import NATURAL_PERSON, OPEN
from publisher.enrich.register_facts import Seat, Unit
from publisher.enrich.stock_files import open_stock
from publisher.enrich.stock_layouts import SITES, UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from publisher.enrich.register_facts import Progress

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "500MB",
    "threads": 2,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_FACTS = (
    "name", "usual_1", "usual_2", "usual_3", "state", "since", "founded", "size", "size_year", "activity",
    "classification", "activity_2025",
)  # fmt: skip


def _text(column: str) -> str:
    """Return a column of the stock as a text: of Parquet files some are numbers, days or true and false."""
    return f"coalesce(CAST(s.{column} AS VARCHAR), '')"


_SIREN = "lpad(CAST(s.siren AS VARCHAR), 9, '0')"
_CATEGORY = f"lpad(split_part({_text('category')}, '.', 1), 4, '0')"
"""Parquet files have the category as a number: 5710, or 5710.0."""

_OPEN = f"({_text('status')} = '{OPEN}' AND {_CATEGORY} NOT LIKE '{NATURAL_PERSON}%')"
UNITS_QUERY = (
    f"SELECT {_SIREN}, {_text('status')}, {_CATEGORY}, {_text('processed')}, "
    + ", ".join(f"CASE WHEN {_OPEN} THEN {_text(name)} ELSE '' END" for name in _FACTS)
    + f" FROM {{stock}} s JOIN wanted w ON w.siren = {_SIREN}"
)
SEATS_QUERY = (
    f"SELECT {_SIREN}, {_text('status')}, {_text('commune')}, CASE WHEN {_text('country_code')} <> '' "
    f"THEN coalesce(nullif({_text('country')}, ''), {_text('country_code')}) ELSE '' END "
    f"FROM {{stock}} s JOIN wanted w ON w.siren = {_SIREN} WHERE lower({_text('seat')}) = 'true'"
)
_NAF_REV2 = "NAFRev2"


def read_stock(
    units: Path, sites: Path | None, sirens: Iterable[str], scratch: Path, progress: Progress
) -> dict[str, Unit]:
    """Return what the stock files say of these companies, by SIREN; those that they do not hold are absent.

    Raises:
        UsageError: no such file.
        SourceError: a file is not what it should be, or cannot be read to its end.
    """
    share = 1.0 if sites is None else 0.5
    with connect_wanted(sirens, scratch) as connection:
        found = _read_units(connection, units, lambda done: progress(done * share))
        seats = _read_seats(connection, sites, lambda done: progress(0.5 + done / 2)) if sites else None
    if seats is None:
        return found
    nowhere = Seat("O", "", "")
    return {siren: replace(unit, seat=seats.get(siren, nowhere)) for siren, unit in found.items()}


@contextmanager
def connect_wanted(sirens: Iterable[str], scratch: Path) -> Iterator[DuckDBPyConnection]:
    """Yield a connection with the companies looked for, in `wanted`, and room on disk in `scratch`."""
    with duckdb.connect(config={**_SETTINGS, "temp_directory": str(scratch)}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET preserve_insertion_order = false")
        # DuckDB does not know how large a text file is: it would hold all of it to look our companies up in it.
        connection.execute("SET disabled_optimizers = 'build_side_probe_side,join_order'")
        connection.execute("CREATE TABLE wanted AS SELECT unnest(?::VARCHAR[]) AS siren", [sorted(set(sirens))])
        yield connection


def _read_units(connection: DuckDBPyConnection, path: Path, progress: Progress) -> dict[str, Unit]:
    with open_stock(path, UNITS, connection) as stock:
        rows = stock.run(connection, UNITS_QUERY, progress)
    units: dict[str, Unit] = {}
    for row in sorted(rows, key=lambda cells: cells[3]):  # of a unit that is there twice, the latest stands
        units[row[0]] = _unit(*row)
    return units


def _unit(siren: str, status: str, category: str, processed: str, *facts: str) -> Unit:
    told = dict(zip(_FACTS, (fact.strip() for fact in facts), strict=True))
    return Unit(
        siren=siren,
        status=status,
        category=category,
        processed=processed[:10],
        name=told["name"],
        usual=tuple(name for name in (told["usual_1"], told["usual_2"], told["usual_3"]) if name),
        state=told["state"],
        ceased=told["since"][:10] if told["state"] == "C" else "",
        founded=told["founded"][:10],
        size=told["size"],
        size_year=told["size_year"].partition(".")[0],
        activity=told["activity"] if told["classification"] == _NAF_REV2 else "",
        activity_2025=told["activity_2025"],
    )


def _read_seats(connection: DuckDBPyConnection, path: Path, progress: Progress) -> dict[str, Seat]:
    with open_stock(path, SITES, connection) as stock:
        rows = stock.run(connection, SEATS_QUERY, progress)
    return {siren: Seat(status, commune.strip(), country.strip()) for siren, status, commune, country in rows}
