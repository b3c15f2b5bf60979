"""References lead to real territories, domains and companies, or say which ones were probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from publisher.csvw import load_mappings
from publisher.intake import connect
from publisher.mapping import Mapping, Reference
from publisher.project import load_project
from publisher.resolution import explain_unknown, nearest
from publisher.table import read_table
from tests.projects.small import COMPANIES, HELD, ROOT, SmallProject
from tests.projects.tiny import ASC, KEY, TinyProject

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.errors import Finding

PROJECTS = "data/projets.csv"
COMMUNES = "data/territoires/communes.csv"
DEPARTEMENTS = "data/territoires/departements.csv"


@pytest.fixture
def small_project(small_project: SmallProject) -> SmallProject:
    """Give the tables whose references these tests are about, and those they lead to."""
    small_project.keep(COMPANIES, PROJECTS, "data/solutions.csv")
    return small_project


def told(small: SmallProject, column: str, value: str, *, name: str = COMPANIES) -> list[tuple[str, str]]:
    """Return the rule and French text of each finding on a cell once it holds a value."""
    small.set(column, value, row=3, name=name)
    return said(small.inspect(), column, name)


def said(findings: list[Finding], column: str, name: str = COMPANIES) -> list[tuple[str, str]]:
    """Return the rule and French text of each finding on a cell of the third row."""
    found = [f for f in findings if (f.table, f.row, f.column) == (name, 3, column)]
    return [(finding.rule, finding.texts["fr"]) for finding in found]


@pytest.mark.parametrize(
    ("column", "value", "near"),
    [
        ("commune", "38186", "« 38185 (Grenoble) »"),
        ("commune", "Grenobles", "« 38185 (Grenoble) »"),
        ("commune", "Echirole", "« 38151 (Échirolles) »"),
        ("departement", "Rhonne", "« 69 (Rhône) »"),
        ("departement", "isèr", "« 38 (Isère) »"),
        ("domaines", "éclairages", "« eclairage ("),
        ("domaines", "velo|vélos", "« velo ("),
    ],
)
def test_the_nearest_real_values_are_proposed(small_project: SmallProject, column: str, value: str, near: str) -> None:
    """A name or a code nearly right is refused with the real ones, without regard to accents or case."""
    findings = told(small_project, column, value)
    assert [rule for rule, _ in findings] == ["reference-inconnue"]
    assert near in findings[0][1]


@pytest.mark.parametrize(
    ("column", "value", "code", "rules"),
    [
        ("commune", "Grenoble", "38185", []),
        ("commune", "ECHIROLLES", "38151", []),
        ("commune", "St Martin d'Heres", "38421", []),
        ("commune", "Pont de Claix (38)", "38317", []),
        ("commune", "38110 La Tour du Pin", "38509", []),
        ("departement", "isère", "38", []),
        ("departement", "38 - Isère", "38", []),
        ("departement", "038", "38", ["code-complete"]),
        ("domaines", "Velo et mobilites actives|eclairage", "velo", []),
        ("domaines", "Éclairage|VÉLO", "eclairage", []),
    ],
)
def test_a_name_is_read_as_its_code(
    small_project: SmallProject, column: str, value: str, code: str, rules: list[str]
) -> None:
    """A name that leaves no doubt is published as the code it stands for; a code mended is told."""
    small_project.set(column, value, row=3)
    findings, statements = small_project.examine(convert=True)
    assert [rule for rule, _ in said(findings, column)] == rules
    term = {"commune": "#commune> <http://id.insee.fr/geo/commune/", "departement": "/geo/departement/"}
    wanted = f"{term.get(column, '/domaine/')}{code}>"
    subject = "<https://annuaire.example/id/entreprise/999000011>"
    assert [line for line in statements if line.startswith(subject) and wanted in line]


def test_a_commune_by_its_name_alone_is_told(small_project: SmallProject) -> None:
    """With no département and no postal code to confirm it, a commune read from its name gets a warning."""
    small_project.set("departement", "", row=3)
    found = told(small_project, "commune", "Vienne")
    assert [rule for rule, _ in found] == ["nom-seul"]
    assert "« 38544 (Vienne, 38) »" in found[0][1]


def test_namesakes_are_told_with_their_departement(small_project: SmallProject) -> None:
    """A name that several communes share is refused with all of them, each with its département."""
    rows = small_project.rows(COMMUNES)
    next(row for row in rows if row["code"] == "69029")["nom"] = "Vienne"
    small_project.write_rows(rows, COMMUNES)
    small_project.set("departement", "", row=3)
    found = told(small_project, "commune", "vienne")
    assert [rule for rule, _ in found] == ["reference-ambigue"]
    assert "« 38544 (Vienne, 38) », « 69029 (Vienne, 69) »" in found[0][1]


def test_a_commune_named_beside_another_departement(small_project: SmallProject) -> None:
    """A commune is read from its name even where the département denies it: that is told, at the département."""
    small_project.set("commune", "Lyon", row=3)
    assert told(small_project, "departement", "38") == [
        ("reference-incoherente", "ne va pas avec commune « 69123 » ; la référence dit « 69 »")
    ]


def test_nothing_like_it_is_proposed_nothing(small_project: SmallProject) -> None:
    """A value that resembles nothing gets no proposal."""
    assert told(small_project, "departement", "@") == [("reference-inconnue", "code de département inconnu")]


def test_what_is_far_is_not_proposed(small_project: SmallProject) -> None:
    """A name or a code of elsewhere is near no département; a word of a label leads to what bears it."""
    for value in ("Tarn", "99"):
        assert told(small_project, "departement", value) == [("reference-inconnue", "code de département inconnu")]
    small_project.set("departement", "38", row=3)
    (found,) = told(small_project, "domaines", "lighting")
    assert found == ("reference-inconnue", "domaine inconnu ; le plus proche : « eclairage (Éclairage public) »")


def test_a_commune_and_a_departement_must_agree(small_project: SmallProject) -> None:
    """The département typed is compared with the commune's own."""
    findings = told(small_project, "departement", "69")
    assert findings == [("reference-incoherente", "ne va pas avec commune « 38185 » ; la référence dit « 38 »")]


def test_a_disagreement_shows_the_cell_as_it_is_written(small_project: SmallProject) -> None:
    """A département that was read from its name, and that its commune denies, is told as the steward wrote it."""
    assert [rule for rule, _ in told(small_project, "departement", "Rhône")] == ["reference-incoherente"]


def test_a_departement_typed_for_a_commune_without_one(small_project: SmallProject) -> None:
    """A commune that lies in no département agrees with none."""
    rows = small_project.rows(COMMUNES)
    next(row for row in rows if row["code"] == "38185")["departement"] = ""
    small_project.write_rows(rows, COMMUNES)
    assert told(small_project, "departement", "38")[0] == (
        "reference-incoherente",
        "ne va pas avec commune « 38185 » ; la référence dit « rien »",
    )


def test_an_unknown_departement_is_told_once(small_project: SmallProject) -> None:
    """An unknown département beside a commune is one finding: unknown, not also inconsistent."""
    assert [rule for rule, _ in told(small_project, "departement", "Isèrre")] == ["reference-inconnue"]


def test_a_commune_implies_its_departement(small_project: SmallProject) -> None:
    """A company whose département is not written is in that of its commune, and in its région."""
    small_project.set("departement", "", row=3)
    small_project.set("departement", "", row=4)
    small_project.set("commune", "", row=4)
    graph = "\n".join(small_project.triples())
    company, lost = "entreprise/999000011> ", "entreprise/999000029> "
    place = "<https://w3id.org/annuaire-territorial/def#{}> <http://id.insee.fr/geo/{}>"
    assert f"{company}{place.format('departement', 'departement/38')}" in graph
    assert f"{company}{place.format('region', 'region/84')}" in graph
    assert f"{lost}{place.format('departement', '')[:-1]}" not in graph


def test_an_empty_commune_is_no_error(small_project: SmallProject) -> None:
    """A company may have a département and no commune."""
    assert told(small_project, "commune", "") == []


@pytest.mark.parametrize(
    ("value", "current", "label"),
    [
        ("69381", "69123", "arrondissement municipal (Lyon 1er Arrondissement)"),
        ("38196", "38053", "commune déléguée, commune associée ou ancien code : "),
    ],
)
def test_other_codes_are_replaced_with_a_warning(
    small_project: SmallProject, value: str, current: str, label: str
) -> None:
    """A municipal arrondissement or a former code is accepted, told, and published as the current commune."""
    small_project.set("departement", current[:2], row=3)
    small_project.set("commune", value, row=3)
    found, statements = small_project.examine(convert=True)
    findings = said(found, "commune")
    assert [rule for rule, _ in findings] == ["code-remplace"]
    assert findings[0][1].startswith(label)
    assert f"« {current} »" in findings[0][1]
    assert "None" not in findings[0][1]
    subject = "<https://annuaire.example/id/entreprise/999000011>"
    commune = f"<http://id.insee.fr/geo/commune/{current}>"
    assert f"{subject} <https://w3id.org/annuaire-territorial/def#commune> {commune} ." in statements


@pytest.mark.parametrize("value", ["69D", "69M", "69d"])
def test_an_authority_typed_for_a_departement_is_explained(small_project: SmallProject, value: str) -> None:
    """The code of a local authority is told apart from that of its département."""
    rule, text = told(small_project, "departement", value)[0]
    assert rule == "code-a-ne-pas-confondre"
    assert text.endswith("écrire 69")


def test_a_row_held_back_is_listed_and_left_out(small_project: SmallProject) -> None:
    """A doubtful SIREN is not published, nor what refers to it; both are listed, as is one that no row has."""
    small_project.skip_gate()
    held = [f for f in small_project.check() if f.severity.value == "withheld"]
    assert [(f.table, f.row, f.rule) for f in held] == [
        (COMPANIES, 5, "identifiant-retenu"),
        (PROJECTS, 6, "reference-retenue"),
        ("data/siren_ambigus.csv", 3, "identifiant-retenu"),
    ]
    assert held[0].texts["fr"].endswith("deux entreprises fictives portent ce numéro")
    assert not [line for line in small_project.triples() if HELD in line]


def test_two_rows_held_back_are_no_duplicates(small_project: SmallProject) -> None:
    """Two companies under one doubtful SIREN are held back both, not refused as duplicates."""
    rows = small_project.rows()
    small_project.write_rows([*rows, {**rows[3], "nom": "Exemple fictif autre"}])
    assert [f.rule for f in small_project.inspect() if f.value == HELD and f.table == COMPANIES] == [
        "identifiant-retenu",
        "identifiant-retenu",
    ]


def test_a_company_that_is_not_there_is_unknown(small_project: SmallProject) -> None:
    """A project of a company that the directory does not have is refused."""
    rule, text = told(small_project, "siren", "999000052", name=PROJECTS)[0]
    assert rule == "reference-inconnue"
    assert text.startswith("SIREN d'entreprise inconnu")


def test_every_item_of_a_cell_is_resolved(small_project: SmallProject) -> None:
    """In a cell of several communes, other codes are replaced and the rest kept, in order."""
    small_project.set("deploiements", "69381|38185|69382", name="data/solutions.csv")
    small_project.skip_gate()
    wanted = "#deploiement> <http://id.insee.fr/geo/commune/"
    found = {line.partition(wanted)[2][:5] for line in small_project.triples() if wanted in line}
    assert found == {"38185", "69123"}


@pytest.mark.parametrize(
    "name",
    [
        COMPANIES,
        COMMUNES,
        DEPARTEMENTS,
        "data/siren_ambigus.csv",
        "data/territoires/arrondissements_municipaux.csv",
        "data/territoires/collectivites_territoriales.csv",
    ],
)
def test_any_table_may_be_unreadable(small_project: SmallProject, name: str) -> None:
    """Whichever table cannot be read, that is said of it, and no reference to it is called wrong."""
    small_project.path(name).write_bytes(b"\xff\xfe")
    assert [f.table for f in small_project.inspect() if f.severity.value == "violation"] == [name]


def test_a_dotted_variable_follows_a_reference(tiny_project: TinyProject) -> None:
    """`{ville.pays}` reads the row that `ville` refers to; an empty one, or an empty cell there, gives nothing."""
    tiny_project.describe(KEY, {"name": "pays"}, name="villes", primaryKey="cle")
    tiny_project.write("cle,pays\nv,p q\nw,\n", name="villes")
    virtual = {"name": "pays", "virtual": True}
    tiny_project.describe(
        KEY,
        {"name": "ville", "propertyUrl": "dct:spatial"},
        virtual | {"propertyUrl": "dct:coverage", "valueUrl": "id/pays/{ville.pays}"},
        {**virtual, "name": "texte", "propertyUrl": "dct:title", ASC + "textTemplate": "{ville} ({ville.pays})"},
        foreignKeys=[{"columnReference": "ville", "reference": {"resource": "villes.csv", "columnReference": "cle"}}],
    )
    tiny_project.write("cle,ville\na,v\nb,w\nc,\n")
    assert [term.value for term in tiny_project.objects("dct:coverage")] == ["https://annuaire.example/id/pays/p%20q"]
    assert [term.value for term in tiny_project.objects("dct:title")] == ["v (p q)"]


def test_references_are_compared_without_the_spaces_around(tiny_project: TinyProject) -> None:
    """Spaces around a code in the table referred to are a warning there, not an error here."""
    tiny_project.describe(KEY, name="villes", primaryKey="cle")
    tiny_project.write("cle\nv \n", name="villes")
    tiny_project.describe(
        KEY,
        {"name": "ville"},
        foreignKeys=[{"columnReference": "ville", "reference": {"resource": "villes.csv", "columnReference": "cle"}}],
    )
    tiny_project.write("cle,ville\na,v\n")
    assert [(f.table, f.rule) for f in tiny_project.findings()] == [("data/villes.csv", "espaces")]


def test_a_column_of_wrong_values_takes_no_minutes(tiny_project: TinyProject) -> None:
    """Proposals are made for the first values only; every wrong cell is listed all the same."""
    tiny_project.describe(KEY, name="villes", primaryKey="cle")
    tiny_project.write("cle\n" + "".join(f"ville {n}\n" for n in range(50)), name="villes")
    tiny_project.describe(
        KEY,
        {"name": "ville"},
        foreignKeys=[{"columnReference": "ville", "reference": {"resource": "villes.csv", "columnReference": "cle"}}],
    )
    tiny_project.write("cle,ville\n" + "".join(f"{n},villes {n % 300}\n" for n in range(1000)))
    findings = tiny_project.findings()
    assert len(findings) == 1000
    proposed = {f.value for f in findings if "proche" in f.texts["fr"]}
    assert len(proposed) == 200


class Real:
    """The real référence tables, read once."""

    def __init__(self, mappings: dict[str, Mapping], workspace: Path) -> None:
        self.mappings = mappings
        self.connection = connect(workspace)
        for mapping in mappings.values():
            if mapping.name.startswith("territoires/"):
                read_table(self.connection, mapping, workspace)

    def rule(self, value: str) -> tuple[str, str]:
        """Return the rule and French text for an unknown département."""
        reference = Reference(DEPARTEMENTS, ("code",))
        target = self.mappings[DEPARTEMENTS]
        rule, texts = explain_unknown(self.connection, value, reference, target, propose=True)
        return rule, texts["fr"]

    def codes(self) -> set[str]:
        """Return every département code."""
        rows = self.connection.execute(f"SELECT code FROM {self.mappings[DEPARTEMENTS].relation}").fetchall()  # noqa: S608
        return {code for (code,) in rows}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Real:
    """Give the repository's own territory tables."""
    mappings = {mapping.label: mapping for mapping in load_mappings(load_project(ROOT))}
    return Real(mappings, tmp_path_factory.mktemp("reel"))


def test_exactly_the_real_departements_are_known(real: Real) -> None:
    """`20` is no département; 2A, 2B, 971 to 974 and 976 are; there are 101."""
    codes = real.codes()
    assert len(codes) == 101
    assert {"2A", "2B", "971", "972", "973", "974", "976", "01", "95"} <= codes
    assert not {"20", "00", "96", "975", "977", "978", "1", "69D", "6AE"} & codes


@pytest.mark.parametrize(
    ("value", "rule", "told"),
    [
        ("69D", "code-a-ne-pas-confondre", "écrire 69"),
        ("69M", "code-a-ne-pas-confondre", "Métropole de Lyon"),
        ("6AE", "code-a-ne-pas-confondre", "écrire 67 ou 68"),
        ("975", "code-a-ne-pas-confondre", "Saint-Pierre-et-Miquelon"),
        ("métropole de lyon", "code-a-ne-pas-confondre", "écrire 69"),
        ("Rhonne", "reference-inconnue", "« 69 (Rhône) »"),
    ],
)
def test_what_is_no_departement_is_explained(real: Real, value: str, rule: str, told: str) -> None:
    """Codes of authorities, of the undivided Corse and of overseas territories are told for what they are."""
    assert real.rule(value)[0] == rule
    assert told in real.rule(value)[1]


@pytest.mark.parametrize(
    ("value", "first"), [("Grenoble", "38185 (Grenoble)"), ("1001", "01001 (L'Abergement-Clémenciat)")]
)
def test_among_all_communes_the_right_one_comes_first(real: Real, value: str, first: str) -> None:
    """Among 35,000 communes, a name or a code without its leading zero leads to the right one."""
    reference = Reference(COMMUNES, ("code",))
    assert nearest(real.connection, value, reference, real.mappings[COMMUNES])[0] == first
