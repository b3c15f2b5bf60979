"""A fictitious project directory of any size: `python tests/benchmarks/generate.py N DIR`.

Descriptions, ontology, shapes, territories and conventions are the repository's; companies, projects, contracts, buyers
and websites are invented (see tests.benchmarks.inventions), row by row. All that is invented says so: in its name, in
the titles and sources of its tables, in the settings and in README.md. The same N always gives the same bytes.
"""

# ruff: noqa: T201 - it prints where it wrote

from __future__ import annotations

import argparse
import csv
import json
import re
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # run by its file name, it has but its own folder there

from tests.benchmarks.inventions import FLAG, SOURCE, Row, World, invent  # noqa: E402

INVENTED = ("entreprises", "projets", "entreprises_marches", "marches", "collectivites", "sites_web")
_PRODUCER = {"@value": "Générateur de données fictives", "@language": "fr"}
_SETTINGS = (
    (r"https://annuaire\.example", "https://fictif.example"),
    (r"@annuaire\.example", "@fictif.example"),
    (r'(?m)^((?:fr|en|nom) = ")', rf"\1{FLAG} "),
)
_README = """# Données fictives

Les entreprises, projets, marchés, acheteurs et sites de ce dossier sont inventés, écrits par
`tests/benchmarks/generate.py {count}`. Les numéros SIREN y descendent de 999 999 999 ; s'il s'en trouve un qu'une
entreprise réelle porte ou portera, rien ici ne la décrit.
Seuls les territoires et les conventions Action cœur de ville viennent de sources réelles.

The companies, projects, contracts, buyers and websites of this directory are invented. SIREN numbers are counted down
from 999 999 999; should a real company have one of them, nothing here describes it. Only territories and conventions
come from real sources.
"""


class Tables:
    """The invented tables as they are written, with the columns of the real ones."""

    def __init__(self, directory: Path, files: ExitStack) -> None:
        self._writers: dict[str, Any] = {}
        for table in INVENTED:
            with (ROOT / f"data/{table}.csv").open(encoding="utf-8", newline="") as real_table:
                columns = next(csv.reader(real_table))
            opened = files.enter_context((directory / f"data/{table}.csv").open("w", encoding="utf-8", newline=""))
            self._writers[table] = csv.DictWriter(opened, columns, extrasaction="ignore", lineterminator="\n")
            self._writers[table].writeheader()

    def write(self, table: str, row: Row) -> None:
        """Write one row."""
        self._writers[table].writerow(row)


def copy_project(directory: Path, count: int) -> None:
    """Copy all that is not invented, and flag what is.

    Raises:
        FileExistsError: the directory has such files already.
    """
    ignored = shutil.ignore_patterns("examples", "derivation", *(f"{table}.csv" for table in INVENTED))
    for name in ("ontology", "shapes", "data"):
        shutil.copytree(ROOT / name, directory / name, ignore=ignored)
    settings = (ROOT / "annuaire.toml").read_text(encoding="utf-8")
    for pattern, flagged in _SETTINGS:
        settings = re.sub(pattern, flagged, settings)
    (directory / "annuaire.toml").write_text(settings, encoding="utf-8")
    (directory / "README.md").write_text(_README.format(count=count), encoding="utf-8")
    withheld = directory / "data/siren_ambigus.csv"
    withheld.write_text(withheld.read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8")
    for table in INVENTED:
        path = directory / f"data/{table}.csv-metadata.json"
        described = _flagged(json.loads(path.read_text(encoding="utf-8")))
        path.write_text(json.dumps(described, ensure_ascii=False, indent=1), encoding="utf-8")


def _flagged(description: Any) -> Any:
    """Return a table's description with its titles, labels and source flagged."""
    for text in (*description["dc:title"], *description["dc:description"]):
        text["@value"] = f"{FLAG} {text['@value']}"
    description |= {"dc:source": {"@id": SOURCE}, "dc:publisher": [_PRODUCER]}
    for column in description["tableSchema"]["columns"]:
        if column.get("propertyUrl") == "rdfs:label":
            column["default"] = f"{FLAG} {column['default']}"
    return description


def generate(count: int, directory: Path) -> None:
    """Write a project directory of `count` fictitious companies.

    Raises:
        FileExistsError: there is one already.
    """
    copy_project(directory, count)
    with ExitStack() as files:
        tables = Tables(directory, files)
        for table, row in invent(World(), count):
            tables.write(table, row)


def main() -> None:
    """Write the directory that the command line names."""
    parser = argparse.ArgumentParser(description="a fictitious project directory of any size")
    parser.add_argument("count", metavar="N", type=int, help="companies")
    parser.add_argument("directory", metavar="DIR", type=Path, help="a directory to make")
    options = parser.parse_args()
    generate(options.count, options.directory)
    print(f"{options.count:,} fictitious companies: annuaire publish --project {options.directory}")


if __name__ == "__main__":
    main()
