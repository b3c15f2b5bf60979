"""`annuaire enrich sirene` on an invented stock of 25 million legal units: `python -m tests.benchmarks.sirene`.

Writes a fictitious project and a stock with the official header (about 5 GB, checked for first), runs the command in a
process of its own, prints the time it took and the most memory it held, and takes everything away. `--form` is the
format of the stock; `--companies` says how many companies are looked for; `--sites` adds as many establishments.
"""

# ruff: noqa: T201 - it prints what it measured

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from tests.benchmarks.generate import generate
from tests.benchmarks.stock import write_parquet, write_sites, write_units

_ROW = 185
"""Bytes of a row, about."""


def main() -> None:
    """Generate, run, print, clean."""
    parser = argparse.ArgumentParser(description="annuaire enrich sirene on an invented stock")
    parser.add_argument("--rows", type=int, default=25_000_000, help="legal units (25 000 000)")
    parser.add_argument("--companies", type=int, default=10_000, help="companies of the directory (10 000)")
    parser.add_argument("--scratch", type=Path, default=None, help="where to write (the temporary directory)")
    parser.add_argument("--form", choices=("csv", "zip", "parquet"), default="csv", help="format of the stock (csv)")
    parser.add_argument("--sites", action="store_true", help="with a stock of as many establishments (CSV)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="annuaire-sirene-", dir=options.scratch) as folder:
        place = Path(folder)
        needed, free = options.rows * _ROW * (2.4 if options.sites else 1.4), shutil.disk_usage(place).free
        if free < needed:
            sys.exit(f"{needed / 1e9:.1f} GB are needed in {place}, {free / 1e9:.1f} GB are free")
        project = place / "projet"
        generate(options.companies, project)
        stock = _write(place, project, options.rows, options.form)
        print(f"{options.rows:,} legal units, {stock.stat().st_size / 1e9:.2f} GB ({stock.suffix[1:]})", flush=True)
        sites = _write_sites(place, project, options.rows) if options.sites else None
        _run(project, stock, sites)


def _write_sites(place: Path, project: Path, rows: int) -> Path:
    sites = place / "StockEtablissement_utf8.csv"
    write_sites(sites, rows, _sirens(project), seed=2)
    print(f"{rows:,} establishments, {sites.stat().st_size / 1e9:.2f} GB", flush=True)
    return sites


def _sirens(project: Path) -> list[str]:
    with (project / "data/entreprises.csv").open(encoding="utf-8", newline="") as stream:
        return [row["siren"] for row in csv.DictReader(stream)]


def _write(place: Path, project: Path, rows: int, form: str) -> Path:
    stock = place / "StockUniteLegale_utf8.csv"
    write_units(stock, rows, _sirens(project), seed=1)
    if form == "csv":
        return stock
    other = stock.with_suffix(f".{form}")
    if form == "parquet":
        write_parquet(stock, other)
    else:
        with zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
            target.write(stock, stock.name)
    stock.unlink()
    return other


def _run(project: Path, stock: Path, sites: Path | None) -> None:
    command = [sys.executable, "-m", "endpoints.cli", "enrich", "sirene", "--project", str(project)]
    command += ["--unites", str(stock), *(["--etablissements", str(sites)] if sites else [])]
    start = time.perf_counter()
    running = subprocess.Popen(command)
    _, status, used = os.wait4(running.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit("the command failed")
    print(
        f"{seconds:.1f} s, {used.ru_maxrss / 1024:.0f} MiB at most, {used.ru_utime + used.ru_stime:.1f} s of processor"
    )


if __name__ == "__main__":
    main()
