"""Several sources feed one table: rows of one key become one, field by field, by priority; each says what it gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.csvw import load_mappings
from publisher.errors import ProjectError
from publisher.fingerprint import release_id, table_digests
from publisher.intake import connect
from publisher.merging import merge
from publisher.project import load_project
from publisher.table import Table
from tests.projects.tiny import assemble_tiny

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from random import Random

    from duckdb import DuckDBPyConnection

    from publisher.errors import Finding
    from publisher.mapping import Mapping
    from tests.projects.small import SmallProject
    from tests.projects.tiny import TinyProject

HIGH = {"nom": '"region"', "table": '"table"', "fichier": '"sources/region.csv"', "priorite": "5", "date": "2026-03-01"}
LOW = HIGH | {"nom": '"metropole"', "fichier": '"sources/metropole.csv"', "priorite": "-5"}
KEY = {"name": "cle", "required": True, "propertyUrl": "skos:notation"}
NAME = {"name": "nom", "titles": "Nom affiché", "propertyUrl": "skos:prefLabel", "required": True}
TAGS = {"name": "mots", "separator": "|", "propertyUrl": "dct:subject"}
RECORD = [
    {"name": "sujet", "virtual": True, "aboutUrl": "doc/chose/{cle}", "propertyUrl": "foaf:primaryTopic",
     "valueUrl": "id/chose/{cle}"},
    {"name": "origine", "virtual": True, "aboutUrl": "doc/chose/{cle}", "propertyUrl": "prov:wasDerivedFrom",
     "valueUrl": "id/source/table"},
]  # fmt: skip
BASE = "https://annuaire.example"


def declare(directory: Path, *sources: dict[str, str]) -> None:
    """Write sources into the settings; values are TOML."""
    path = directory / "annuaire.toml"
    text = path.read_text(encoding="utf-8").partition("\n[[sources]]")[0]
    blocks = ["[[sources]]\n" + "".join(f"{key} = {value}\n" for key, value in each.items()) for each in sources]
    path.write_text("\n".join([text, *blocks]), encoding="utf-8")


def feed(tiny: TinyProject, own: str, high: str = "cle,nom\n", low: str = "cle,nom\n") -> None:
    """Write a table of three sources: its own file, one above it, one below."""
    tiny.describe(KEY, NAME, TAGS, *RECORD, primaryKey="cle", table={"dc:title": "Table fictive"})
    tiny.write(own)
    (tiny.directory / "sources").mkdir(exist_ok=True)
    (tiny.directory / "sources/region.csv").write_text(high, encoding="utf-8")
    (tiny.directory / "sources/metropole.csv").write_text(low, encoding="utf-8")
    declare(tiny.directory, HIGH, LOW)


def lines(findings: Sequence[Finding]) -> list[str]:
    """Return findings as they are shown."""
    return [finding.line() for finding in findings]


def test_the_first_source_that_says_something_wins(tiny_project: TinyProject) -> None:
    """A field takes the value of the highest priority that gives one; the others are named, with both places."""
    feed(tiny_project, "cle,nom,mots\na,Propre,\nb,Seule,\n", "cle,nom\nc,Neuve\na,Région\n", "cle,nom\nb,Autre\na,\n")
    assert sorted(map(str, tiny_project.objects("skos:prefLabel"))) == ['"Neuve"', '"Région"', '"Seule"']
    assert lines(tiny_project.findings()) == [
        'data/table.csv:2: nom "Propre": valeur écartée : sources/region.csv:3, source prioritaire, dit « Région »',
        'sources/metropole.csv:2: nom "Autre": valeur écartée : data/table.csv:3, source prioritaire, dit « Seule »',
    ]


def test_several_values_are_those_of_all_sources(tiny_project: TinyProject) -> None:
    """A field of several values holds what every source gives, each once, and nothing is set aside."""
    feed(tiny_project, "cle,nom,mots\na,A,x|y\n", "cle,mots\na,y|z\n", "cle,mots\na,w\n")
    assert sorted(map(str, tiny_project.objects("dct:subject"))) == ['"w"', '"x"', '"y"', '"z"']
    assert tiny_project.findings() == []


def test_each_group_of_fields_says_its_source(tiny_project: TinyProject) -> None:
    """A merged record derives from its sources, each of which has a group that names the properties it gives."""
    feed(tiny_project, "cle,nom,mots\na,A,x\nb,B,x\n", "cle,nom\na,Autre\nc,C\n", "cle,mots\na,z\n")
    said = {tuple(part.strip("<>") for part in line.split(" ")[:3]) for line in tiny_project.inspect()[2]}
    about = {(s.removeprefix(BASE), o.rpartition("/")[2]) for s, p, o in said if p.endswith("porteSur")}
    assert about == {
        ("/doc/chose/a#source-region", "core#prefLabel"),
        ("/doc/chose/a#source-table", "subject"),
        ("/doc/chose/a#source-metropole", "subject"),
        ("/doc/chose/c#source-region", "core#prefLabel"),
    }
    derived = {(s.removeprefix(BASE), o.rpartition("/")[2]) for s, p, o in said if p.endswith("wasDerivedFrom")}
    assert {each for each in derived if "#" not in each[0]} == {
        ("/doc/chose/a", "table"), ("/doc/chose/a", "region"), ("/doc/chose/a", "metropole"),
        ("/doc/chose/b", "table"), ("/doc/chose/c", "region"),
    }  # fmt: skip


def test_a_source_may_lack_columns_and_have_others(tiny_project: TinyProject) -> None:
    """A column unknown to the table is passed over aloud; only the key is needed; what no source gives is missing."""
    feed(tiny_project, "cle,nom,mots\n", "Téléphone,cle\n01,a\n", "mots,cle\nx,a\n")
    assert lines(tiny_project.findings()) == [
        "sources/region.csv:2: nom: cellule obligatoire vide ; la remplir",
        "sources/region.csv:1: Téléphone: colonne que l'annuaire ne connaît pas : elle n'est pas reprise",
    ]
    feed(tiny_project, "cle,nom,mots\n", "nom\nA\n")
    assert lines(tiny_project.findings())[0].startswith("sources/region.csv:1: cle: colonne absente")


def test_columns_may_be_named_otherwise(tiny_project: TinyProject) -> None:
    """A header that the settings translate is that column; titles of the description are known as before."""
    feed(tiny_project, "cle,nom,mots\n", "Raison;Identité;MOTS\nA;a;x\n")
    declare(tiny_project.directory, HIGH | {"colonnes": '{ "Raison" = "nom", "Identité" = "cle" }'})
    assert sorted(map(str, tiny_project.objects("skos:prefLabel"))) == ['"A"']
    assert tiny_project.findings() == []


def test_what_is_wrong_is_told_at_its_source(small_project: SmallProject) -> None:
    """Cells, references and shapes are told at the file and row that the value comes from, whatever was merged."""
    small_project.keep("data/entreprises.csv")
    (small_project.directory / "sources").mkdir()
    source = small_project.directory / "sources/region.csv"
    header = "siren,nom,commune,departement,domaines,annees,offre_fr,offre_en,motif,motif_detail\n"
    wrong = "999000111,Fictive,99999,,velo|nulle,2020,a,b,theme,c\n999000011,,38185,38,velo|absente,,,,,\n"
    source.write_text(header + wrong, encoding="utf-8")
    declare(small_project.directory, HIGH | {"table": '"entreprises"'})
    found = [(each.table, each.row, each.column, each.value) for each in small_project.inspect()]
    assert [each for each in found if each[0].startswith("sources")] == [
        ("sources/region.csv", 2, "commune", "99999"),
        ("sources/region.csv", 2, "domaines", "nulle"),
        ("sources/region.csv", 2, "siren", "999000111"),
        ("sources/region.csv", 3, "domaines", "absente"),
    ]
    right = "999000128,Fictive,,,velo,2020,a,b,theme,c\n999000011,,,,velo,,,,,\n"
    source.write_text(header + right, encoding="utf-8")
    listed = small_project.check()
    assert [each.line() for each in listed if each.severity.value == "violation"] == []
    missing = [each for each in listed if each.table.startswith("sources")]
    assert [(each.row, each.column, each.record) for each in missing] == [
        (2, "departement", f"{BASE}/id/entreprise/999000128")
    ]


def test_fields_that_go_together_come_from_sources_that_agree(small_project: SmallProject) -> None:
    """A commune is not completed with the département of a source that names another commune: both are set aside."""
    small_project.keep("data/entreprises.csv")
    (small_project.directory / "sources").mkdir()
    source = small_project.directory / "sources/region.csv"
    source.write_text("siren,commune,departement\n999000011,69264,69\n", encoding="utf-8")
    declare(small_project.directory, HIGH | {"table": '"entreprises"', "priorite": "-1"})
    small_project.set("departement", "", row=3)
    told = [each.line() for each in small_project.inspect() if each.rule == "valeur-ecartee"]
    assert told == [
        (
            'sources/region.csv:2: commune "69264": valeur écartée : data/entreprises.csv:3, source prioritaire, '
            "dit « 38185 »"
        ),
        (
            'sources/region.csv:2: departement "69": valeur écartée : data/entreprises.csv:3, source prioritaire, '
            "dit autre chose (commune + departement vont ensemble)"
        ),
    ]


def test_the_release_covers_every_source(tiny_project: TinyProject) -> None:
    """Bytes of a source, its settings and its place change the release's id; each has its checksum."""

    def identity() -> str:
        project = load_project(tiny_project.directory)
        return release_id(project, load_mappings(project))

    feed(tiny_project, "cle,nom,mots\na,A,\n")
    first = identity()
    declare(tiny_project.directory, HIGH, LOW | {"priorite": "-6", "titre": '"Autre titre"'})
    second = identity()
    (tiny_project.directory / "sources/region.csv").write_text("cle,nom\nb,B\n", encoding="utf-8")
    assert len({first, second, identity()}) == 3
    files = table_digests(load_mappings(tiny_project.project))
    assert list(files) == ["sources/region.csv", "data/table.csv", "sources/metropole.csv"]
    (tiny_project.directory / "data/table.csv").unlink()
    assert list(table_digests(load_mappings(tiny_project.project))) == ["sources/region.csv", "sources/metropole.csv"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"table": '"absente"'}, "sources.region.table: table inconnue ; l'une de : table"),
        ({"nom": '"table"'}, "sources.table.nom: c'est déjà le nom d'une table"),
        ({"nom": '"Ma Région"'}, "sources[1].nom: des minuscules"),
        ({"priorite": "0"}, "sources.region.priorite: un nombre entier autre que 0"),
        ({"priorite": "true"}, "sources.region.priorite: un nombre entier"),
        ({"priorites": "1"}, "sources[1].priorites: réglage inconnu ; vouliez-vous « priorite » ?"),
        ({"fichier": '"/etc/passwd"'}, "sources.region.fichier: un chemin dans le dossier du projet"),
        ({"fichier": '"../table.csv"'}, "sources.region.fichier: un chemin dans le dossier du projet"),
        ({"fichier": '"data/table.csv"'}, "sources.region.fichier: c'est déjà le fichier d'une table"),
        ({"url": '"https://exemple.fr/x.csv"'}, "sources.region.fichier: donner soit un fichier, soit une url"),
        ({"date": '"hier"'}, "sources.region.date: la date des données"),
        ({"date": '"2026-02-30"'}, "sources.region.date: la date des données"),
        ({"titre": "{ fr = 3, en = 4 }"}, "sources.region.titre: un texte"),
        ({"licence": '"libre"'}, "sources.region.licence: une adresse http(s)"),
        ({"colonnes": '{ "X" = "absente" }'}, "sources.region.colonnes.X: « absente » n'est pas une colonne"),
        ({"colonnes": '{ "nom" = "cle" }'}, "sources.region.colonnes.nom: cet en-tête désigne déjà « nom »"),
    ],
)
def test_a_wrong_source_is_refused_by_name(tiny_project: TinyProject, change: dict[str, str], told: str) -> None:
    """What cannot be a source is refused where it is written, with what is expected."""
    declare(tiny_project.directory, HIGH | change)
    with pytest.raises(ProjectError) as refused:
        load_mappings(tiny_project.project)
    assert f"annuaire.toml: {told}" in refused.value.texts["fr"]


def test_two_sources_never_share_a_name_or_a_rank(tiny_project: TinyProject) -> None:
    """Two sources of one name, or of one priority for one table, are refused: which one wins must be plain."""
    for other in (HIGH | {"priorite": "6"}, HIGH | {"nom": '"autre"'}):
        declare(tiny_project.directory, HIGH, other)
        with pytest.raises(ProjectError, match="sert deux fois"):
            load_project(tiny_project.directory)


CELLS = st.tuples(st.sampled_from(["", "A", "B"]), st.sampled_from(["", "x", "x|y", "z"]))
TABLES = st.lists(st.dictionaries(st.sampled_from("abcdefgh"), CELLS, max_size=8), min_size=3, max_size=3)
Merged = dict[str, tuple[str | None, frozenset[str], list[int], list[int]]]


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DuckDBPyConnection, Mapping]]:
    """Give a connection, and the mapping of a table that three sources feed."""
    tiny = assemble_tiny(tmp_path_factory.mktemp("fusion") / "projet")
    feed(tiny, "cle,nom,mots\n")
    with connect(tiny.directory) as connection:
        yield connection, tiny.mapping()


def merge_rows(fed: tuple[DuckDBPyConnection, Mapping], sources: Sequence[dict[str, tuple[str, str]]]) -> Merged:
    """Merge the rows of three sources, the first of which wins: key → name, words, sources of each."""
    connection, mapping = fed
    for part, source in zip(mapping.parts, sources, strict=True):
        connection.execute(
            f"CREATE OR REPLACE TABLE {part.relation} (__row INTEGER, cle VARCHAR, nom VARCHAR, mots VARCHAR)"
        )
        rows = [(number, key, *cells) for number, (key, cells) in enumerate(source.items(), 2)]
        if rows:
            connection.executemany(f"INSERT INTO {part.relation} VALUES (?, ?, ?, ?)", rows)  # noqa: S608
    merge(connection, mapping, [Table(part, part.relation, 0) for part in mapping.parts])
    found = connection.execute(f"SELECT cle, nom, mots, of_nom, of_mots FROM {mapping.relation}").fetchall()  # noqa: S608
    return {
        key: (name, frozenset(filter(None, (words or "").split("|"))), of_name or [], of_words or [])
        for key, name, words, of_name, of_words in found
    }


@settings(max_examples=10)
@given(TABLES, st.randoms(use_true_random=False))
def test_the_order_of_rows_counts_for_nothing(
    fed: tuple[DuckDBPyConnection, Mapping], tables: list[dict[str, tuple[str, str]]], order: Random
) -> None:
    """Whatever the order of rows, the first source that names a thing names it, and the words of all are kept.

    What was merged, merged once more with sources that it came from, stays as it is.
    """
    merged = merge_rows(fed, tables)
    for key in {key for table in tables for key in table}:
        said = [(number, *table[key]) for number, table in enumerate(tables, 1) if key in table]
        name = next((cell for _, cell, _ in said if cell), None)
        words = frozenset(word for _, _, cell in said for word in cell.split("|") if word)
        of_name = [number for number, cell, _ in said if cell and cell == name]
        assert merged.pop(key) == (name, words, of_name, [number for number, _, cell in said if cell])
    assert merged == {}
    shuffled = [dict(order.sample(sorted(table.items()), len(table))) for table in tables]
    again = merge_rows(fed, shuffled)
    assert again == merge_rows(fed, tables)
    result = {key: (name or "", "|".join(sorted(words))) for key, (name, words, _, _) in again.items()}
    twice = merge_rows(fed, [result, tables[0], tables[2]])
    assert {key: each[:2] for key, each in twice.items()} == {key: each[:2] for key, each in again.items()}


def test_a_name_agrees_with_its_code(small_project: SmallProject) -> None:
    """A source that names a commune says the same as one that gives its code: nothing is set aside, both say it."""
    small_project.keep("data/entreprises.csv")
    (small_project.directory / "sources").mkdir()
    source = small_project.directory / "sources/region.csv"
    source.write_text("siren,commune,departement\n999000011,Grenoble,Isère\n", encoding="utf-8")
    declare(small_project.directory, HIGH | {"table": '"entreprises"'})
    assert [each.line() for each in small_project.inspect() if each.table.startswith("sources")] == []
    covers = [line.split(" ") for line in small_project.triples() if "999000011#source-" in line]
    says = {(s.rpartition("-")[2], o.rpartition("#")[2]) for s, p, o, *_ in covers if p.endswith("#porteSur>")}
    assert {("region>", "commune>"), ("entreprises>", "commune>")} <= says
