"""The command line: what it prints, its exit codes, and no traceback whatever happens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import duckdb
import pytest
from xlsxwriter import Workbook

from endpoints.arguments import Parser, read_help
from endpoints.cli import _parser, main
from publisher.lock import publication_lock
from tests.projects.small import COMPANIES, SmallProject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.projects.tiny import TinyProject

COMMANDS = sorted(_parser()._subparsers._group_actions[0].choices)  # type: ignore[union-attr,arg-type]
FOUND = 'data/entreprises.csv:2: siren "999000004": '


@pytest.fixture
def quick(small_project: SmallProject) -> SmallProject:
    """Give the companies, and the tables they lead to, without shapes: these tests are not about the gate."""
    small_project.keep(COMPANIES)
    small_project.skip_gate()
    return small_project


@pytest.fixture
def tiny(tiny_project: TinyProject) -> TinyProject:
    """Give a project of one table with one row."""
    tiny_project.write("cle,nom\na,Exemple fictif\n")
    return tiny_project


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """Each command says what it does and takes --lang and --json."""
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert "--json" in printed
    assert "--lang" in printed


def help_texts(parser: Parser) -> Iterator[str]:
    """Yield every text of help of a parser and of its commands, in French."""
    yield parser.description or ""
    for action in parser._actions:
        yield action.help or ""
        for command in action.choices.values() if isinstance(action.choices, dict) else ():
            yield from help_texts(command)


def test_every_text_of_help_has_its_english() -> None:
    """What `--help` says in French is there in English, and nothing is there that is said no more."""
    assert set(help_texts(_parser())) - {""} == read_help().keys()


@pytest.mark.parametrize("arguments", ["--lang en check --help", "check --lang=en --help", "check --help --lang en"])
def test_help_speaks_the_language_asked_for(capsys: pytest.CaptureFixture[str], arguments: str) -> None:
    """English is for the command line that asks for it, wherever that stands; the next one is French again."""
    for typed, told in ((arguments, "check the tables"), ("check --help", "vérifier les tableaux")):
        with pytest.raises(SystemExit):
            main(typed.split())
        assert told in capsys.readouterr().out


def test_the_language_may_stand_before_the_command(tiny: TinyProject, capsys: pytest.CaptureFixture[str]) -> None:
    """`annuaire --lang en check` is `annuaire check --lang en`."""
    for arguments in (["--lang", "en", "check"], ["check", "--lang", "en"]):
        assert main([*arguments, "--project", str(tiny.directory)]) == 0
        assert "conforms: " in capsys.readouterr().out


def test_the_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Help lists the commands; --version says the version."""
    with pytest.raises(SystemExit):
        main(["--help"])
    printed = capsys.readouterr().out
    assert [command for command in COMMANDS if command not in printed] == []
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.startswith("annuaire ")


@pytest.mark.parametrize(
    "arguments", [[], ["rien"], ["check", "--rien"], ["serve", "--port", "x"], ["check", "--lang", "de"]]
)
def test_wrong_use_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A command or an option that does not exist ends with 2, and says how to call."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "fr", "en"),
    [
        (["init"], "il manque : DIR, --titre", "the following arguments are required: DIR, --titre"),
        (["check", "--rien"], "non reconnu : --rien", "unrecognized arguments: --rien"),
        (["serve", "--port"], "--port : une valeur est attendue", "argument --port: expected one argument"),
        (["serve", "--port", "x"], "--port : nombre attendu, non 'x'", "argument --port: invalid int value: 'x'"),
        (["serve", "--port", "65536"], "65536 n'est pas compris entre 0 et 65535", "65536 is not from 0 to 65535"),
        (["serve", "--workers", "0"], "0 n'est pas compris entre 1 et 256", "0 is not from 1 to 256"),
        (["prune", "--keep", "-1"], "-1 est inférieur à 0", "-1 is not 0 or more"),
    ],
)
def test_wrong_use_is_told_in_french_or_english(
    arguments: list[str], fr: str, en: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong with a command is told in French unless asked otherwise; numbers have limits."""
    command, *rest = arguments
    for typed, told in ((arguments, fr), ([command, "--lang", "en", *rest], en)):
        with pytest.raises(SystemExit) as ended:
            main(typed)
        assert ended.value.code == 2
        assert told in capsys.readouterr().err


def test_no_release_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The list of no release at all says so."""
    assert main(["releases", "--var", str(tmp_path)]) == 0
    assert "aucune version" in capsys.readouterr().out


def test_a_finding_is_a_line_in_french_or_english(quick: SmallProject, capsys: pytest.CaptureFixture[str]) -> None:
    """A finding is `table:row: column "value": what is wrong ; what to do`, in French unless asked otherwise."""
    quick.set("siren", "999000004")
    assert quick.main("check") == 1
    out = capsys.readouterr()
    told = "clé SIREN invalide ; vérifier les neuf chiffres sur annuaire-entreprises.data.gouv.fr"
    assert f"  {FOUND}{told}\n" in out.out
    assert "rien n'est publié" in out.err
    assert quick.main("check", "--lang", "en") == 1
    out = capsys.readouterr()
    told = "invalid SIREN check digit; check the nine digits on annuaire-entreprises.data.gouv.fr"
    assert f"  {FOUND}{told}\n" in out.out
    assert "nothing is published" in out.err


def test_a_finding_names_the_file_that_was_delivered(
    tiny_project: TinyProject, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table delivered as a workbook is called so, at the row that its author sees."""
    declared = tiny_project.directory / "data/table.csv"
    declared.unlink(missing_ok=True)
    with Workbook(declared.with_suffix(".xlsx")) as workbook:
        sheet = workbook.add_worksheet("Feuille")
        for row, cells in enumerate([("cle", "nom"), ("a", "Exemple fictif"), ("b", "#REF!")]):
            sheet.write_row(row, 0, cells)
    assert main(["check", "--project", str(tiny_project.directory)]) == 1
    assert '  data/table.xlsx:3: nom "#REF!": ' in capsys.readouterr().out
    assert main(["check", "--json", "--project", str(tiny_project.directory)]) == 1
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert (found["table"], found["file"]) == ("data/table.csv", "data/table.xlsx")


@pytest.mark.parametrize(
    ("table", "content", "told"),
    [
        ("conventions", b"a,b\n1,2\n", ":1: colonne absente : id_acv"),
        ("conventions", b"", ": aucune ligne"),
        ("conventions", b"\xff\xfe", "UTF-8"),
        ("territoires", b"[{}]", "source attendue"),
    ],
)
def test_a_source_of_another_make_writes_nothing(
    tiny_project: TinyProject, capsys: pytest.CaptureFixture[str], table: str, content: bytes, told: str
) -> None:
    """What is not the source of a derivation is refused where it fails, and the table stands as it was."""
    project, kept = tiny_project.directory, tiny_project.directory / "data/conventions.csv"
    kept.write_text("id_acv\nacv-1\n", encoding="utf-8")
    source = project / "source.csv"
    if table == "territoires":
        source = project / "source"
        (source / "data").mkdir(parents=True)
        for name in ("regions", "departements", "arrondissements", "communes", "epci"):
            (source / f"data/{name}.json").write_bytes(content)
    else:
        source.write_bytes(content)
    assert main(["derive", table, str(source), "--project", str(project)]) == 1
    assert told in capsys.readouterr().err
    assert kept.read_text(encoding="utf-8") == "id_acv\nacv-1\n"


def test_check_publishes_nothing(tiny: TinyProject, capsys: pytest.CaptureFixture[str]) -> None:
    """A check of conformant tables ends with 0 and writes nothing."""
    before = sorted(tiny.directory.rglob("*"))
    assert tiny.main("check") == 0
    assert "conforme :" in capsys.readouterr().out
    assert sorted(tiny.directory.rglob("*")) == before


def test_publish_says_what_it_did(tiny: TinyProject, capsys: pytest.CaptureFixture[str]) -> None:
    """Publishing names the release; nothing changed, it says so; forced, it publishes again."""
    assert tiny.main("publish") == 0
    assert "version " in capsys.readouterr().out
    assert tiny.main("publish") == 0
    assert "rien n'a changé" in capsys.readouterr().out
    assert tiny.main("publish", "--force", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["fresh"] is True
    assert answer["release"].endswith("-2")
    assert tiny.main("releases", "--json") == 0
    listed = json.loads(capsys.readouterr().out)["releases"]
    assert [each["active"] for each in listed] == [False, True]
    assert tiny.main("releases") == 0
    assert capsys.readouterr().out.count("\n") == 2


def test_a_refused_release_in_json(quick: SmallProject, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json, a refusal is the report, every finding in both languages."""
    quick.set("siren", "999000004")
    assert quick.main("publish", "--json") == 1
    report = json.loads(capsys.readouterr().out)
    finding = report["findings"][0]
    assert (finding["table"], finding["row"], finding["column"]) == (COMPANIES, 2, "siren")
    assert set(finding["texts"]) == {"fr", "en"}
    assert report == json.loads((quick.var / "report.json").read_text(encoding="utf-8"))
    assert not (quick.var / "current").exists()


def test_a_project_that_is_not_usable(quick: SmallProject, capsys: pytest.CaptureFixture[str]) -> None:
    """No settings: wrong use (2). A setting, a description or a shape that is wrong: the project's fault (1)."""
    assert main(["check", "--project", str(quick.directory / "data")]) == 2
    assert "annuaire.toml : introuvable" in capsys.readouterr().err
    quick.path("shapes/x.ttl").write_text("pas du Turtle", encoding="utf-8")
    assert quick.main("check") == 1
    assert "x.ttl" in capsys.readouterr().err
    quick.describe(dialect={})
    assert quick.main("check", "--lang", "en") == 1
    assert "table: dialect: outside the CSVW subset" in capsys.readouterr().err
    with quick.path("annuaire.toml").open("a", encoding="utf-8") as stream:
        stream.write('\n[contacts]\nx = "y"\n')
    assert quick.main("check", "--json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["error"] == "ProjectError"
    assert "contacts: réglage inconnu" in answer["texts"]["fr"]


def test_an_environment_that_fails_is_3(tiny: TinyProject, capsys: pytest.CaptureFixture[str]) -> None:
    """A directory that cannot be written, or another publication at work, ends with 3 and one line."""
    place = tiny.directory / "fichier"
    place.touch()
    assert main(["publish", "--project", str(tiny.directory), "--var", str(place)]) == 3
    assert capsys.readouterr().err.startswith(f"annuaire: {place} : écriture impossible")
    with publication_lock(tiny.var):
        assert tiny.main("publish") == 3
    assert "une autre publication est en cours" in capsys.readouterr().err
    (tiny.directory / "sans").mkdir()
    assert main(["releases", "--var", str(tiny.directory / "sans")]) == 0


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        duckdb.TransactionException("Failed to commit: Could not write file: No space left on device"),
    ],
)
def test_a_failing_system_is_one_line(
    tiny: TinyProject, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """An error of the system or of a library, such as a full disk, is one line and 3, not a traceback."""

    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr("publisher.pipeline.write_release", full)
    assert tiny.main("publish") == 3
    assert capsys.readouterr().err.startswith("annuaire: disque plein : la version en ligne reste en place")


def test_an_interrupted_command_is_130(tiny: TinyProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control-C ends a command without a traceback."""

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("endpoints.cli.check", stop)
    assert tiny.main("check") == 130


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_poor_terminal_is_no_obstacle(tiny: TinyProject, encoding: str) -> None:
    """A terminal that cannot show every character gets others, and the command goes on."""
    tiny.write("cle,nom\na,Exemple fictif œ <b>\n")
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "-m", "endpoints.cli", "check"],
        cwd=tiny.directory,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"balise HTML" in done.stdout


def test_a_reader_that_leaves_is_no_error(tiny: TinyProject) -> None:
    """Output cut short by its reader, as with `head`, is no error."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "endpoints.cli", "check"],
        cwd=tiny.directory,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_path_that_is_no_text(tmp_path: Path) -> None:
    """A path with bytes that are no UTF-8 is shown as it can be."""
    done = subprocess.run(
        [sys.executable.encode(), b"-m", b"endpoints.cli", b"check", b"--project", b"\xff"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
