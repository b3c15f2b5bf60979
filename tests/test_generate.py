"""The generator of fictitious directories, which the benchmarks publish."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from publisher.siren import is_siren
from publisher.validation import validate
from tests.benchmarks.generate import INVENTED, generate
from tests.benchmarks.growth import Size, draw_plot, write_table
from tests.benchmarks.inventions import World, invent
from tests.projects.small import SmallProject

if TYPE_CHECKING:
    from pathlib import Path

_COUNT = 50
_SHAPES = ("entreprise", "projet", "marche", "collectivite", "fiche", "communs", "source")


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated directory."""
    directory = tmp_path_factory.mktemp("fictif")
    generate(_COUNT, directory / "projet")
    return directory / "projet"


def test_graph_passes_the_gate(generated: Path, tmp_path: Path) -> None:
    """No table holds a violation; what they say, and the territories named, conform to the shapes without a warning."""
    small = SmallProject(generated)
    lines = [line.split(" ", 2) for line in small.triples()]
    invented = f"<{small.project.base_uri}/"
    named = {value.rstrip(" .") for subject, _, value in lines if subject.startswith(invented)}
    kept = [line for line in lines if line[0].startswith(invented) or line[0] in named]
    (tmp_path / "graph.nt").write_text("".join(" ".join(line) + "\n" for line in kept), encoding="utf-8")
    shapes = [path for path in small.project.shape_files() if path.stem in _SHAPES]
    verdict = validate(tmp_path / "graph.nt", shapes, lambda _: {})
    assert verdict.findings == ()


def test_companies_are_flagged(generated: Path) -> None:
    """There are as many companies as asked for, each flagged in its name, with a SIREN number from the end of all."""
    with (generated / "data/entreprises.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len({row["siren"] for row in rows}) == _COUNT
    assert all(is_siren(row["siren"]) and row["siren"].startswith("9999") for row in rows)
    assert all(row["nom"].endswith("(fictif)") for row in rows)


def test_every_run_writes_the_same(generated: Path, tmp_path: Path) -> None:
    """The same number of companies gives the same bytes."""
    generate(_COUNT, tmp_path / "again")
    for table in INVENTED:
        assert (tmp_path / f"again/data/{table}.csv").read_bytes() == (generated / f"data/{table}.csv").read_bytes()


def test_first_thousand_alone_are_laureates() -> None:
    """Each of the first thousand companies has a project; of the others one in fifty, and one in thirty a contract."""
    rows = list(invent(World(), 2_000))
    companies = [row["siren"] for table, row in rows if table == "entreprises"]
    rest = set(companies[1_000:])
    laureates, holders = (
        {row["siren"] for table, row in rows if table == each} for each in ("projets", "entreprises_marches")
    )
    assert set(companies[:1_000]) <= laureates
    assert 10 <= len(rest & laureates) <= 40
    assert 15 <= len(rest & holders) <= 60


def test_growth_is_a_table_and_a_plot() -> None:
    """What sizes took becomes a table, with the growth between two, and a plot that is well-formed XML."""
    sizes = [Size(1_000, 400_000, 10.0, 12.0, 300.0), Size(10_000, 4_000_000, 60.0, 120.0, 900.0)]
    assert write_table(sizes).splitlines()[-1] == "| 10,000 | 4,000,000 | 60 | 120 | 900 | 1.00 |"
    drawn = ET.fromstring(draw_plot(sizes))  # noqa: S314 - our own
    lines = drawn.findall("{http://www.w3.org/2000/svg}polyline")
    assert [len(line.attrib["points"].split()) for line in lines] == [2, 2, 2]
