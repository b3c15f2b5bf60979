"""The README says what is true: its commands are run, its refused release is produced."""

from __future__ import annotations

import csv
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rdflib import Graph, URIRef

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(?:sh)?\n(.*?)```", README, re.DOTALL)
CURLS = [line for block in BLOCKS for line in block.splitlines() if line.startswith("curl ")]
SUBJECTS = {
    "/id/entreprise/397978560": URIRef("https://annuaire.example/id/entreprise/397978560"),
    "/doc/departement/69.ttl": URIRef("http://id.insee.fr/geo/departement/69"),
}
PARSERS = {"turtle": "turtle", "ld+json": "json-ld", "rdf+xml": "xml", "n-triples": "nt"}


@pytest.mark.xdist_group("real_release")
@pytest.mark.parametrize("line", CURLS)
def test_each_curl_of_the_readme_answers(line: str, real_service: str) -> None:
    """Every curl line gives what it promises; RDF is read back with the canonical URI as subject."""
    curl = shutil.which("curl")
    assert curl, "curl is missing: .ci/run installs it"
    words = shlex.split(line.replace("http://127.0.0.1:8000", real_service))
    done = subprocess.run([curl, "-fsS", *words[1:]], capture_output=True, check=True, timeout=30)
    accepted = re.search(r"Accept: \w+/([\w+.-]+)", line)
    kind = accepted[1] if accepted else "turtle"
    subject = next((iri for path, iri in SUBJECTS.items() if path in line), None)
    assert len(done.stdout) > 100
    if subject and kind in PARSERS:
        assert (subject, None, None) in Graph().parse(data=done.stdout, format=PARSERS[kind])


def test_the_refused_release_is_as_shown(tmp_path: Path) -> None:
    """The errors that the README shows are the errors that its two faults give, to the letter."""
    for name in ("data", "ontology", "shapes"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "annuaire.toml", tmp_path)
    path = tmp_path / "data" / "entreprises.csv"
    with path.open(encoding="utf-8", newline="") as table:
        rows = list(csv.reader(table))
    rows[1][0] = "793002909"
    rows[2][rows[0].index("departement")] = "20"
    with path.open("w", encoding="utf-8", newline="") as table:
        csv.writer(table, lineterminator="\n").writerows(rows)
    command = [sys.executable, "-m", "endpoints.cli", "publish", "--project", str(tmp_path)]
    done = subprocess.run(
        [*command, "--var", str(tmp_path / "var")], capture_output=True, check=False, text=True, timeout=120
    )
    assert done.returncode == 1
    shown = next(block for block in BLOCKS if block.startswith("$ annuaire publish")).splitlines()[1:]
    printed = [*done.stdout.splitlines(), *done.stderr.splitlines()]
    assert [line for line in shown if line not in printed] == []


def test_the_readme_names_files_that_exist() -> None:
    """Every path of the table « I want to change… » exists."""
    named = re.findall(r"`((?:publisher|ontology|shapes|endpoints|docs|data)/[\w/.-]*)`", README)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_readme_fits_two_screens() -> None:
    """The README stays short enough to be read."""
    assert len(README.splitlines()) <= 100
