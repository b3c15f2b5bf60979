"""The history: steps that only grow, states that can be read back, and nothing of what never took effect."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.namespace import SKOS

from endpoints.cli import main
from publisher import recording
from publisher.changes import CREATE, DELETE, UPDATE, Occasion
from publisher.differences import compare_releases
from publisher.errors import ReleaseError, UsageError
from publisher.history import INDEX, History
from publisher.lock import publication_lock
from publisher.recording import rebuild_index
from publisher.release import activate, current_release, list_releases
from publisher.release_notes import write_notes
from publisher.upkeep import prune, roll_back
from tests.history_fixture import BASE, FIRST, SECOND, START, Chronicle, company, town

if TYPE_CHECKING:
    from publisher.steps import Change, Step

ROOT = Path(__file__).parents[1]
A, B, C = (f"{BASE}/id/entreprise/99900000{n}" for n in (1, 2, 3))


@pytest.fixture
def chronicle(tmp_path: Path) -> Chronicle:
    """Give a directory with two releases: one thing changed, one gone, one new."""
    made = Chronicle(tmp_path / "var")
    made.publish(FIRST)
    made.publish(SECOND)
    return made


def actions(chronicle: Chronicle) -> list[tuple[int, str, str]]:
    """Return what the history tells, in order."""
    with closing(chronicle.history()) as history:
        return [(each.number, each.thing, each.action) for each in history.changes(1, 100)]


def test_a_first_release_is_all_new_and_the_next_tells_the_difference(chronicle: Chronicle) -> None:
    """Added, changed and withdrawn things are told by step; sub-nodes and records go with their thing."""
    assert actions(chronicle) == [(1, A, CREATE), (1, B, CREATE), (2, A, UPDATE), (2, B, DELETE), (2, C, CREATE)]
    with closing(chronicle.history()) as history:
        first, second = sorted(history.steps(), key=lambda step: step.number)
        assert (first.previous, first.release, second.previous) == (None, "essai-1", "essai-1")
        assert (first.added, second.added, second.removed) == (11, 6, 5)
        assert first.others == {"commune": {"added": 1, "removed": 0}}
        latest = history.latest(A)
        assert latest is not None
        assert history.state(latest) == sorted(line for line in SECOND if "999000001" in line)
        assert history.step(10**30) is None
        assert history.latest(A, 10**30) == latest
        gone = history.latest(B)
        assert gone is not None
        assert (history.state(gone), gone.label("en")) == ([], "Bêta fictive")
        assert list(history.others(1)) == [(True, FIRST[-1])]


def test_notes_are_sentences_in_both_languages(chronicle: Chronicle) -> None:
    """Release notes name what changed when it is little."""
    with closing(chronicle.history()) as history:
        notes = [list(write_notes(history, step)) for step in history.steps()]
    assert notes[0] == [
        {"fr": "Entreprises : 1 ajout (Gamma).", "en": "Companies: 1 addition (Gamma)."},
        {"fr": "Entreprises : 1 modification (Alpha fictive).", "en": "Companies: 1 change (Alpha fictive)."},
        {"fr": "Entreprises : 1 retrait (Bêta fictive).", "en": "Companies: 1 withdrawal (Bêta fictive)."},
    ]
    assert notes[1][0] == {"fr": "Première version.", "en": "First release."}


def test_notes_read_only_what_they_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That a class changed little is told without reading what became of the others, which may be a million."""
    chronicle = Chronicle(tmp_path / "var")
    kinds = {"solution": 1, "entreprise": 9}
    things = [f"<{BASE}/id/{kind}/{number}>" for kind, total in kinds.items() for number in range(total)]
    chronicle.publish([f'{thing} <{SKOS.prefLabel}> "Fictive"@fr .' for thing in things])
    read: list[Change] = []
    changes_of = History.changes_of

    def recorded(*asked: Any, **more: Any) -> list[Change]:
        found = changes_of(*asked, **more)
        read.extend(found)
        return found

    with closing(chronicle.history()) as history:
        monkeypatch.setattr(History, "changes_of", recorded)
        notes = [note["fr"] for note in write_notes(history, history.steps(1)[0])]
    assert notes == ["Première version.", "Entreprises : 9 ajouts.", "Solutions : 1 ajout (Fictive)."]
    assert [each.kind for each in read] == ["solution"]


def test_notes_begin_with_companies() -> None:
    """What the directory is about comes first in the notes, whatever the names of the classes."""
    counts = {kind: {CREATE: 9} for kind in ("collectivite", "convention", "entreprise", "inconnu")}
    step = SimpleNamespace(undone=None, previous="essai-1", reason="", number=1, others={})
    notes = write_notes(cast("History", SimpleNamespace(counts=lambda _: counts)), cast("Step", step))
    assert [note["fr"].partition(" :")[0] for note in notes] == [
        "Entreprises",
        "Conventions Action cœur de ville",
        "Collectivités",
        "Inconnu",
    ]


def test_a_step_never_taken_is_not_told(chronicle: Chronicle) -> None:
    """A publication killed before `current` moves leaves a step that nobody reads; the next one takes its number."""
    before = actions(chronicle)
    chronicle.publish(FIRST, activate=False)
    assert actions(chronicle) == before
    with publication_lock(chronicle.var):
        recording.draft(BASE, chronicle.var, "essai-3", _dump(chronicle, "essai-1"), Occasion(START))
        recording.adopt_draft(chronicle.var, "essai-3")
    assert (chronicle.var / "history/3.nq.gz").is_file()
    assert actions(chronicle) == before
    chronicle.publish([*SECOND, *company("999000002", "Bêta fictive")])
    assert actions(chronicle) == [*before, (3, B, CREATE)]


def test_only_steps_and_their_index_stay(chronicle: Chronicle) -> None:
    """What is unpacked or made again to be compared is removed, though the dump of the release before is lost."""
    _dump(chronicle).unlink()
    chronicle.publish(FIRST)
    assert {path.name for path in (chronicle.var / "history").iterdir()} == {
        "1.nq.gz",
        "2.nq.gz",
        "3.nq.gz",
        INDEX,
    }


def test_killed_anywhere_the_history_agrees_with_the_active_release(tmp_path: Path) -> None:
    """SIGKILL at any replacement of a file: what the history says is always what the active release holds."""
    chronicle = Chronicle(tmp_path / "var")
    chronicle.publish(FIRST)
    for place in range(1, 5):
        done = subprocess.run(
            [sys.executable, "-c", _KILLED, str(chronicle.var), str(place)],
            cwd=ROOT,
            check=False,
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode in {0, -signal.SIGKILL}, done.stderr
        assert held(chronicle) == sorted(set(gzip.decompress(_dump(chronicle).read_bytes()).decode().splitlines()))
    assert done.returncode == 0
    with closing(chronicle.history()) as history:
        steps = [step.number for step in history.steps()]
    assert steps == list(range(len(steps), 0, -1))


_KILLED = """
import os, pathlib, signal, sys
from tests.history_fixture import SECOND, Chronicle
left = int(sys.argv[2])
def counted(plain):
    def replace(*arguments):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return plain(*arguments)
    return replace
pathlib.Path.replace = counted(pathlib.Path.replace)
Chronicle(pathlib.Path(sys.argv[1])).publish(SECOND)
"""


def held(chronicle: Chronicle) -> list[str]:
    """Return the statements that the history leads to: things at their latest, and the sum of the rest."""
    lines: set[str] = set()
    with closing(chronicle.history()) as history:
        for thing, _ in history.different(0, history.number):
            latest = history.latest(thing)
            assert latest is not None
            lines |= set(history.state(latest))
        for step in sorted(history.steps(), key=lambda each: each.number):
            for added, line in history.others(step.number):
                (lines.add if added else lines.discard)(line)
    return sorted(lines)


def test_going_back_is_a_step_of_its_own(chronicle: Chronicle) -> None:
    """A rollback is told by the history as what it undoes; the publication after it starts from there."""
    assert roll_back(chronicle.var).name == "essai-1"
    assert current_release(chronicle.var).name == "essai-1"
    told = [(3, A, UPDATE), (3, B, CREATE), (3, C, DELETE)]
    assert actions(chronicle)[5:] == told
    chronicle.publish(SECOND)
    assert actions(chronicle)[8:] == [(4, A, UPDATE), (4, B, DELETE), (4, C, CREATE)]
    with closing(chronicle.history()) as history:
        assert [step.undone for step in history.steps()] == [False, True, False, False]
        versions = history.versions(B)
        assert [each.action for each in versions] == [DELETE, CREATE, DELETE, CREATE]
        assert history.state(versions[1]) == sorted(company("999000002", "Bêta fictive"))
    assert held(chronicle) == sorted(SECOND)


def test_a_rollback_is_refused_when_it_makes_no_sense(chronicle: Chronicle) -> None:
    """To the active release, to one that is not there, or to a damaged one: nothing moves."""
    with pytest.raises(UsageError):
        roll_back(chronicle.var, "essai-2")
    with pytest.raises(UsageError):
        roll_back(chronicle.var, "9")
    (chronicle.var / "releases/essai-1/void.nt").write_text("abîmé", encoding="utf-8")
    with pytest.raises(ReleaseError) as damaged:
        roll_back(chronicle.var, "1")
    assert "void.nt" in damaged.value.texts["fr"]
    assert current_release(chronicle.var).name == "essai-2"


def test_instants_only_grow(tmp_path: Path) -> None:
    """A clock that goes backwards, or stands still, does not reorder the history."""
    chronicle = Chronicle(tmp_path / "var")
    for hours in (0, -5, -5, 2):
        chronicle.publish(company("999000001", f"Alpha {hours}"), START + timedelta(hours=hours))
    with closing(chronicle.history()) as history:
        instants = [step.instant for step in history.steps()][::-1]
    assert instants == sorted(set(instants))
    assert instants[0] == "2026-03-01T08:00:00+00:00"
    assert instants[-1] == "2026-03-01T10:00:00+00:00"


def test_the_index_is_made_of_the_steps_alone(chronicle: Chronicle) -> None:
    """Lost, the index is made again, the same; the next publication does so by itself."""
    roll_back(chronicle.var)
    told = actions(chronicle)
    (chronicle.var / "history" / INDEX).unlink()
    assert actions(chronicle) == []
    with publication_lock(chronicle.var):
        assert rebuild_index(chronicle.var) == 3
    assert actions(chronicle) == told
    (chronicle.var / "history" / INDEX).unlink()
    chronicle.publish(SECOND)
    assert actions(chronicle)[: len(told)] == told


def test_the_same_pair_gives_the_same_bytes(tmp_path: Path) -> None:
    """Apart from the instant, a step is a function of the two releases."""
    files = []
    for place in ("un", "deux"):
        chronicle = Chronicle(tmp_path / place)
        chronicle.publish(FIRST)
        chronicle.publish(SECOND)
        files.append([path.read_bytes() for path in sorted((chronicle.var / "history").glob("*.nq.gz"))])
    assert files[0] == files[1]


def test_pruning_keeps_the_active_release_and_the_history(chronicle: Chronicle) -> None:
    """The latest stay, and the active one however old; what was removed can still be compared."""
    for name in "xyz":
        chronicle.publish([*SECOND, *company("999000009", name)])
    activate(list_releases(chronicle.var)[0], chronicle.var)
    assert prune(chronicle.var, 2) == ["essai-2", "essai-3"]
    assert [release.number for release in list_releases(chronicle.var)] == [1, 4, 5]
    assert prune(chronicle.var, 0) == ["essai-4"]
    activate(list_releases(chronicle.var)[1], chronicle.var)
    with closing(chronicle.history()) as history:
        difference = compare_releases(history, "1", "2")
        assert [each.action for each in difference.things()] == [UPDATE, DELETE, CREATE]
    chronicle.publish(SECOND)
    assert current_release(chronicle.var).number == 6


def test_pruning_spares_what_a_server_may_still_serve(tmp_path: Path) -> None:
    """A release that was current minutes ago is not removed under a server that follows with a delay."""
    chronicle = Chronicle(tmp_path / "var")
    for name in "abc":
        chronicle.publish(company("999000001", name), datetime.now(tz=UTC))
    assert prune(chronicle.var, 1) == []


def test_a_release_activated_by_hand_is_followed(chronicle: Chronicle) -> None:
    """When `current` was moved by hand, the next step starts where it points."""
    activate(list_releases(chronicle.var)[0], chronicle.var)
    assert [each[0] for each in actions(chronicle)] == [1, 1]
    chronicle.publish(SECOND)
    assert held(chronicle) == sorted(SECOND)


@settings(max_examples=8)
@given(st.lists(st.dictionaries(st.sampled_from("12345"), st.sampled_from("abc"), max_size=5), min_size=2, max_size=6))
def test_any_two_releases_compare_as_their_dumps_do(
    tmp_path_factory: pytest.TempPathFactory, releases: list[dict[str, str]]
) -> None:
    """The difference composed from the history is the difference of the dumps, both ways."""
    chronicle = Chronicle(tmp_path_factory.mktemp("suite") / "var")
    contents = []
    for each in releases:
        lines = [line for n, name in each.items() for line in company(f"99900000{n}", name)]
        lines += [line for n, name in each.items() for line in town(f"6900{n}", name)]
        contents.append(set(lines))
        chronicle.publish(lines)
    with closing(chronicle.history()) as history:
        for one, other in ((0, len(releases) - 1), (len(releases) - 1, 0), (1, 0)):
            patch = list(compare_releases(history, str(one + 1), str(other + 1)).patch())
            assert {line for came, line in patch if came} == contents[other] - contents[one]
            assert {line for came, line in patch if not came} == contents[one] - contents[other]
    assert held(chronicle) == sorted(contents[-1])


def test_the_commands(chronicle: Chronicle, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Diff, rollback, prune and verify speak to people and to programs, and end with the agreed codes."""
    var = ["--var", str(chronicle.var)]
    assert main(["diff", "1", "essai-2", *var]) == 0
    printed = capsys.readouterr().out
    assert f"  + Gamma  {C}" in printed
    assert "territoires et vocabulaire : +0 -0 triplets" in printed
    assert main(["diff", "1", "2", "--json", "--nt", str(tmp_path / "nt"), *var]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["change"] for each in told["things"]] == ["changed", "withdrawn", "added"]
    assert set((tmp_path / "nt/added.nt").read_text().splitlines()) == set(SECOND) - set(FIRST)
    assert set((tmp_path / "nt/removed.nt").read_text().splitlines()) == set(FIRST) - set(SECOND)
    assert main(["diff", "1", "7", *var]) == 2
    assert main(["rollback", *var, "--json"]) == 0
    assert main(["verify", *var]) == 0
    assert "essai-1 intacte" in capsys.readouterr().out
    assert main(["prune", "--keep", "1", *var]) == 0
    assert "rien à supprimer" in capsys.readouterr().out
    os.truncate(chronicle.var / "history/1.nq.gz", 30)
    assert main(["verify", *var, "--lang", "en"]) == 3
    assert "1.nq.gz: step absent or damaged" in capsys.readouterr().out


def _dump(chronicle: Chronicle, name: str | None = None) -> Path:
    release = chronicle.var / "releases" / name if name else chronicle.var / "current"
    return release / "dumps/annuaire.nt.gz"
