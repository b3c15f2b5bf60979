"""Rows without a key have local ids that stay theirs, whatever happens to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoints.app import create_app
from publisher.errors import SourceError
from publisher.local_ids import COLUMNS, REGISTER, Allotment, Entry, Keyless, allot, keep_register, read_register
from publisher.pipeline import publish
from tests.projects.small import COMPANIES, PROJECTS, SmallProject

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from flask.testing import FlaskClient

BASE = "https://annuaire.example"
NAMES = ("Alpha fictive", "Bêta fictive", "Gamma fictive", "Delta fictive")
STEPS = st.lists(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["", "38185", "69123"])), max_size=8)


def given_to(register: tuple[Entry, ...], *rows: tuple[str, str, str]) -> Allotment:
    """Allot ids to rows: name, what tells it apart, key."""
    return allot(register, "t", "s", [Keyless(number, *row) for number, row in enumerate(rows, 2)])


@given(STEPS, st.randoms(use_true_random=False))
def test_an_id_never_changes_hands(steps: list[dict[str, str]], order: Random) -> None:
    """Through re-ordering, edits, deletions and returns, a name has one id, and an id one name."""
    register: tuple[Entry, ...] = ()
    owners: dict[str, str] = {}
    for step in steps:
        rows = [Keyless(number, name, apart, "") for number, (name, apart) in enumerate(step.items(), 2)]
        order.shuffle(rows)
        found = allot(register, "t", "s", rows)
        assert allot(found.register, "t", "s", rows).register == found.register
        register = found.register
        for row in rows:
            assert owners.setdefault(row.name, found.keys[row.row]) == found.keys[row.row]
        assert len(set(owners.values())) == len(owners) == len(register)


@given(st.lists(st.sets(st.sampled_from(["38185", "69123", "75056"])), max_size=8))
def test_namesakes_keep_their_own(steps: list[set[str]]) -> None:
    """Two of one name are told apart by the other column: once there have been two, each place keeps its id."""
    register = given_to((), *(("Même nom", place, "") for place in ("38185", "69123"))).register
    first = {entry.apart: entry.id for entry in register}
    for step in steps:
        places = sorted(step, reverse=True)
        found = given_to(register, *(("Même nom", place, "") for place in places))
        for row, place in enumerate(places, 2):
            assert first.setdefault(place, found.keys[row]) == found.keys[row]
        register = found.register
        assert len(set(first.values())) == len(first)


def test_a_known_key_takes_over() -> None:
    """Once the source gives the key, the id leads to it; if it forgets the key again, the register knows it."""
    register = given_to((), ("Alpha", "", ""), ("Bêta", "", "")).register
    found = given_to(register, ("ALPHA", "", "999000128"), ("Bêta", "", ""))
    assert [(entry.id, entry.now) for entry in found.register] == [("local-1", "999000128"), ("local-2", "local-2")]
    assert [(row, rule) for row, rule, _ in found.told] == [(2, "identifiant-remplace"), (3, "identifiant-local")]
    assert given_to(found.register, ("Alpha", "", "")).keys == {2: "999000128"}
    both = given_to(register, ("Alpha", "", "999000128"), ("Alpha", "", ""))
    assert (both.keys, both.register[0].key) == ({3: "local-1"}, "")


def test_a_written_id_follows_a_new_name() -> None:
    """A row that says its id keeps it under another name, and a newcomer of the old name gets one of its own."""
    register = given_to((), ("Alpha", "", "")).register
    found = given_to(register, ("Omega", "", "local-1"), ("Alpha", "", ""))
    assert found.keys == {2: "local-1", 3: "local-2"}
    assert [(entry.id, entry.name) for entry in found.register] == [("local-1", "Omega"), ("local-2", "Alpha")]
    assert given_to(register, ("Alpha", "", "local-9")).keys == {}


def serve(small: SmallProject, runtime: Path) -> FlaskClient:
    """Serve the active release without its query processes."""
    runtime.mkdir()
    (runtime / "served").symlink_to((small.var / "current").resolve())
    return create_app(small.project, runtime).test_client()


def test_a_local_id_is_published_then_leads_to_the_siren(small_project: SmallProject, tmp_path: Path) -> None:
    """A company without a SIREN has a page under a local id, which answers for ever once the SIREN is known: 301."""
    small_project.skip_gate()
    small_project.keep(COMPANIES, PROJECTS)
    register = small_project.directory / REGISTER
    small_project.set("siren", "", row=4)
    small_project.set("siren", "local-1", row=5, name=PROJECTS)
    first = publish(small_project.project, small_project.var, lambda _: None)
    told = [each for each in first.release.report["findings"] if each["rule"] == "identifiant-local"]
    assert [(each["row"], each["column"], each["record"]) for each in told] == [
        (4, "siren", f"{BASE}/id/entreprise/local-1")
    ]
    assert "local-1,entreprises,entreprises," in register.read_text(encoding="utf-8")
    assert not publish(small_project.project, small_project.var, lambda _: None).fresh
    client = serve(small_project, tmp_path / "un")
    text = client.get("/doc/entreprise/local-1.nt").get_data(as_text=True)
    assert f'<{BASE}/id/entreprise/local-1> <http://purl.org/dc/terms/identifier> "local-1" .' in text
    assert "0002:local" not in text
    assert "annuaire-entreprises.data.gouv.fr/entreprise/local" not in text
    assert client.get("/doc/entreprise/local-1.html").status_code == 200
    small_project.set("siren", "999000128", row=4)
    publish(small_project.project, small_project.var, lambda _: None)
    client = serve(small_project, tmp_path / "deux")
    for path in ("/id/entreprise/{}", "/doc/entreprise/{}", "/doc/entreprise/{}.ttl"):
        moved = client.get(path.format("local-1"))
        assert (moved.status_code, moved.headers["Location"]) == (301, path.format("999000128"))
    assert client.get("/id/entreprise/999000128").status_code == 303
    assert register.read_text(encoding="utf-8").rstrip().endswith(",999000128")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("1,t,s,A,,", "2: identifiant attendu : local-1, local-2…"),
        ("local-1,t,s,A,,123", "2: « 123 » n'est pas un SIREN"),
        ("local-1,t,s,A,,\nlocal-1,t,s,B,,", "3: local-1 est déjà pris"),
    ],
)
def test_a_damaged_register_is_refused(tmp_path: Path, line: str, told: str) -> None:
    """A line of the register that says nothing sure is refused at its row, and nothing is given meanwhile."""
    (tmp_path / "data").mkdir()
    (tmp_path / REGISTER).write_text(f"{','.join(COLUMNS)}\n{line}\n", encoding="utf-8")
    with pytest.raises(SourceError) as refused:
        read_register(tmp_path)
    assert told in refused.value.texts["fr"]


def test_a_register_saved_by_a_spreadsheet_is_the_same(tmp_path: Path) -> None:
    """Semicolons and a byte-order mark change nothing; what is written is read back."""
    register = given_to((), ("Alpha", "38185", ""), ("Bêta ; « fictive »", "", "")).register
    (tmp_path / "data").mkdir()
    keep_register(tmp_path, register)
    assert read_register(tmp_path) == register
    saved = "\n".join(";".join(row) for row in [COLUMNS, ("local-1", "t", "s", "Alpha", "38185", "")])
    (tmp_path / REGISTER).write_text("\ufeff" + saved, encoding="utf-8")
    assert read_register(tmp_path) == register[:1]
