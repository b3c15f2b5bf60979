"""Eight questions to our endpoint and to others on one graph, in one run: `python -m tests.benchmarks.queries`.

The questions are those a directory is asked (`questions/*.rq`). Cold: asked for the first time, each time about another
département, company or word, of a server that has answered such questions before; warm: the same ones again. Medians,
and what 99 in 100 took at most (of less than a hundred: the slowest). All servers must give as many rows or statements.
`make bench` runs this among others.
"""

# ruff: noqa: T201 - it prints a table

from __future__ import annotations

import argparse
import csv
import http.client
import json
import random
import statistics
import time
from contextlib import ExitStack, closing
from importlib.metadata import version
from itertools import count, islice
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, NamedTuple

from publisher.project import load_project
from publisher.release import current_release
from publisher.vocabulary import DOMAINS, INSEE
from tests.benchmarks.pages import place_of, prepare
from tests.benchmarks.query_peers import rdflib_endpoint, virtuoso_server
from tests.benchmarks.servers import Server, graph_file, our_server, oxigraph_in_memory, oxigraph_on_disk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.release import Release

QUESTIONS = Path(__file__).parent / "questions"
BEFORE, COLD, WARM = 4, 10, 100
LONGEST = 30.0
"""Seconds that an answer may take, and that the answers to one question may take of one server."""

_READING = 900.0
_JSON, _NTRIPLES = "application/sparql-results+json", "application/n-triples"
_REGIONS = ("11", "24", "27", "28", "32", "44", "52", "53", "75", "76", "84", "93", "94")
_EXCUSE = " / Behind, because "
_salts = count()


class Question(NamedTuple):
    """A question with its text, in which `$…` stand for what it is about."""

    name: str
    text: Template

    @property
    def excuse(self) -> str:
        """Why another server may be ahead of ours, as its file says."""
        return next(line for line in self.text.template.split("\n") if _EXCUSE in line).partition(_EXCUSE)[2]

    @property
    def accept(self) -> str:
        """The representation to ask for."""
        return _NTRIPLES if "CONSTRUCT" in self.text.template else _JSON


class Times(NamedTuple):
    """What the answers to a question took, in seconds, and how many rows or statements the first one had."""

    cold: list[float]
    warm: list[float]
    size: int


class Subjects:
    """What questions are about, drawn from a project's table of companies: for each server the same."""

    def __init__(self, project: Path, base_uri: str) -> None:
        with (project / "data/entreprises.csv").open(encoding="utf-8", newline="") as rows:
            self._companies = [row for row in csv.DictReader(rows) if row["departement"] and row["domaines"]]
        self._base = base_uri

    def ask(self, question: Question) -> Iterator[str]:
        """Yield a question about one thing after another, each text for the first time."""
        chance = random.Random(question.name)  # noqa: S311 - nothing to hide
        while True:
            row = chance.choice(self._companies)
            yield question.text.substitute(
                company=f"<{self._base}/id/entreprise/{row['siren']}>",
                departement=f"<{INSEE}departement/{row['departement']}>",
                domain=f"<{DOMAINS}{row['domaines'].partition('|')[0]}>",
                region=f"<{INSEE}region/{chance.choice(_REGIONS)}>",
                word=json.dumps(row["nom"][:4].lower(), ensure_ascii=False),
                salt=f"<urn:x-mesure:{next(_salts)}>",
            )


def read_questions() -> list[Question]:
    """Return the questions, in order."""
    paths = sorted(QUESTIONS.glob("*.rq"))
    return [Question(path.stem[2:], Template(path.read_text(encoding="utf-8"))) for path in paths]


def ask(server: Server, question: Question, text: str) -> tuple[float, int]:
    """Return the seconds that an answer took, and how many rows or statements it has.

    Raises:
        OSError: it took too long.
        HTTPException: the server gave no answer.
    """
    began = time.perf_counter()
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=LONGEST)) as connection:
        connection.request("GET", server.address(text), headers={"Accept": question.accept})
        response = connection.getresponse()
        body = response.read()
    taken = time.perf_counter() - began
    if response.status != http.HTTPStatus.OK:
        raise http.client.HTTPException(response.status, body[:200])
    if question.accept == _JSON:
        return taken, len(json.loads(body)["results"]["bindings"])
    return taken, len(set(body.splitlines()) - {b""})


def measure(server: Server, question: Question, texts: Iterator[str]) -> Times | str:
    """Ask a server a question about several things, then again; return the times, or why there are none."""
    until = time.monotonic() + LONGEST
    others, asked = list(islice(texts, BEFORE)), list(islice(texts, COLD))
    try:
        for text in others:
            ask(server, question, text)
        first = [ask(server, question, text) for text in asked if time.monotonic() < until]
        again = (asked[number % len(first)] for number in range(WARM) if first)
        warm = [ask(server, question, text)[0] for text in again if time.monotonic() < until]
    except TimeoutError:
        return f"> {LONGEST:.0f} s"
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__} {error}"[:60]
    cold = [taken for taken, _ in first]
    if not cold:
        return f"> {LONGEST / BEFORE:.0f} s"
    return Times(cold, warm or cold, first[0][1])


def slow(times: list[float]) -> float:
    """Return what 99 in 100 took at most; of less than a hundred, the slowest."""
    return sorted(times)[max(0, round(0.99 * len(times)) - 1)] if len(times) >= WARM else max(times)


def show(question: Question, found: dict[str, Times | str]) -> None:
    """Print what each server took, and who was ahead of us."""
    ours, ahead = next(iter(found.values())), False
    for name, times in found.items():
        if isinstance(times, str):
            print(f"{question.name:20} {name:26} {times}")
            continue
        columns = (statistics.median(times.cold), slow(times.cold), statistics.median(times.warm), slow(times.warm))
        figures = " ".join(f"{1000 * each:9.1f}" for each in columns)
        verdict = "" if times is ours or isinstance(ours, str) else _compare(ours, times)
        ahead = ahead or verdict.endswith("*")
        print(f"{question.name:20} {name:26} {figures} {times.size:8,}  {verdict}", flush=True)
    if ahead:
        print(f"{'':20} *: {question.excuse}")


def _compare(ours: Times, other: Times) -> str:
    """Return how many times longer another takes than we do; and if it does not answer the same."""
    cold, warm = (
        statistics.median(theirs) / statistics.median(own)
        for theirs, own in ((other.cold, ours.cold), (other.warm, ours.warm))
    )
    behind = " *" if min(cold, warm) < 1 else ""
    return f"×{cold:.1f} ×{warm:.1f}{'' if other.size == ours.size else '  (another answer)'}{behind}"


def compare(directory: Path, release: Release, base_uri: str) -> None:
    """Ask all servers all questions, and print the answers' times."""
    subjects, graph = Subjects(directory / "projet", base_uri), graph_file(release, directory)
    print(f"{'milliseconds':20} {'server':26} {'cold':>9} {'p99':>9} {'warm':>9} {'p99':>9} {'size':>8}  × ours")
    with ExitStack() as stack:
        oxigraph = version("oxigraph")
        ours = stack.enter_context(our_server(directory / "projet", directory / "var"))
        servers = {
            "annuaire": ours,
            f"oxigraph {oxigraph}, disk": stack.enter_context(oxigraph_on_disk(release)),
            f"oxigraph {oxigraph}, memory": stack.enter_context(oxigraph_in_memory(release)),
        }
        others = (
            virtuoso_server(graph, directory / "virtuoso", round(LONGEST)),
            rdflib_endpoint(graph, directory, _READING),
        )
        servers |= {server.name: server for server in map(stack.enter_context, others)}
        for server in servers.values():
            ask(server, read_questions()[0], next(subjects.ask(read_questions()[0])))
        for question in read_questions():
            show(
                question, {name: measure(server, question, subjects.ask(question)) for name, server in servers.items()}
            )


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description="eight questions to our endpoint and to others")
    parser.add_argument("--companies", type=int, default=10_000)
    options = parser.parse_args()
    directory = prepare(place_of(options.companies), options.companies)
    compare(directory, current_release(directory / "var"), load_project(directory / "projet").base_uri)


if __name__ == "__main__":
    main()
