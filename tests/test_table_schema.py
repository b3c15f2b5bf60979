"""What an extract's columns are, for tools: Table Schema and CSVW, both from the steward's description."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Published


@pytest.fixture
def dumps(small_release: Published) -> Path:
    """Give the files of the small release."""
    return small_release[2].directory / "dumps"


def read(path: Path) -> dict[str, Any]:
    """Return a JSON file."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_every_table_has_both_descriptions_of_its_very_columns(dumps: Path) -> None:
    """A schema's fields and a description's columns are the header, in order, each explained in words."""
    tables = sorted(dumps.glob("*.csv"))
    assert len(tables) > 10
    for table in tables:
        with table.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        schema = read(dumps / f"{table.stem}.schema.json")
        description = read(dumps / f"{table.stem}.csv-metadata.json")
        assert [field["name"] for field in schema["fields"]] == header
        assert [column["name"] for column in description["tableSchema"]["columns"]] == header
        assert all(field["title"] for field in schema["fields"])
        assert all(field["description"] for field in schema["fields"])
        assert description["url"] == f"https://annuaire.example/dumps/{table.name}"
        assert schema["path"] == f"https://annuaire.example/dumps/{table.stem}.schema.json"


def test_cells_satisfy_their_field(dumps: Path) -> None:
    """Types, requirements, patterns and bounds of a schema hold for every cell of its table."""
    types = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "year": r"\d{4}", "date": r"\d{4}-\d\d-\d\d"}
    for table in sorted(dumps.glob("*.csv")):
        fields = {field["name"]: field for field in read(dumps / f"{table.stem}.schema.json")["fields"]}
        with table.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for name, cell in row.items():
                    field = fields[name]
                    limits = field.get("constraints", {})
                    assert cell or not limits.get("required")
                    if cell:
                        assert re.fullmatch(types.get(field["type"], r"(?s).*"), cell), (table.name, name, cell)
                        assert re.fullmatch(limits.get("pattern", r"(?s).*"), cell), (table.name, name, cell)
                        assert len(cell) <= limits.get("maxLength", len(cell))


def test_the_stewards_words_reach_the_schema(dumps: Path) -> None:
    """The key, types and explanations of a table are those of its CSVW description."""
    schema = read(dumps / "projets.schema.json")
    fields = {field["name"]: field for field in schema["fields"]}
    assert schema["primaryKey"] == ["projet"]
    assert fields["annee"]["type"] == "year"
    assert fields["montant"]["type"] == "number"
    assert fields["vague"]["constraints"]["minimum"] == 1
    assert schema["countryCode"] == "FR"
    columns = {c["name"]: c for c in read(dumps / "projets.csv-metadata.json")["tableSchema"]["columns"]}
    assert columns["domaines"]["separator"] == "|"
    assert {text["@language"] for text in columns["montant"]["dc:description"]} == {"fr", "en"}
