"""A week of a directory: stewards who err, SIRENE twice, a bad upload, a rollback; nothing accepted is lost."""

from __future__ import annotations

import gzip
import re
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox
import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import DCTERMS, FOAF, PROV

from endpoints import ldes
from endpoints.app import create_app
from endpoints.cli import main
from publisher.changes import DELETE
from publisher.history import open_history
from publisher.release import current_release
from publisher.verification import verify_directory
from publisher.vocabulary import DOMAINS, LDES, TREE
from tests.accounting import parse
from tests.history_fixture import BASE
from tests.projects.small import COMPANIES, PROJECTS, ROOT
from tests.test_accounting import draw_up
from tests.test_enrich_sirene import stock, unit
from tests.test_ldes import mirror

if TYPE_CHECKING:
    from pathlib import Path

    from tests.projects.small import SmallProject

SOLUTIONS, SIRENE = "data/solutions.csv", "data/sirene.csv"
LANTERN, BICYCLE, WATER, NEW, NEWER = "999000003", "999000011", "999000029", "999000078", "999000086"
ECONOMY, INNOVATION, DIGITAL = "Service économie fictif", "Mission innovation fictive", "Direction du numérique fictive"
TABLES = {ECONOMY: COMPANIES, INNOVATION: PROJECTS, DIGITAL: SOLUTIONS}
KINDS = {COMPANIES: "entreprise", PROJECTS: "projet", SOLUTIONS: "solution"}


class Edit(NamedTuple):
    """What a steward does to the row of a key: new cells (None: the row goes); if `wrong`, its column and value."""

    key: str
    cells: dict[str, str] | None
    wrong: tuple[str, str] | None = None


COMPANY = {"departement": "69", "commune": "69266", "domaines": "velo", "annees": "2024", "motif": "theme"}
COMPANY |= {"offre_fr": "Offre fictive.", "offre_en": "Fictitious offer.", "motif_detail": "exemple fictif"}
PROJECT = {"siren": BICYCLE, "vague": "5", "annee": "2024", "domaines": "velo", "departement": "38", "commune": "38185"}
SOLUTION = {"siren": WATER, "domaines": "reseaux-eau", "source": "https://example.org/solution-fictive"}
MONDAY = [
    Edit(LANTERN, {"offre_fr": "Éclaire des rues « imaginaires », la nuit.", "annees": "2018|2020|2024"}),
    Edit(NEW, COMPANY | {"nom": "Exemple fictif Nouvelle"}),
    Edit("999000079", COMPANY | {"nom": "Exemple fictif mal recopié"}, ("siren", "999000079")),
    Edit(WATER, {"autres_noms": 'Eau fictive|L\'eau "fictive"'}),
    Edit(WATER, {"domaines": "reseaux-eau|plomberie"}, ("domaines", "plomberie")),
    Edit(BICYCLE, {"departement": "38"}, ("departement", "38")),
    Edit(BICYCLE, {"departement": "69", "commune": "69123"}),
]
TUESDAY = [
    Edit("999000011-v2-velo", {"montant": "750000.50"}),
    Edit("999000011-v5-roue", PROJECT | {"nom": "ROUE FICTIVE"}),
    Edit("999000011-v6-selle", PROJECT | {"nom": "SELLE FICTIVE", "siren": NEWER}, ("siren", NEWER)),
    Edit("999000029-v4-eau", {"annee": "vers 2021"}, ("annee", "vers 2021")),
    Edit("999000029-v4-eau", {"aide": "360000", "domaines": "reseaux-eau|iot"}),
    Edit("999000003-v3-lanterne", None),
]
THURSDAY = [
    Edit("lanterne-fictive", {"resume_fr": "Un mât imaginaire, plus haut.", "deploiements": "38185"}),
    Edit("sonde-fictive", SOLUTION | {"nom_fr": "Sonde fictive", "resume_fr": "Écoute l'eau."}),
    Edit("sonde-fictive", {"source": "voir le site"}, ("source", "voir le site")),
]
SUNDAY = [
    Edit(NEWER, COMPANY | {"nom": "Exemple fictif Dimanche", "domaines": "iot"}),
    Edit(NEW, {"nom": "Exemple fictif Nouvelle & Fille", "commune": "69029"}),
    Edit(LANTERN, {"nom": ""}, ("nom", "")),
    Edit(LANTERN, {"offre_en": 'Lights "imaginary" streets.'}),
]


class Accepted(NamedTuple):
    """A day's edits once published: the step that took them, by whom, why, the things."""

    step: int
    steward: str
    reason: str
    things: list[str]


REMOVED = f"{BASE}/id/projet/999000003-v3-lanterne"


@dataclass
class Week:
    """The directory, its site, and a portal that follows it: the catalog by its tag, the things by the event stream."""

    small: SmallProject
    runtime: Path
    portal: dict[str, Graph] = field(default_factory=dict)
    """By thing, what its latest version states; nothing once it is withdrawn."""
    read: set[str] = field(default_factory=set)
    """Full pages, and members: neither ever changes."""
    tag: str = ""

    def __post_init__(self) -> None:
        """Make the site."""
        self.runtime.mkdir()
        self.client = create_app(self.small.project, self.runtime).test_client(use_cookies=False)

    def save(self, table: str, edit: Edit) -> None:
        """Save an edit in a table."""
        key, *names = self.small.path(table).read_text(encoding="utf-8").partition("\n")[0].split(",")
        rows = {row[key]: row for row in self.small.rows(table)}
        if edit.cells is None:
            del rows[edit.key]
        else:
            rows[edit.key] = rows.get(edit.key, dict.fromkeys(names, "") | {key: edit.key}) | edit.cells
        self.small.write_rows([{key: "", **row} for row in rows.values()], table)

    def publish(self, steward: str, reason: str) -> int:
        """Publish as a steward does; return the exit code."""
        return self.small.main("publish", "--par", steward, "--motif", reason)

    def harvest(self) -> bool:
        """Harvest as a portal does, and hold what the release holds; return whether there was something new."""
        release = current_release(self.small.var)
        link = self.runtime / "lien"
        link.symlink_to(release.directory)
        link.replace(self.runtime / "served")
        answer = self.client.get("/catalog.ttl", headers={"If-None-Match": self.tag})
        self.tag = answer.headers["ETag"]
        self.follow()
        dump = gzip.decompress(release.graph_files[0].read_bytes()).decode().splitlines()
        graph = Graph().parse(data="\n".join(line for line in dump if is_of_a_thing(line)), format="nt")
        assert set().union(*self.portal.values()) == set(graph)
        return answer.status_code == 200

    def follow(self) -> None:
        """Read what the event stream has that is new, and nothing else."""
        waiting = [f"{BASE}/ldes"]
        while waiting:
            address = waiting.pop()
            page = self.graph(address.removeprefix(BASE))
            nodes = {str(node) for node in page.objects(None, TREE.node)} - self.read
            waiting += sorted(nodes, key=lambda node: -int(node.rpartition("/")[2]))
            dated = [(str(page.value(each, PROV.generatedAtTime)), each) for each in page.objects(None, TREE.member)]
            for _, member in sorted(each for each in dated if str(each[1]) not in self.read):
                self.portal[str(page.value(member, DCTERMS.isVersionOf))] = mirror([page.cbd(member)])
                self.read.add(str(member))
            if page.value(URIRef(address), LDES.immutable):
                self.read.add(address)

    def graph(self, path: str) -> Graph:
        """Return what an address says."""
        answer = self.client.get(path, headers={"Accept": "text/turtle"})
        assert answer.status_code == 200
        return Graph().parse(data=answer.data, format="turtle", publicID=BASE + path)


def is_of_a_thing(line: str) -> bool:
    """Return whether a statement is about a thing of the directory, its record or its nodes: what the stream tells."""
    subject = line.partition(">")[0]
    return subject.startswith((f"<{BASE}/id/", f"<{BASE}/doc/")) or (
        subject.startswith(f"<{DOMAINS}") and subject != f"<{DOMAINS}"
    )


def shrink(scheme: Path) -> None:
    """Keep the domains that the tables use: a release costs a test the less."""
    used = {"", "eclairage", "iot", "velo", "reseaux-eau", "collecte"}

    def is_kept(term: object) -> bool:
        value = term.value if isinstance(term, ox.NamedNode) else ""
        return not value.startswith(DOMAINS) or value.removeprefix(DOMAINS) in used

    quads = ox.parse(path=scheme, format=ox.RdfFormat.TURTLE)
    kept = [quad.triple for quad in quads if is_kept(quad.subject) and is_kept(quad.object)]
    scheme.write_bytes(ox.serialize(kept, format=ox.RdfFormat.TURTLE) or b"")


@pytest.fixture
def week(small_project: SmallProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Week:
    """Give the directory on the eve, with the codes of SIRENE that the week needs, its stream in small pages."""
    monkeypatch.setattr(ldes, "MEMBERS", 10)
    monkeypatch.setattr(ldes, "FANOUT", 3)
    small_project.keep(COMPANIES, PROJECTS, SOLUTIONS, SIRENE)
    small_project.skip_gate()
    for path in small_project.path("data/nomenclatures").glob("*.csv"):
        header, *lines = (ROOT / "data/nomenclatures" / path.name).read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if line.partition(",")[0] in {"5710", "A", "C", "12", "62.01Z", "62.10Y"}]
        path.write_text("\n".join([header, *kept, ""]), encoding="utf-8")
    shrink(small_project.path("ontology/schemes/domaines.ttl"))
    made = Week(small_project, tmp_path / "site")
    assert made.publish("Équipe fictive", "première version") == 0
    assert made.harvest()
    return made


def live(week: Week, steward: str, edits: list[Edit], capsys: pytest.CaptureFixture[str]) -> Accepted:
    """Save a day's edits; those that are wrong are told all at once, put right, and the day is published."""
    table = TABLES[steward]
    for edit in edits:
        if not edit.wrong:
            week.save(table, edit)
    right = week.small.path(table).read_bytes()
    for edit in edits:
        if edit.wrong:
            week.save(table, edit)
    capsys.readouterr()
    assert week.publish(steward, "relevé du jour, à relire") == 1
    said = capsys.readouterr().out
    for edit in edits:
        if edit.wrong:
            column, value = edit.wrong
            assert re.search(rf'(?m)^  {table}:[0-9]+: {column}( "{re.escape(value)}")?: ', said), edit
    assert not week.harvest()
    week.small.path(table).write_bytes(right)
    reason = f"relevé du jour, {len(edits)} modifications"
    assert week.publish(steward, reason) == 0
    assert week.harvest()
    things = [f"{BASE}/id/{KINDS[table]}/{edit.key}" for edit in edits if not edit.wrong]
    return Accepted(current_release(week.small.var).manifest["step"], steward, reason, things)


def refresh(week: Week, place: Path, fields: str, **changes: str) -> None:
    """Take over what SIRENE's stock says of two companies, as the command does."""
    place.mkdir()
    units = stock(place, [unit(LANTERN, **changes), unit(WATER)])
    command = ["enrich", "sirene", "--project", str(week.small.directory)]
    assert main([*command, "--unites", str(units)]) == 0
    proposal = max(week.small.path("data/propositions").glob("*.csv"), key=lambda path: path.stat().st_mtime_ns)
    assert main([*command, "--accept", str(proposal), "--garder", fields]) == 0


@pytest.mark.long
def test_a_week_loses_nothing(week: Week, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every accepted fact is there with its source and its history, and a portal that only followed holds the same."""
    small = week.small
    days = [live(week, ECONOMY, MONDAY, capsys), live(week, INNOVATION, TUESDAY, capsys)]
    refresh(week, tmp_path / "mercredi", "denomination,naf,etat")
    days.append(live(week, DIGITAL, THURSDAY, capsys))
    good = small.path().read_bytes()
    small.path().write_bytes("<!DOCTYPE html><p>Session expir\xe9e</p>".encode("cp1252"))
    assert week.publish(ECONOMY, "mauvais fichier") == 1
    assert not week.harvest()
    small.path().write_bytes(good)
    assert main(["rollback", "--var", str(small.var), "--par", ECONOMY, "--motif", "le jeudi est à revoir"]) == 0
    assert week.harvest()
    assert not week.portal[f"{BASE}/id/solution/sonde-fictive"]
    refresh(week, tmp_path / "samedi", "tout", etatAdministratif="C", denomination="LANTERNE FICTIVE, EN FIN")
    days.append(live(week, ECONOMY, SUNDAY, capsys))
    assert sum(len(each) for each in (MONDAY, TUESDAY, THURSDAY, SUNDAY)) == 20

    assert verify_directory(small.var) == []
    release = current_release(small.var)
    graph = gzip.decompress(release.graph_files[0].read_bytes()).decode().splitlines()
    assert parse(graph) == draw_up(small)
    assert any("LANTERNE FICTIVE, EN FIN" in line for line in graph)
    with closing(open_history(small.var, release.name)) as history:
        steps = {step.number: step for step in history.steps()}
        assert [steps[day.step].signed for day in days] == [ECONOMY, INNOVATION, DIGITAL, ECONOMY]
        assert [step.number for step in steps.values() if step.undone] == [days[2].step + 1]
        for day in days:
            assert steps[day.step].reason == day.reason
            for thing in day.things:
                assert day.step in [version.number for version in history.versions(thing)], thing
        (gone,) = history.versions(REMOVED, 1)
        assert gone.action == DELETE
    assert not week.portal[REMOVED]
    for thing in {thing for day in days for thing in day.things} - {REMOVED}:
        (record,) = week.portal[thing].subjects(FOAF.primaryTopic, URIRef(thing))
        table = next(table for table, kind in KINDS.items() if f"/{kind}/" in thing)
        source = URIRef(f"{BASE}/id/source/{table.removeprefix('data/').removesuffix('.csv')}")
        assert (record, PROV.wasDerivedFrom, source) in week.portal[thing]
    assert week.client.get(REMOVED.removeprefix(BASE)).status_code == 410
