"""The territory tables: what they hold, how they hang together, and that they can be derived again."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path

import pytest
from stdnum.fr import siren

from publisher.derive.territoires import derive_territoires, name_with_article, name_without_article
from tests.installs import missing

DATA = Path(__file__).parents[1] / "data"
TABLES = DATA / "territoires"
REFERENCE = DATA / "derivation" / "territoires"
ROWS = {
    "regions": 18,
    "departements": 101,
    "arrondissements": 333,
    "communes": 34_875 + 85,
    "arrondissements_municipaux": 45,
    "codes_communes": 4_240,
    "epci": 1_255,
    "collectivites_outre_mer": 7,
    "zones_outre_mer": 8,
    "collectivites_territoriales": 98,
}
MAPPED_KEYS = {"propertyUrl", "suppressOutput"}

Table = dict[str, dict[str, str]]


@cache
def table(name: str) -> Table:
    """Return a table's rows by code."""
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


def description(name: str) -> dict[str, object]:
    """Return a table's CSVW description."""
    content: dict[str, object] = json.loads((TABLES / f"{name}.csv-metadata.json").read_text(encoding="utf-8"))
    return content


def references() -> list[tuple[str, list[str], str, list[str]]]:
    """Return every foreign key: table, its columns, the table referred to, its columns."""
    found = []
    for name in ROWS:
        schema = description(name)["tableSchema"]
        assert isinstance(schema, dict)
        for key in schema.get("foreignKeys", []):
            sides = (key["columnReference"], key["reference"]["columnReference"])
            own, other = ([side] if isinstance(side, str) else list(side) for side in sides)
            found.append((name, own, key["reference"]["resource"].removesuffix(".csv"), other))
    return found


@pytest.mark.parametrize(("name", "rows"), ROWS.items())
def test_each_table_has_its_rows_once_and_sorted(name: str, rows: int) -> None:
    """A table has the number of rows of COG 2026, each code once, in the order of codes."""
    text = (TABLES / f"{name}.csv").read_text(encoding="utf-8")
    assert text.count("\n") == rows + 1
    assert len(table(name)) == rows
    assert list(table(name)) == sorted(table(name))


def test_communes_are_those_of_the_regions_and_of_the_overseas_collectivities() -> None:
    """A commune has a département and a région, or an overseas collectivity and neither."""
    communes = table("communes").values()
    assert sum(1 for row in communes if row["departement"] and row["region"]) == 34_875
    overseas = [row for row in communes if row["collectivite_outre_mer"]]
    assert len(overseas) == 85
    assert not any(row["departement"] or row["region"] or row["epci"] for row in overseas)


@pytest.mark.parametrize("reference", references(), ids=lambda each: f"{each[0]}-{'-'.join(each[1])}")
def test_every_parent_exists(reference: tuple[str, list[str], str, list[str]]) -> None:
    """Each foreign key of the descriptions, composite ones included, finds its row."""
    name, columns, other, keys = reference
    known = {tuple(row[key] for key in keys) for row in table(other).values()}
    for row in table(name).values():
        cells = [row[column] for column in columns]
        values = [(item,) for item in cells[0].split("|")] if len(cells) == 1 else [tuple(cells)]
        assert all(value in known for value in values if all(value)), row


def test_each_commune_has_exactly_one_direct_parent() -> None:
    """A commune hangs from its arrondissement, else its département (Mayotte), else its collectivity."""
    parents = ("arrondissement", "departement_direct", "collectivite_outre_mer")
    rows = table("communes").values()
    assert all(sum(bool(row[parent]) for parent in parents) == 1 for row in rows)
    assert {row["departement"] for row in rows if row["departement_direct"]} == {"976"}


def test_an_old_code_leads_in_one_step_to_a_current_commune() -> None:
    """No redirect leaves from a current commune, so that none can loop or chain."""
    codes, communes = table("codes_communes"), table("communes")
    assert codes.keys().isdisjoint(communes)
    assert all(row["commune"] in communes for row in codes.values())
    assert codes["01003"]["commune"] == "01165"


def test_a_former_commune_has_a_name_and_a_class_an_old_code_has_neither() -> None:
    """Delegated and associated communes are named; a former code carries no URI segment."""
    kinds = {(row["type"], row["segment"], bool(row["nom"])) for row in table("codes_communes").values()}
    assert kinds == {
        ("CommuneDeleguee", "communeDeleguee", True),
        ("CommuneAssociee", "communeAssociee", True),
        ("AncienCode", "", False),
    }


def test_municipal_arrondissements_belong_to_paris_lyon_and_marseille() -> None:
    """The 20, 9 and 16 arrondissements lead to their commune and add up to its population."""
    rows = table("arrondissements_municipaux").values()
    for commune, departement, number in (("75056", "75", 20), ("69123", "69", 9), ("13055", "13", 16)):
        own = [row for row in rows if row["commune"] == commune]
        assert len(own) == number
        assert {row["departement"] for row in own} == {departement}
        population = table("communes")[commune]["population"]
        assert sum(int(row["population"]) for row in own) == int(population)


def test_corsica_has_two_departements_and_no_20() -> None:
    """2A and 2B are départements, 20 is none, and their communes keep the letter."""
    departements = table("departements")
    assert departements["2A"]["nom"] == "Corse-du-Sud"
    assert departements["2B"]["region"] == departements["2A"]["region"] == "94"
    assert "20" not in departements
    assert table("communes")["2A004"]["nom"] == "Ajaccio"


def test_overseas_collectivities_are_no_departements() -> None:
    """975, 977, 978, 984, 986, 987 and 988 are collectivities; 971 to 974 and 976 are départements."""
    assert set(table("collectivites_outre_mer")) == {"975", "977", "978", "984", "986", "987", "988"}
    overseas = {code for code in table("departements") if code.startswith("97")}
    assert overseas == {"971", "972", "973", "974", "976"}


@pytest.mark.parametrize(
    ("name", "tncc", "without", "with_article"),
    [
        ("Rhône", 2, "Rhône", "le Rhône"),
        ("Ain", 5, "Ain", "l'Ain"),
        ("Landes", 4, "Landes", "les Landes"),
        ("Paris", 0, "Paris", "Paris"),
        ("Île-de-France", 1, "Île-de-France", "Île-de-France"),
    ],
)
def test_a_name_takes_the_article_of_its_code(name: str, tncc: int, without: str, with_article: str) -> None:
    """The code TNCC gives the article that a sentence needs before a département or a région."""
    assert name_without_article(name, tncc) == without
    assert name_with_article(name, tncc) == with_article


@pytest.mark.parametrize(
    ("code", "name", "without"),
    [
        ("76351", "Le Havre", "Havre"),
        ("17300", "La Rochelle", "Rochelle"),
        ("01001", "L'Abergement-Clémenciat", "Abergement-Clémenciat"),
        ("60703", "Aux Marais", "Marais"),
        ("97418", "Sainte-Marie", "Sainte-Marie"),
    ],
)
def test_a_commune_is_named_with_and_without_its_article(code: str, name: str, without: str) -> None:
    """A commune's name carries its article, its name without article does not."""
    row = table("communes")[code]
    assert (row["nom"], row["nom_sans_article"]) == (name, without)


def test_the_three_rhones_are_told_apart() -> None:
    """69 is a département; 69D and 69M are two authorities within it, 6AE one over two départements."""
    authorities = table("collectivites_territoriales")
    assert authorities.keys().isdisjoint(table("departements"))
    assert {code for code, row in authorities.items() if row["departements"] == "69"} == {"69D", "69M"}
    assert authorities["6AE"]["departements"] == "67|68"
    assert authorities["20R"]["departements"] == "2A|2B"
    assert authorities["75C"]["siren"] == table("communes")["75056"]["siren"]
    assert authorities["69M"]["siren"] in table("epci")


def test_every_siren_has_a_valid_key() -> None:
    """SIRENs of EPCI, authorities and communes pass their check digit."""
    numbers = list(table("epci"))
    numbers += [row["siren"] for row in table("collectivites_territoriales").values()]
    numbers += [row["siren"] for row in table("communes").values() if row["siren"]]
    assert [number for number in numbers if not siren.is_valid(number)] == []


def test_external_identifiers_are_never_shared() -> None:
    """No two départements, and no two régions, have the same ISO 3166-2, NUTS or Wikidata identifier."""
    for name in ("departements", "regions"):
        for column in ("iso_3166_2", "nuts", "wikidata"):
            values = [row[column] for row in table(name).values() if row[column]]
            assert len(values) == len(set(values))


def test_the_nuts_code_of_a_departement_extends_that_of_its_region() -> None:
    """The NUTS 3 code of a département begins with the code of its région."""
    regions = table("regions")
    for row in table("departements").values():
        assert row["nuts"].startswith(regions[row["region"]]["nuts"])


@pytest.mark.parametrize("name", ROWS)
def test_every_column_is_described_in_both_languages_and_mapped_or_suppressed(name: str) -> None:
    """A description covers the table's columns, has titles and texts in fr and en, and forgets no column."""
    schema = description(name)["tableSchema"]
    assert isinstance(schema, dict)
    columns = schema["columns"]
    header = next(iter(table(name).values())).keys()
    assert [each["name"] for each in columns if not each.get("virtual")] == list(header)
    for each in columns:
        assert set(each["titles"]) == {"fr", "en"}
        assert [text["@language"] for text in each["dc:description"]] == ["fr", "en"]
        assert len(MAPPED_KEYS & each.keys()) == 1


def test_the_cog_year_is_named() -> None:
    """The description of the communes names the year of the Code officiel géographique."""
    assert description("communes")["https://w3id.org/annuaire-territorial/def#cogYear"] == 2026


def test_the_outlines_are_those_of_the_101_departements() -> None:
    """The map file has one closed outline a département, its name, a credit, and stays small."""
    path = TABLES / "departements.geojson"
    assert path.stat().st_size <= 280_000
    document = json.loads(path.read_text(encoding="utf-8"))
    assert "IGN" in document["attribution"]
    names = {each["properties"]["code"]: each["properties"]["nom"] for each in document["features"]}
    assert names == {code: row["nom"] for code, row in table("departements").items()}
    for each in document["features"]:
        geometry = each["geometry"]
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        assert all(ring[0] == ring[-1] and len(ring) > 3 for polygon in polygons for ring in polygon)


def test_deriving_again_gives_the_same_bytes(tmp_path: Path) -> None:
    """From the npm package and the tables kept by hand, the derivation writes the committed bytes."""
    package = TABLES.parents[1] / "node_modules" / "@etalab" / "decoupage-administratif"
    if not package.is_dir():
        missing("@etalab/decoupage-administratif is missing: make assets")
    assert derive_territoires(package, tmp_path, reference=REFERENCE) == ROWS
    for name in ROWS:
        assert (tmp_path / f"{name}.csv").read_bytes() == (TABLES / f"{name}.csv").read_bytes(), name
