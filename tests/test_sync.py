"""`annuaire sync territories` against a real SPARQL server with INSEE-shaped data, today's and that of 2019."""

from __future__ import annotations

import csv
import json
import shutil
import socket
import threading
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from endpoints.cli import main
from publisher.sync import LEVELS, Comparison, compare_territories
from tests.contract.engines import oxigraph
from tests.misbehaving import misbehaving

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data" / "territoires"
REGIONS = {"84": ("Auvergne-Rhône-Alpes", "Q18338206"), "11": ("Île-de-France", "Q13917"), "93": ("Région Sud", "Q1")}
DEPARTEMENTS = {"69": ("Rhône", "84", "Q46130"), "01": ("Ain", "84", "Q3083"), "75": ("Paris", "11", "Q90")}
CURRENT = """
@prefix igeo: <http://rdf.insee.fr/def/geo#> .
@prefix geo: <http://id.insee.fr/geo/> .
@prefix wdt: <http://www.wikidata.org/prop/direct/> .
@prefix wd: <http://www.wikidata.org/entity/> .
<http://id.insee.fr/geo/region/aaaa-1> a igeo:Region ; igeo:codeINSEE "84" ; igeo:nom "Auvergne-Rhône-Alpes"@fr .
<http://id.insee.fr/geo/region/aaaa-2> a igeo:Region ; igeo:codeINSEE "11" ; igeo:nom "Île-de-France"@fr .
<http://id.insee.fr/geo/region/aaaa-3> a igeo:Region ; igeo:codeINSEE "99" ; igeo:nom "Région Imaginaire"@fr .
<http://id.insee.fr/geo/region/aaaa-4> a igeo:Region ; igeo:codeINSEE "82" ; igeo:nom "Rhône-Alpes"@fr .
<http://id.insee.fr/geo/evenement/1> igeo:suppression <http://id.insee.fr/geo/region/aaaa-4> .
<http://id.insee.fr/geo/departement/bbbb-1> a igeo:Departement ; igeo:codeINSEE "69" ; igeo:nom "Rhône-Imaginaire"@fr ;
    igeo:subdivisionDirecteDe <http://id.insee.fr/geo/region/aaaa-1> , <http://id.insee.fr/geo/region/aaaa-4> .
<http://id.insee.fr/geo/departement/bbbb-2> a igeo:Departement ; igeo:codeINSEE "01" ; igeo:nom "Ain"@fr ;
    igeo:subdivisionDirecteDe <http://id.insee.fr/geo/region/aaaa-3> .
<http://id.insee.fr/geo/departement/bbbb-3> a igeo:Departement ; igeo:codeINSEE "75" ; igeo:nom "Paris"@fr ;
    igeo:subdivisionDirecteDe <http://id.insee.fr/geo/region/aaaa-2> .
wd:Q18338206 wdt:P2585 "84" . wd:Q13917 wdt:P2585 "11" . wd:Q2 wdt:P2585 "93" .
wd:Q46130 wdt:P2586 "69" . wd:Q999 wdt:P2586 "01" . wd:Q90 wdt:P2586 "75" . wd:Q124881945 wdt:P2586 "75" .
wd:Q998 wdt:P2586 "01" ; wdt:P576 "1790-01-01" .
"""
OLD = """
@prefix igeo: <http://id.insee.fr/def/geo#> .
@prefix xs: <http://www.w3.org/2001/XMLSchema#> .
<http://id.insee.fr/geo/region/84> a igeo:Region ; igeo:codeINSEE "84"^^xs:token ; igeo:vivant true ;
    igeo:nom "Auvergne-Rhône-Alpes"@fr .
<http://id.insee.fr/geo/region/11> a igeo:Region ; igeo:codeINSEE "11"^^xs:token ; igeo:vivant true ;
    igeo:nom "Île-de-France"@fr .
<http://id.insee.fr/geo/region/93> a igeo:Region ; igeo:codeINSEE "93"^^xs:token ; igeo:vivant true ;
    igeo:nom "Région Sud"@fr .
<http://id.insee.fr/geo/region/82> a igeo:Region ; igeo:codeINSEE "82"^^xs:token ; igeo:vivant false ;
    igeo:nom "Rhône-Alpes"@fr .
<http://id.insee.fr/geo/departement/69> a igeo:Departement ; igeo:codeINSEE "69"^^xs:token ; igeo:vivant true ;
    igeo:nom "Rhône"@fr ; igeo:subdivisionDe <http://id.insee.fr/geo/region/84> .
<http://id.insee.fr/geo/departement/01> a igeo:Departement ; igeo:codeINSEE "01"^^xs:token ; igeo:vivant true ;
    igeo:nom "Ain"@fr ; igeo:subdivisionDe <http://id.insee.fr/geo/region/84> .
<http://id.insee.fr/geo/departement/75> a igeo:Departement ; igeo:codeINSEE "75"^^xs:token ; igeo:vivant true ;
    igeo:nom "Paris"@fr ; igeo:subdivisionDe <http://id.insee.fr/geo/region/11> .
"""


def put(server: str, graph: str, text: bytes) -> None:
    """Make a graph of the server hold a Turtle text."""
    address = f"{server}/store?graph=http://localhost/{graph}"
    headers = {"Content-Type": "text/turtle"}
    request = urllib.request.Request(address, text, headers, method="PUT")  # noqa: S310 — the test's own server
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a real SPARQL server; each graph is asked by its own default-graph-uri."""
    with oxigraph(tmp_path_factory.mktemp("insee")) as address:
        put(address, "current", CURRENT.encode())
        put(address, "old", OLD.encode())
        yield address


def endpoint(server: str, graph: str) -> str:
    """Return the address of the endpoint that answers from one graph."""
    return f"{server}/query?default-graph-uri=http://localhost/{graph}"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project with two small tables of territories."""
    folder = tmp_path / "data" / "territoires"
    folder.mkdir(parents=True)
    regions = [f"{code},{name},{item}\n" for code, (name, item) in sorted(REGIONS.items())]
    (folder / "regions.csv").write_text("code,nom,wikidata\n" + "".join(regions), encoding="utf-8")
    departements = [f"{c},{n},{n},{r},{q}\n" for c, (n, r, q) in sorted(DEPARTEMENTS.items())]
    header = "code,nom,nom_sans_article,region,wikidata\n"
    (folder / "departements.csv").write_text(header + "".join(departements), encoding="utf-8")
    for name in ("annuaire.toml", "ontology"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    return tmp_path


def compare(project: Path, address: str, wikidata: str | None, table: str) -> Comparison:
    """Compare one table."""
    return compare_territories(project, address, wikidata, [table], 20)[0]


def changes(comparison: Comparison) -> list[tuple[str, str, str, str]]:
    """Return the differences found, as kind, code, ours and theirs."""
    return [(each.kind, each.code, each.ours, each.theirs) for each in comparison.changes]


def table(path: Path) -> dict[str, dict[str, str]]:
    """Return the rows of a table by code."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


def test_today_s_ontology(server: str, project: Path) -> None:
    """Under today's prefix, versions by UUID and suppressions: new, gone, renamed, moved and relinked are found."""
    insee = endpoint(server, "current")
    regions = compare(project, insee, insee, "regions")
    assert changes(regions) == [
        ("disappeared", "93", "Région Sud", ""),
        ("link", "93", "Q1", "Q2"),
        ("appeared", "99", "", "Région Imaginaire"),
    ]
    departements = compare(project, insee, insee, "departements")
    assert changes(departements) == [
        ("link", "01", "Q3083", "Q999"),
        ("parent", "01", "84", "99"),
        ("name", "69", "Rhône", "Rhône-Imaginaire"),
    ]


def test_the_ontology_of_2019(server: str, project: Path) -> None:
    """Under the prefix of 2019, codes as tokens and `vivant`, the same tables differ in nothing."""
    for name in ("regions", "departements"):
        comparison = compare(project, endpoint(server, "old"), None, name)
        assert (comparison.changes, comparison.proposal) == ((), None)
    assert not (project / "data" / "territoires" / "propositions").exists()


def test_a_proposal_overwrites_nothing(server: str, project: Path) -> None:
    """The proposal is the table with the changes; ours and earlier ones stay, and the same is not written twice."""
    ours = project / "data" / "territoires" / "departements.csv"
    before = ours.read_bytes()
    insee = endpoint(server, "current")
    first = compare(project, insee, insee, "departements").proposal
    assert first == project / "data" / "territoires" / "propositions" / "departements.csv"
    proposed = table(first)
    assert (proposed["69"]["nom"], proposed["69"]["nom_sans_article"]) == ("Rhône-Imaginaire", "")
    assert (proposed["01"]["region"], proposed["01"]["wikidata"]) == ("99", "Q999")
    assert proposed["75"] == table(ours)["75"]
    assert ours.read_bytes() == before
    assert compare(project, insee, insee, "departements").proposal == first
    kept = first.read_bytes()
    ours.write_text(ours.read_text(encoding="utf-8").replace("Paris", "Lutèce"), encoding="utf-8")
    second = compare(project, insee, insee, "departements").proposal
    assert second == first.with_name("departements-2.csv")
    assert first.read_bytes() == kept


def run(capsys: pytest.CaptureFixture[str], project: Path, *arguments: str) -> tuple[int, str, str]:
    """Run the command; return its exit code and what it printed."""
    code = main(["sync", "territories", "--project", str(project), "--table", "regions", *arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_the_command_reports(server: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command says each difference in words and where the proposal is, or all of it as JSON."""
    insee = endpoint(server, "current")
    code, out, _ = run(capsys, project, "--endpoint", insee, "--wikidata", insee)
    assert code == 0
    assert "regions : 3 lignes, 3 différences" in out
    assert "  99 nouveau : Région Imaginaire" in out
    assert "propositions/regions.csv" in out
    code, out, _ = run(capsys, project, "--endpoint", insee, "--no-wikidata", "--json")
    found = json.loads(out)["tables"][0]
    assert (code, [change["kind"] for change in found["changes"]]) == (0, ["disappeared", "appeared"])


def test_an_endpoint_that_is_away(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing listens: exit 3, and the message names the address and what to do; nothing is written."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}/sparql"
    code, _, err = run(capsys, project, "--endpoint", address, "--no-wikidata")
    assert code == 3
    assert address in err
    assert "ne répond pas" in err
    assert not (project / "data" / "territoires" / "propositions").exists()


@pytest.mark.parametrize("way", ["html", "disguised", "empty", "cut", "closed", "garbage", "good"])
def test_an_endpoint_that_answers_nonsense(project: Path, capsys: pytest.CaptureFixture[str], way: str) -> None:
    """A page, a cut answer, or results about something else: exit 3, with the address."""
    with misbehaving() as server:
        code, _, err = run(capsys, project, "--endpoint", f"{server.address}/{way}", "--no-wikidata")
    assert code == 3
    assert f"/{way}" in err


def test_an_endpoint_that_is_slow(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An endpoint that sends a byte now and then is given up in the time allowed: exit 3."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        stop = threading.Event()
        thread = threading.Thread(target=trickle, args=(listener, stop), daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/sparql"
        start = time.monotonic()
        code, _, err = run(capsys, project, "--endpoint", address, "--no-wikidata", "--timeout", "1")
        stop.set()
    thread.join()
    assert (code, time.monotonic() - start < 5) == (3, True)
    assert "--timeout" in err


def trickle(listener: socket.socket, stop: threading.Event) -> None:
    """Take one connection and send a header, then a byte ten times a second."""
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n\r\n")
        while not stop.wait(0.1):
            connection.sendall(b" ")


def test_an_empty_source_abolishes_nothing(server: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An endpoint that knows none of our codes has not answered: exit 3, no proposal."""
    code, _, err = run(capsys, project, "--endpoint", endpoint(server, "vide"), "--no-wikidata")
    assert code == 3
    assert "rien n'est comparé" in err


@pytest.mark.parametrize("arguments", [["--endpoint", "ftp://x"], ["--endpoint", "x"], ["--timeout", "0"]])
def test_wrong_use(project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """An address that is none, or no time at all: exit 2."""
    assert run(capsys, project, *arguments)[0] == 2


def test_every_table_exists() -> None:
    """The tables compared are the project's own, with the columns that are compared."""
    for level in LEVELS.values():
        with (ROOT / "data" / "territoires" / f"{level.table}.csv").open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        wanted: set[Any] = {"code", "nom", *([level.parent] if level.parent else [])}
        assert wanted | ({"wikidata"} if level.linked else set()) <= set(header)


@pytest.mark.skipif(not SHARED.is_dir(), reason="INSEE's Turtle of 2019 is not beside the repository")
def test_the_real_turtle_of_2019(server: str) -> None:
    """INSEE's own data of 2019 know our 18 régions and 101 départements; names that differ are reported."""
    for name, size in (("regions", 18), ("departements", 101)):
        put(server, name, (SHARED / f"{name}_insee_2019_sireneld.ttl").read_bytes())
        rows = table(ROOT / "data" / "territoires" / f"{name}.csv")
        assert len(rows) == size
    put(
        server, "vrai", b"".join((SHARED / f"{n}_insee_2019_sireneld.ttl").read_bytes() for n in LEVELS if n[0] in "rd")
    )
    for name in ("regions", "departements"):
        found = compare_territories(ROOT, endpoint(server, "vrai"), None, [name], 20)
        assert found[0].changes == ()
