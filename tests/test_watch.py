"""`annuaire watch DIR`: complete tables dropped in a folder are published, or given back with what is wrong."""

from __future__ import annotations

import csv
import errno
import fcntl
import json
import os
import signal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from xlsxwriter import Workbook

from endpoints import watch_command
from endpoints.cli import main
from publisher import deposits, trial
from publisher.csvw import load_mappings
from publisher.deposits import LONG_QUIET, QUIET, Folder, table_of
from publisher.errors import PublicationBusyError, UsageError
from publisher.inbox import ARCHIVES, Inbox, open_inbox
from publisher.local_ids import REGISTER
from publisher.pipeline import check, publish
from publisher.publication import Publication
from publisher.release import current_release
from tests.projects.tiny import KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from publisher.errors import AnnuaireError
    from publisher.inbox import Outcome
    from publisher.project import Project
    from tests.projects.tiny import TinyProject

GOOD, BAD = "cle,nom\na,Exemple fictif\n", "cle,nom\n,Exemple sans clé\n"


def silent(_: str) -> None:
    """Tell nothing of the progress."""


def try_only(project: Project) -> Publication:
    """Take a project through the gate and publish nothing: what becomes of files does not depend on releases."""
    with TemporaryDirectory(dir=project.directory) as place:
        report = check(project, load_mappings(project), Path(place), silent, None).report
    return Publication(SimpleNamespace(name="essai-1", report=report), fresh=True)  # type: ignore[arg-type]


SOURCE = """
[[sources]]
nom = "ville"
table = "table"
fichier = "sources/ville.csv"
priorite = 5
date = 2026-03-01
"""


class Watched:
    """A tiny project with a folder to drop tables in; time passes only when a test says so."""

    def __init__(self, tiny: TinyProject, publish_tables: Callable[[Project], Publication]) -> None:
        self.tiny, self.time = tiny, 0.0
        self.folder = tiny.directory / "depot"
        self.folder.mkdir()
        self.published: list[Path] = []
        self.inbox = self.open(publish_tables)

    def open(self, publish_tables: Callable[[Project], Publication], lang: str = "fr") -> Inbox:
        """Open the folder anew, as another run of the command does."""

        def told(project: Project) -> Publication:
            self.published.append(project.directory)
            return publish_tables(project)

        self.inbox = Inbox(Folder(self.folder, lambda: self.time), self.tiny.directory, told, lang)
        return self.inbox

    def drop(self, content: str, name: str = "table.csv") -> Path:
        """Drop a file."""
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path

    def look(self, after: float = LONG_QUIET) -> list[Outcome]:
        """Let the folder be looked at, now and after a while."""
        early = list(self.inbox.look())
        self.time += after
        return early + list(self.inbox.look())

    def kinds(self) -> list[tuple[str, str]]:
        """Look; return what became of which file."""
        return [(outcome.kind, outcome.file) for outcome in self.look()]

    def said(self, name: str = "table") -> str:
        """Return the text that answers a file."""
        return (self.folder / f"{name}.constats.txt").read_text(encoding="utf-8-sig")

    def names(self) -> list[str]:
        """Return what lies in the folder, but for what is hidden."""
        return sorted(path.name for path in self.folder.iterdir() if not path.name.startswith("."))

    def archived(self) -> list[str]:
        """Return the content of what is archived."""
        return sorted(path.read_text(encoding="utf-8") for path in (self.folder / ARCHIVES).iterdir())

    def table(self, name: str = "table.csv") -> str:
        """Return a table of the project."""
        return (self.tiny.directory / "data" / name).read_text(encoding="utf-8")


@pytest.fixture
def watched(tiny_project: TinyProject) -> Watched:
    """Give a folder whose tables are checked and not published."""
    return Watched(tiny_project, try_only)


@pytest.fixture
def family(watched: Watched) -> Watched:
    """Give one of a project with two tables: a child names its parent, a table's row."""
    watched.tiny.write("cle,nom\na,Ancien\n")
    reference = {"resource": "table.csv", "columnReference": "cle"}
    parent = {"name": "parent", "titles": "Parent"}
    keys = [{"columnReference": "parent", "reference": reference}]
    watched.tiny.describe(KEY, parent, name="enfant", primaryKey="cle", foreignKeys=keys)
    watched.tiny.write("cle,parent\nx,a\n", "enfant")
    return watched


def test_a_table_is_published_and_takes_its_place(tiny_project: TinyProject) -> None:
    """The project has the dropped table, the release too; the table replaced is archived, the file gone."""
    tiny_project.write("cle,nom\nb,Avant\n")
    var = tiny_project.var
    watched = Watched(tiny_project, lambda project: publish(project, var, silent))
    tiny_project.directory.joinpath("data/table.csv").chmod(0o664)
    watched.drop(GOOD)
    (outcome,) = watched.look()
    release = current_release(var)
    assert tiny_project.directory.joinpath("data/table.csv").stat().st_mode & 0o777 == 0o664
    assert (outcome.kind, outcome.file, outcome.release) == ("published", "table.csv", release.name)
    assert watched.table() == GOOD
    assert watched.archived() == ["cle,nom\nb,Avant\n"]
    assert watched.names() == [ARCHIVES, "table.constats.txt"]
    assert f"table.csv : publié, version {release.name}" in watched.said()
    assert publish(tiny_project.project, var, silent).fresh is False
    watched.drop(GOOD)
    assert [each.texts["fr"] for each in watched.look()] == [f"rien de nouveau, version {release.name}"]
    assert watched.names() == [ARCHIVES, "table.constats.txt"]


@pytest.mark.parametrize(
    ("lang", "told"),
    [("fr", ("refusé, 1 erreur(s)", "erreur : table.csv:2")), ("en", ("refused, 1", "error : table.csv:2"))],
)
def test_a_bad_table_is_given_back(watched: Watched, lang: str, told: tuple[str, str]) -> None:
    """The findings and the table with them stand beside it, in the steward's language; all else stays as it was."""
    watched.open(try_only, lang)
    watched.tiny.write(GOOD)
    watched.drop(BAD)
    (outcome,) = watched.look()
    assert (outcome.kind, [each.row for each in outcome.findings]) == ("refused", [2])
    assert watched.names() == ["table.constats.csv", "table.constats.txt", "table.csv"]
    assert all(text in watched.said() for text in told)
    assert "table.constats.csv" in watched.said()
    rows = list(csv.reader((watched.folder / "table.constats.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert rows[1][:2] == ["", "Exemple sans clé"]
    assert rows[1][2].startswith("cle, ")
    assert watched.table() == GOOD
    assert watched.look() == []
    assert len(watched.published) == 1


def test_what_was_refused_is_tried_again_when_the_project_changes(watched: Watched) -> None:
    """Nothing is done twice until a file or the project changes, then it is; the same refusal is said once."""
    watched.drop(BAD)
    assert watched.kinds() == [("refused", "table.csv")]
    watched.tiny.write("cle,nom\nb,Autre\n")
    assert watched.kinds() == []
    assert len(watched.published) == 2
    watched.drop(GOOD)
    assert watched.kinds() == [("published", "table.csv")]
    assert watched.names() == [ARCHIVES, "table.constats.txt"]


def test_the_table_given_back_may_be_corrected(watched: Watched) -> None:
    """Corrected in place, it is the table; the file refused before is archived with the table replaced."""
    watched.tiny.write("cle,nom\nb,Avant\n")
    watched.drop(BAD)
    watched.look()
    returned = watched.folder / "table.constats.csv"
    returned.write_text(returned.read_text(encoding="utf-8-sig").replace("\n,", "\na,"), encoding="utf-8-sig")
    assert watched.kinds() == [("published", "table.constats.csv")]
    assert watched.table().startswith("\ufeffcle,nom,Constats")
    assert watched.tiny.rows() == [(2, "a", "Exemple sans clé")]
    assert watched.archived() == sorted(["cle,nom\nb,Avant\n", BAD])
    assert watched.names() == [ARCHIVES, "table.constats.txt"]


def test_a_table_that_someone_works_on_is_never_written_over(watched: Watched) -> None:
    """One given back and changed by a person stays as it is when it is refused again, by another run too."""
    watched.drop(BAD)
    watched.look()
    returned = watched.folder / "table.constats.csv"
    changed = "cle,nom\n,Corrigé à moitié\n"
    returned.write_text(changed, encoding="utf-8")
    watched.open(try_only)
    assert watched.kinds() == [("refused", "table.constats.csv")]
    assert returned.read_text(encoding="utf-8") == changed
    assert "Corrigé à moitié" in (watched.folder / "table.constats-2.csv").read_text(encoding="utf-8")
    assert watched.kinds() == []


def test_tables_that_need_each_other_go_together(family: Watched) -> None:
    """Dropped at once, a table and those that refer to its new rows, and no more to the old ones, are one release."""
    family.drop("cle,nom\nb,Nouveau\n")
    assert family.look()[0].findings[-1].table == "data/enfant.csv"
    family.drop("cle,parent\nx,b\n", "enfant.csv")
    assert sorted(family.kinds()) == [("published", "enfant.csv"), ("published", "table.csv")]
    assert (family.table(), family.table("enfant.csv")) == ("cle,nom\nb,Nouveau\n", "cle,parent\nx,b\n")


def test_a_bad_table_holds_no_other_back(family: Watched) -> None:
    """Of several files, those at fault are refused and the others published."""
    family.drop(BAD)
    family.drop("cle,parent\ny,a\n", "enfant.csv")
    assert sorted(family.kinds()) == [("published", "enfant.csv"), ("refused", "table.csv")]
    assert family.table() == "cle,nom\na,Ancien\n"


def test_a_table_that_breaks_another_is_refused(family: Watched) -> None:
    """Errors in a table that nobody dropped refuse the one that causes them, and name it; a third one passes."""
    family.tiny.describe(KEY, name="tierce", primaryKey="cle")
    family.tiny.write("cle\n", "tierce")
    family.drop("cle,nom\nb,Autre\n")
    family.drop("cle\nz\n", "tierce.csv")
    assert sorted(family.kinds()) == [("published", "tierce.csv"), ("refused", "table.csv")]
    assert "Dans les autres tables, avec celle-ci :\n  erreur : data/enfant.csv:2" in family.said()


def test_a_workbook_takes_the_place_of_a_csv_file(watched: Watched) -> None:
    """One file stands for the table afterwards, in the format that was dropped; the other is archived."""
    watched.tiny.write(GOOD)
    with Workbook(watched.folder / "Table.XLSX") as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["cle", "nom"])
        sheet.write_row(1, 0, ["b", "Classeur"])
    assert watched.kinds() == [("published", "Table.XLSX")]
    assert sorted(path.name for path in (watched.tiny.directory / "data").glob("table.[!c]*")) == ["table.xlsx"]
    assert not (watched.tiny.directory / "data/table.csv").exists()
    assert watched.tiny.rows() == [(2, "b", "Classeur")]
    assert watched.archived() == [GOOD]


def test_an_empty_table_withdraws_nothing(watched: Watched) -> None:
    """A header alone does not take the place of rows; where there were none it does, and rows always do."""
    watched.tiny.write(GOOD)
    watched.drop("cle;nom\n;\n")
    assert watched.kinds() == [("refused", "table.csv")]
    assert "aucune ligne : toutes" in watched.said()
    assert (watched.table(), watched.published) == (GOOD, [])
    watched.tiny.write("cle,nom\n")
    assert watched.kinds() == [("published", "table.csv")]


def test_the_latest_of_several_files_is_the_table(watched: Watched) -> None:
    """Of two files for one table the one that came last counts, whatever their dates; the other is archived."""
    watched.drop("cle,nom\na,Premier\n", "table.tsv")
    last = watched.drop(GOOD)
    os.utime(last, (0, 0))
    assert watched.kinds() == [("published", "table.csv")]
    assert (watched.table(), watched.names()) == (GOOD, [ARCHIVES, "table.constats.txt"])
    assert "cle,nom\na,Premier\n" in watched.archived()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("autre.csv", "x,y\n1,2\n", "aucune table ne porte ce nom ; nommer le fichier comme sa table : table\n"),
        ("table (1).csv", GOOD, "ses colonnes sont celles de « table » : lui donner ce nom"),
        ("table.numbers", "x", "format non lu"),
        ("vide.csv", "", "nommer le fichier comme sa table : table"),
    ],
)
def test_a_file_that_is_no_table_by_its_name_is_told(watched: Watched, name: str, content: str, said: str) -> None:
    """It is refused with the names that there are, or the one that its columns say; it is left where it is."""
    watched.drop(content, name)
    assert watched.kinds() == [("refused", name)]
    assert said in watched.said(name.rpartition(".")[0])
    assert name in watched.names()
    assert watched.published == []


def test_the_file_of_a_source_is_sent_to_its_place(watched: Watched) -> None:
    """A source's file is no table to drop: it is never told to take the name of the table that it feeds."""
    with (watched.tiny.directory / "annuaire.toml").open("a", encoding="utf-8") as settings:
        settings.write(SOURCE)
    watched.drop(GOOD, "ville.csv")
    assert watched.kinds() == [("refused", "ville.csv")]
    assert "c'est celui d'une source : l'enregistrer à sa place, sources/ville.csv" in watched.said("ville")
    assert "lui donner ce nom" not in watched.said("ville")


@pytest.mark.parametrize("name", ["Table", "TABLE ", "table.constats", "table.constats-3", "Tâble"])
def test_a_name_is_known_however_it_is_spelt(tiny_project: TinyProject, tmp_path: Path, name: str) -> None:
    """Case, accents and spaces make no difference, nor does what a table given back is called."""
    found = table_of(tmp_path / f"{name}.csv", load_mappings(tiny_project.project))
    assert found is not None


def test_what_is_no_file_to_read_is_passed_over(watched: Watched) -> None:
    """Locks, hidden and partial files, links, folders and pipes are no tables, and get no answer."""
    others = ["~$table.xlsx", ".~lock.table.csv#", ".table.csv.Xy12", "table.csv.part", "table.csv~", "LISEZMOI.txt"]
    for name in others:
        watched.drop(GOOD, name)
    (watched.folder / "dossier.csv").mkdir()
    (watched.folder / "lien.csv").symlink_to(watched.tiny.directory / "data/table.csv")
    os.mkfifo(watched.folder / "tube.csv")
    before = watched.names()
    assert watched.look() == []
    assert watched.names() == before


def test_a_file_is_read_once_it_is_whole(watched: Watched) -> None:
    """One that still grows, or that someone has open to write, is left until it has been quiet for a while."""
    path = watched.drop("cle,nom\n")
    assert watched.look(QUIET / 2) == []
    path.write_text(GOOD, encoding="utf-8")
    assert watched.look(QUIET / 2) == []
    with path.open("a", encoding="utf-8") as stream:
        if _leases(path):
            assert watched.look(100 * LONG_QUIET) == []
        stream.write("b,Autre\n")
    assert watched.kinds() == [("published", "table.csv")]
    assert watched.table() == f"{GOOD}b,Autre\n"


def _leases(path: Path) -> bool:
    """Return whether the system tells who has a file open to write."""
    with path.open("rb") as stream:
        try:
            fcntl.fcntl(stream, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except (OSError, AttributeError) as error:
            return getattr(error, "errno", None) == errno.EAGAIN
    return True


@pytest.mark.parametrize("lock", ["~$table.csv", ".~lock.table.csv#"])
def test_a_file_open_in_a_spreadsheet_waits(watched: Watched, lock: str) -> None:
    """It is told once, and read when it is closed, or when the lock is a day old."""
    held = watched.drop("", lock)
    watched.drop(GOOD)
    assert watched.kinds() == [("waiting", "table.csv")]
    assert watched.kinds() == []
    os.utime(held, (0, 0))
    assert watched.kinds() == [("published", "table.csv")]


def test_a_file_that_cannot_be_opened_is_told(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused with the reason that the system gives."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(trial.Trial, "substitute", refuse)
    watched.drop(GOOD)
    assert watched.kinds() == [("refused", "table.csv")]
    assert "fichier illisible (accès interdit)" in watched.said()


@pytest.mark.parametrize("error", [PublicationBusyError("une autre", "another"), OSError(errno.ENOSPC, "disque plein")])
def test_what_stands_in_the_way_is_told_and_tried_again(watched: Watched, error: AnnuaireError | OSError) -> None:
    """A busy `var` or a full disk is no fault of the table: it waits, says so once, and goes in later."""
    stops = [error, error]

    def stumble(project: Project) -> Publication:
        if stops:
            raise stops.pop()
        return try_only(project)

    watched.open(stumble)
    watched.drop(GOOD)
    assert watched.kinds() == [("waiting", "")]
    assert "pas encore publié" in watched.said()
    assert (watched.table(), watched.folder.joinpath("table.csv").exists()) == ("cle,nom\n", True)
    assert watched.look(after=1) == []
    assert len(stops) == 1
    assert watched.kinds() == []
    assert stops == []
    assert watched.kinds() == [("published", "table.csv")]


@pytest.mark.parametrize("method", ["deliver", "adopt"])
def test_an_end_in_the_middle_loses_nothing(
    tiny_project: TinyProject, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Killed between the release and the table's place, the next run puts it there and publishes nothing again."""
    tiny_project.write("cle,nom\nb,Avant\n")
    var = tiny_project.var
    tiny_project.directory.joinpath(REGISTER).write_text("identifiant,table,source,nom,precision,siren\n")
    watched = Watched(tiny_project, lambda project: publish(project, var, silent))
    watched.drop(GOOD)
    with monkeypatch.context() as patch:
        patch.setattr(trial.Trial, method, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            watched.look()
    assert watched.folder.joinpath("table.csv").exists()
    first = current_release(var).name
    watched.open(lambda project: publish(project, var, silent))
    assert watched.kinds() == [("published", "table.csv")]
    assert (watched.table(), watched.archived()) == (GOOD, ["cle,nom\nb,Avant\n"])
    assert current_release(var).name == first


def test_local_ids_given_on_the_way_are_kept(watched: Watched) -> None:
    """The register that the publication writes goes into the project with the table."""
    register = "identifiant,table,source,nom,precision,siren\nlocal-1,table,table,Fictive,,\n"

    def give(project: Project) -> Publication:
        publication = try_only(project)
        (project.directory / REGISTER).write_text(register, encoding="utf-8")
        return publication

    watched.open(give)
    watched.drop(GOOD)
    assert watched.kinds() == [("published", "table.csv")]
    assert (watched.tiny.directory / REGISTER).read_text(encoding="utf-8") == register


def test_one_process_watches_a_folder(tiny_project: TinyProject, tmp_path: Path) -> None:
    """A second one is refused; so are a folder that is not there and one among the project's own tables."""
    place = tmp_path / "depot"
    place.mkdir()
    opening = partial(open_inbox, project=tiny_project.directory, publish=try_only, lang="fr")
    with opening(place), pytest.raises(PublicationBusyError, match="suit déjà"), opening(place):
        pass
    with opening(place):
        pass
    for wrong in (tmp_path / "absent", tiny_project.directory / "data"):
        with pytest.raises(UsageError), opening(wrong):
            pass


def test_tables_that_cannot_be_replaced_are_told_at_once(
    tiny_project: TinyProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A project whose data may not be written is no project to feed: the command ends with 3 before any release."""
    monkeypatch.setattr("publisher.inbox.os.access", lambda *_: False)
    command = ["watch", str(tmp_path), "--project", str(tiny_project.directory), "--var", str(tiny_project.var)]
    assert main(command) == 3
    assert str(tiny_project.directory / "data") in capsys.readouterr().err


def test_the_command_takes_up_what_is_there_and_ends_on_sigterm(
    tiny_project: TinyProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files dropped before it runs are dealt with, an event a line in JSON; SIGTERM ends it with 0."""
    (tmp_path / "table.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "inconnue.csv").write_text(GOOD, encoding="utf-8")
    tell = watch_command._tell

    def tell_and_stop(outcome: Outcome, *rest: Any) -> None:
        tell(outcome, *rest)
        if outcome.kind == "published":
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(watch_command, "_tell", tell_and_stop)
    monkeypatch.setattr(watch_command, "_POLL", 0.01)
    monkeypatch.setattr(deposits, "QUIET", 0)
    monkeypatch.setattr(deposits, "LONG_QUIET", 0)
    before = signal.getsignal(signal.SIGTERM)
    command = ["watch", str(tmp_path), "--project", str(tiny_project.directory), "--var", str(tiny_project.var)]
    assert main([*command, "--json", "--par", "Service fictif"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(event["event"], event["file"]) for event in events] == [
        ("refused", "inconnue.csv"), ("published", "table.csv"),
    ]  # fmt: skip
    assert events[1]["release"] == current_release(tiny_project.var).name
    assert current_release(tiny_project.var).manifest["by"] == "Service fictif"
    assert signal.getsignal(signal.SIGTERM) == before
