"""The whole flow: what goes in comes out, once; what is wrong stops it, and the active release stays."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from threading import Event
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher import dumps, fingerprint, pieces, pipeline, production
from publisher.csvw import load_mappings
from publisher.errors import NotConformantError, PublicationBusyError, ReleaseError
from publisher.fingerprint import release_id
from publisher.lock import publication_lock
from publisher.pipeline import publish
from publisher.release import current_release, list_releases
from tests.projects.small import COMPANIES, ROOT, SmallProject

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.release import Release
    from tests.conftest import Published
    from tests.projects.tiny import TinyProject


def silent(_: str) -> None:
    """Say nothing of the progress."""


def files(release: Release, folder: str = "dumps") -> dict[str, bytes]:
    """Return the files of a release's folder."""
    return {path.name: path.read_bytes() for path in (release.directory / folder).iterdir()}


def leftovers(var: Path) -> list[str]:
    """Return what does not belong to a directory of releases."""
    known = {"releases", "history", "current", "publish.lock", "report.json"}
    return [path.name for path in (*var.iterdir(), *(var / "releases").glob(".*")) if path.name not in known]


@pytest.mark.long
def test_the_same_input_gives_the_same_release(small_project: SmallProject) -> None:
    """Nothing changed, nothing published; forced, the same id and the same bytes under a new number."""
    small_project.skip_gate()
    first = publish(small_project.project, small_project.var, silent)
    again = publish(small_project.project, small_project.var, silent)
    assert (first.fresh, again.fresh, again.release) == (True, False, first.release)
    small_project.path("data/brouillon.csv").write_text("rien", encoding="utf-8")
    small_project.path("LISEZMOI.txt").write_text("rien", encoding="utf-8")
    assert not publish(small_project.project, small_project.var, silent).fresh
    forced = publish(small_project.project, small_project.var, silent, force=True)
    assert forced.fresh
    assert forced.release.manifest["id"] == first.release.manifest["id"]
    assert [release.number for release in list_releases(small_project.var)] == [1, 2]
    assert files(forced.release) == files(first.release)
    assert leftovers(small_project.var) == []


@pytest.mark.long
def test_another_directory_gives_the_same_release(small_project: SmallProject, tmp_path: Path) -> None:
    """Neither the place of the project nor the clock enters the id or the dumps."""
    small_project.skip_gate()
    copy = SmallProject(tmp_path / "ailleurs")
    shutil.copytree(small_project.directory, copy.directory)
    one, other = (publish(each.project, each.var, silent).release for each in (small_project, copy))
    assert one.name == other.name
    assert files(one) == files(other)


def identity(small_project: SmallProject) -> str:
    """Return the id of the release that a project would give."""
    project = small_project.project
    return release_id(project, load_mappings(project))


def test_any_input_that_changes_makes_a_new_release(small_project: SmallProject) -> None:
    """A table, its description, a term, a shape or a title that changes gives another id; a table taken away too."""
    found = [identity(small_project)]
    for name in (COMPANIES, COMPANIES + "-metadata.json", "ontology/annuaire.ttl", "shapes/fiche.ttl"):
        with small_project.path(name).open("a", encoding="utf-8") as stream:
            stream.write("\n")
        found.append(identity(small_project))
    settings = small_project.path("annuaire.toml")
    settings.write_text(settings.read_text(encoding="utf-8").replace('[titre]\nfr = "', '[titre]\nfr = "Essai : '))
    found.append(identity(small_project))
    small_project.path().unlink()
    found.append(identity(small_project))
    assert len(set(found)) == len(found)


def test_other_software_makes_a_new_release(
    small_project: SmallProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query of the software that changes gives another id, be the version that it says the same."""
    found = [identity(small_project)]
    software = tmp_path / "logiciel"
    shutil.copytree(ROOT / "publisher", software, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(fingerprint, "_SOFTWARE", software)
    for changed in ("pipeline.py", "queries/statements.sql"):
        fingerprint.software_digest.cache_clear()
        found.append(identity(small_project))
        with (software / changed).open("a", encoding="utf-8") as stream:
            stream.write("\n")
    fingerprint.software_digest.cache_clear()
    found.append(identity(small_project))
    fingerprint.software_digest.cache_clear()
    assert found[0] == found[1]
    assert len(set(found[1:])) == len(found) - 1


def test_limits_of_the_service_are_no_input(small_project: SmallProject) -> None:
    """Limits, trusted hosts and comments of the settings file publish nothing: the id stays."""
    before = identity(small_project)
    settings = small_project.path("annuaire.toml")
    text = settings.read_text(encoding="utf-8").partition("[sparql]")[0]
    settings.write_text(f"{text}\n# essai\n[sparql]\ndelai = 3\n[serveur]\nproxys = ['127.0.0.1']\n", encoding="utf-8")
    assert small_project.project.service.deadline == 3
    assert identity(small_project) == before


def test_a_wrong_table_leaves_the_active_release(small_project: SmallProject) -> None:
    """A table that does not conform publishes nothing, and the report lists every finding."""
    small_project.keep(COMPANIES)
    small_project.skip_gate()
    active = publish(small_project.project, small_project.var, silent).release
    small_project.set("siren", "999000004", row=2)
    small_project.set("departement", "Nulle part", row=3)
    with pytest.raises(NotConformantError) as refused:
        publish(small_project.project, small_project.var, silent)
    assert current_release(small_project.var) == active
    report = json.loads((small_project.var / "report.json").read_text(encoding="utf-8"))
    assert report["conforms"] is False
    places = [(f["table"], f["row"], f["column"]) for f in report["findings"] if f["severity"] == "violation"]
    assert (COMPANIES, 2, "siren") in places
    assert (COMPANIES, 3, "departement") in places
    assert (
        len(places)
        == report["counts"]["violation"]
        == sum(f.severity.value == "violation" for f in refused.value.findings)
    )
    assert leftovers(small_project.var) == []


def test_what_fails_does_not_wait_for_all_dumps(tiny_project: TinyProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where counting fails, the pieces of dumps not yet begun are not made; nothing is left behind."""
    made: list[Path] = []
    begun = Event()

    def make(triples: Path, *rest: Any, **options: Any) -> Any:
        made.append(triples)
        begun.set()
        for _ in range(100):
            if triples.exists():
                time.sleep(0.1)
        return dumps_make(triples, *rest, **options)

    def fail(*_: object) -> None:
        assert begun.wait(30)
        raise ReleaseError("décompte impossible", "no counts")

    dumps_make = dumps._make
    monkeypatch.setattr(pieces, "_ONE_IN", 2)
    monkeypatch.setattr(dumps, "_make", make)
    monkeypatch.setattr(production, "_count", fail)
    tiny_project.write("cle,nom\n" + "".join(f"a{number},Exemple fictif\n" for number in range(60)))
    with pytest.raises(ReleaseError, match="décompte"):
        publish(tiny_project.project, tiny_project.directory / "var", silent)
    assert 0 < len(made) < 10
    assert list((tiny_project.directory / "var/releases").glob("[!.]*")) == []


def test_a_table_that_changes_meanwhile_is_not_published(tiny_project: TinyProject) -> None:
    """A file saved while the publication runs stops it: a release is of one state of its tables."""

    def save(step: str) -> None:
        if step == "convert":
            tiny_project.write("cle,nom\na,Exemple fictif\n")

    with pytest.raises(ReleaseError) as refused:
        publish(tiny_project.project, tiny_project.var, save)
    assert "ont changé" in refused.value.texts["fr"]
    assert list_releases(tiny_project.var) == []


def test_a_publication_that_stops_leaves_nothing(tiny_project: TinyProject) -> None:
    """At whatever step it is stopped, a publication changes nothing, and the next one works."""
    for step in ("read", "convert", "search", "seal"):

        def stop(name: str, last: str = step) -> None:
            if name == last:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            publish(tiny_project.project, tiny_project.var, stop)
        assert list_releases(tiny_project.var) == []
    assert publish(tiny_project.project, tiny_project.var, silent).fresh
    assert leftovers(tiny_project.var) == []


def test_a_release_not_yet_active_is_no_obstacle(tiny_project: TinyProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped between the release and its activation, the flow starts again and gives it the next number."""

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "put_online", stop)
        with pytest.raises(KeyboardInterrupt):
            publish(tiny_project.project, tiny_project.var, silent)
    assert tiny_project.main("releases") == 0
    assert publish(tiny_project.project, tiny_project.var, silent).release.number == 2


def test_a_release_of_an_older_format_is_published_anew(tiny_project: TinyProject) -> None:
    """After an upgrade, the same tables are no reason to leave a release that cannot be served."""
    active = publish(tiny_project.project, tiny_project.var, silent).release
    manifest = {**active.manifest, "format": 1}
    (active.directory / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert publish(tiny_project.project, tiny_project.var, silent).release.number == 2
    assert not publish(tiny_project.project, tiny_project.var, silent).fresh


def test_two_publications_at_once(tiny_project: TinyProject) -> None:
    """A publication that finds another at work says so, and touches nothing."""
    with publication_lock(tiny_project.var), pytest.raises(PublicationBusyError):
        publish(tiny_project.project, tiny_project.var, silent)


@pytest.mark.long
def test_a_publication_killed_at_any_moment(tiny_project: TinyProject) -> None:
    """Killed without warning, a publication leaves the active release whole; the next one sweeps and works."""
    tiny_project.write("cle,nom\na,Exemple fictif\n")
    command = [sys.executable, "-m", "endpoints.cli", "publish", "--force"]
    started = time.monotonic()
    assert tiny_project.run("publish").code == 0
    length = time.monotonic() - started
    active = current_release(tiny_project.var)
    moments = random.Random(7)  # noqa: S311 — moments, not secrets
    for _ in range(6):
        process = subprocess.Popen(command, cwd=tiny_project.directory, stdout=subprocess.DEVNULL)
        time.sleep(length * moments.uniform(0.3, 1.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        found = current_release(tiny_project.var)
        assert found.manifest["id"] == active.manifest["id"]
        assert len(ox.Store.read_only(str(found.store))) > found.manifest["triples"]
    assert tiny_project.run("publish", "--force").code == 0
    assert leftovers(tiny_project.var) == []
    assert (tiny_project.var / "current").readlink().parts[0] == "releases"


HOSTILE = ["999000004", "69D", "Rhône", "2018-02-30", "<b>", "\x1b[2J", "a|b||c", '"', "\n", "=1+1", "é" * 400, "'; --"]
CELL = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(HOSTILE)

_CHANGED = (COMPANIES, "data/projets.csv", "data/pratiques.csv", "data/siren_ambigus.csv")


@pytest.mark.long
@settings(max_examples=15)
@given(
    name=st.sampled_from(_CHANGED),
    cells=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 11), CELL), max_size=4),
    changed=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=3),
)
def test_any_table_gives_a_release_or_findings(
    small_project: SmallProject,
    capsys: pytest.CaptureFixture[str],
    name: str,
    cells: list[tuple[int, int, str]],
    changed: list[tuple[int, int]],
) -> None:
    """Whatever cells and bytes a table holds, the check ends with a conformant graph or with located findings."""
    if (small_project.directory / "shapes/entreprise.ttl").exists():
        small_project.skip_gate()
        small_project.keep(*_CHANGED)
    path = small_project.path(name)
    kept = path.read_bytes()
    rows = small_project.rows(name)
    for row, column, cell in cells:
        line = rows[row % len(rows)]
        line[list(line)[column % len(line)]] = cell
    small_project.write_rows(rows, name)
    content = bytearray(path.read_bytes())
    for place, byte in changed:
        content[place % len(content)] = byte
    path.write_bytes(bytes(content))
    capsys.readouterr()
    try:
        code = small_project.main("check", "--json")
    finally:
        path.write_bytes(kept)
    report = json.loads(capsys.readouterr().out)
    violations = [finding for finding in report["findings"] if finding["severity"] == "violation"]
    assert (code, report["conforms"]) == ((1, False) if violations else (0, True))
    of_tables = {"encodage", "sans-entete", "table-illisible"}
    assert [f for f in violations if f["row"] is None and f["rule"] not in of_tables] == []


def test_the_real_data_are_published(real_release: Published) -> None:
    """The repository's own data conform; all territories are there, the doubtful SIREN are not, but are listed."""
    _, _, release = real_release
    assert release.report["conforms"] is True
    assert release.manifest["rows"]["data/territoires/departements.csv"] == 101
    igeo = "http://rdf.insee.fr/def/geo#"
    assert release.manifest["counts"][igeo + "Commune"] >= 34_875
    assert release.manifest["counts"][igeo + "Region"] == 18

    listed = {finding["value"] for finding in release.report["findings"] if finding["severity"] == "withheld"}
    assert {"810876177", "793002908", "833737653"} <= listed
    store = ox.Store.read_only(str(release.store))
    for siren in ("810876177", "793002908", "833737653"):
        assert not store.query(f"ASK {{ <https://annuaire.example/id/entreprise/{siren}> ?p ?o }}")


def test_a_newcomer_reads_the_flow_first() -> None:
    """The flow fits on one page."""
    assert len((ROOT / "publisher/pipeline.py").read_text(encoding="utf-8").splitlines()) <= 80
