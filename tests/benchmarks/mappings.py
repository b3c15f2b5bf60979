"""Our mapping beside morph-kgc's, our gate beside pySHACL, in one run: `python -m tests.benchmarks.mappings`.

morph-kgc (PyPI, in an environment of its own) gets the table of companies with RML made from our description of it:
the columns that RML can say as they are, hence the same statements, which is checked. Each reads the file in a
process of its own. The gate and pySHACL judge the graph of a release with the project's shapes.
"""

# ruff: noqa: T201 - it prints a table

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from publisher.assembly import write_lines
from publisher.csvw import load_mappings
from publisher.gate import ENGINE, REFERENCE, run_reference, run_shapes
from publisher.graphs import read_turtle
from publisher.identifiers import Variable
from publisher.intake import connect, link_tables, read_tables
from publisher.project import load_project
from publisher.release import current_release
from tests.benchmarks.pages import place_of, prepare
from tests.benchmarks.query_peers import install, version_of
from tests.benchmarks.servers import ROOT, graph_file

if TYPE_CHECKING:
    from publisher.identifiers import Template
    from publisher.mapping import Column, Mapping

TABLE = "entreprises"
_MORPH = "2.10.0"
_RML = """@prefix rr: <http://www.w3.org/ns/r2rml#> .
@prefix rml: <http://semweb.mmlab.be/ns/rml#> .
@prefix ql: <http://semweb.mmlab.be/ns/ql#> .
"""
_CONFIGURATION = "[CONFIGURATION]\noutput_file={output}\noutput_format=N-TRIPLES\n[TABLE]\nmappings={rml}\n"


class Cost(NamedTuple):
    """What a process took: seconds, processor seconds, MiB at most."""

    time: float
    processor: float
    memory: float

    def __str__(self) -> str:
        """Return the figures, for a line of the table."""
        return f"{self.time:8.2f} s {self.processor:8.2f} s {self.memory:7.0f} MiB"


def run(command: list[str], **environment: str) -> Cost:
    """Run a command to its end; return what it took.

    Raises:
        CalledProcessError: it failed.
    """
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env={**os.environ, **environment})
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def simple_mapping(project: Path) -> Mapping:
    """Return the mapping of companies with the columns that RML can say as they are."""
    found = next(each for each in load_mappings(load_project(project)) if each.name == TABLE)
    own = next((part for part in found.parts if part.part and part.part.own), found)
    header = own.path.read_text(encoding="utf-8").partition("\n")[0].split(",")
    columns = [each for each in own.columns if each.virtual or each.name in header]
    said = tuple(replace(each, property_iri=each.property_iri if _is_simple(each) else None) for each in columns)
    return replace(own, columns=said, foreign_keys=(), naming=None, withheld=None, local=None, parts=(), part=None)


def _is_simple(column: Column) -> bool:
    templates = [each for each in (column.about, column.value) if each]
    plain = all("." not in variable.name for each in templates for variable in each.variables)
    tagged = column.virtual and column.value is None and column.lang  # morph-kgc leaves the language of constants out
    return plain and not column.separator and column.text is None and not tagged


def write_rml(mapping: Mapping) -> str:
    """Return the same mapping in RML."""
    source = f'rml:logicalSource [ rml:source "{mapping.path}" ; rml:referenceFormulation ql:CSV ]'
    maps = [
        f'<#{number}> {source} ; rr:subjectMap [ rr:template "{_template(column.about)}" ] ;\n'
        f"  rr:predicateObjectMap [ rr:predicate <{column.property_iri}> ; rr:objectMap [ {_object(column)} ] ] ."
        for number, column in enumerate(mapping.columns)
        if column.property_iri
    ]
    return _RML + "\n".join(maps) + "\n"


def _object(column: Column) -> str:
    if column.value is not None:
        written = _template(column.value)
        return f'rr:template "{written}"' if column.value.variables else f"rr:constant <{written}>"
    said = json.dumps(column.default, ensure_ascii=False)
    value = f"rr:constant {said}" if column.virtual else f'rml:reference "{column.name}"'
    if column.lang:
        return f'{value} ; rr:language "{column.lang}"'
    return f"{value} ; rr:datatype <{column.datatype.iri}>" if column.datatype.iri else value


def _template(template: Template) -> str:
    return "".join(f"{{{part.name}}}" if isinstance(part, Variable) else part for part in template.parts)


def map_ours(project: Path, output: Path) -> None:
    """Read the table and write its statements."""
    with TemporaryDirectory() as workspace, connect(Path(workspace)) as connection:
        described = load_project(project)
        intake, _ = read_tables(connection, described, [simple_mapping(project)], Path(workspace))
        link_tables(intake, described)
        write_lines(connection, described, intake.mappings, [], output)


def compare_mappings(directory: Path) -> None:
    """Print what both mappings take, and whether they give the same."""
    project = directory / "projet"
    mapping = simple_mapping(project)
    programs = install(directory / "morph-kgc", f"morph-kgc=={_MORPH}")
    with TemporaryDirectory() as place:
        ours, theirs, rml = (Path(place) / name for name in ("ours.nt", "theirs.nt", "mapping.ttl"))
        rml.write_text(write_rml(mapping), encoding="utf-8")
        (Path(place) / "morph.ini").write_text(_CONFIGURATION.format(output=theirs, rml=rml), encoding="utf-8")
        morph = run([str(programs / "python"), "-I", "-m", "morph_kgc", str(Path(place) / "morph.ini")])
        mine = run([sys.executable, "-m", "tests.benchmarks.mappings", "--map", str(project), str(ours)])
        written, others = (set(path.read_text(encoding="utf-8").splitlines()) for path in (ours, theirs))
    rows = sum(1 for _ in mapping.path.open(encoding="utf-8")) - 1
    print(f"{rows:,} rows of {TABLE}, {len(written):,} statements; the same: {'yes' if written == others else 'NO'}")
    show("annuaire", mine, f"morph-kgc {version_of(programs, 'morph-kgc')}", morph)


def compare_gates(directory: Path) -> None:
    """Print what both judges take."""
    graph = graph_file(current_release(directory / "var"), directory)
    print(f"\nthe gate, on {sum(1 for _ in graph.open('rb')):,} statements")
    command = [sys.executable, "-m", "tests.benchmarks.mappings", "--judge", str(directory / "projet"), str(graph)]
    show(ENGINE, run(command), REFERENCE, run([*command, "--reference"]))


def show(name: str, ours: Cost, other: str, theirs: Cost) -> None:
    """Print two costs, and how many times ours the other is."""
    print(f"{name:24} {ours}")
    print(f"{other:24} {theirs}   ×{theirs.time / ours.time:.1f}", flush=True)


def main() -> None:
    """Measure, and print two tables; or do one part of the work in this process."""
    parser = argparse.ArgumentParser(description="our mapping and gate beside others")
    parser.add_argument("--companies", type=int, default=10_000)
    parser.add_argument("--map", nargs=2, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--judge", nargs=2, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--reference", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.map:
        map_ours(*options.map)
    elif options.judge:
        project, graph = options.judge
        judge = run_reference if options.reference else run_shapes
        judge(graph, read_turtle(*load_project(project).shape_files()))
    else:
        directory = prepare(place_of(options.companies), options.companies)
        compare_mappings(directory)
        compare_gates(directory)


if __name__ == "__main__":
    main()
