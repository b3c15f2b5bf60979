"""A description is read by the letter of the subset; anything else is refused by name."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.csvw import load_mappings
from publisher.csvw_subset import KEYS
from publisher.errors import MappingError, ProjectError
from publisher.project import load_project
from tests.projects.small import ROOT
from tests.projects.tiny import ASC, KEY, TinyProject

NAME = {"name": "nom", "propertyUrl": "skos:prefLabel", "lang": "fr"}
VILLES = {"columnReference": "nom", "reference": {"resource": "villes.csv", "columnReference": "cle"}}


def refusal(tiny: TinyProject) -> str:
    """Return why the descriptions are refused, without the file's place."""
    with pytest.raises(MappingError) as refused:
        load_mappings(tiny.project)
    assert "table.csv-metadata.json" in refused.value.texts["fr"]
    assert refused.value.texts["en"]
    return refused.value.texts["fr"].partition("metadata.json: ")[2]


def test_every_description_of_the_repository_is_read() -> None:
    """The repository's own descriptions are all within the subset."""
    assert len(load_mappings(load_project(ROOT))) == len(list((ROOT / "data").rglob("*.csv-metadata.json")))


@pytest.mark.parametrize(
    ("header", "column"),
    [("N° SIREN", "siren"), ("Numéro SIREN", "siren"), ("Dép.", "departement"), ("DEPARTEMENT", "departement"),
     ("dep", "departement"), ("code_insee", "commune"), ("Raison sociale", "nom"), ("Company name", "nom"),
     ("Domaine d’activité", "domaines"), ("Région", None)],
)  # fmt: skip
def test_columns_of_the_directory_have_synonyms(header: str, column: str | None) -> None:
    """The companies' table knows its columns by the names that people give them, in French and in English."""
    companies = next(each for each in load_mappings(load_project(ROOT)) if each.name == "entreprises")
    found = companies.recognise(header)
    assert (found and found.name) == column


def test_titles_are_read_in_every_form(tiny_project: TinyProject) -> None:
    """Titles are a text, a list, or either by language; each of them names the column."""
    tiny_project.describe(
        KEY | {"titles": "Clé"},
        {"name": "b", "titles": ["B1", "B2"]},
        {"name": "c", "titles": {"fr": ["C1"], "en": "C2"}},
    )
    names = [column.recognised_names for column in tiny_project.mapping().columns]
    assert names == [{"cle"}, {"b", "b1", "b2"}, {"c", "c1", "c2"}]


def test_names_are_resolved_against_prefixes_and_base(tiny_project: TinyProject) -> None:
    """A prefixed name, an absolute address and a relative one each give their IRI."""
    tiny_project.describe(KEY, {"name": "a", "propertyUrl": "dct:title"}, {"name": "b", "propertyUrl": "id/b"})
    key, first, second = tiny_project.mapping().columns
    assert first.property_iri == "http://purl.org/dc/terms/title"
    assert second.property_iri == "https://annuaire.example/id/b"
    assert key.about.parts[0] == "https://annuaire.example/id/chose/"


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (NAME | {"ordered": True}, "columns.nom: ordered: hors du sous-ensemble CSVW"),
        (NAME | {"dc:creator": "x"}, "dc:creator: hors du sous-ensemble"),
        (NAME | {ASC + "inconnu": 1}, "inconnu: hors du sous-ensemble"),
        (NAME | {"required": "false"}, "columns.nom.required: true ou false est attendu"),
        (NAME | {"titles": 3}, "columns.nom.titles: un texte est attendu"),
        (NAME | {"default": 3}, "columns.nom.default: un texte est attendu"),
        (NAME | {"null": [1]}, "columns.nom.null: un texte est attendu"),
        (NAME | {"dc:description": 3}, "dc:description"),
        (NAME | {"datatype": "dateTime"}, "columns.nom: non prévu"),
        (NAME | {"datatype": {"base": "string", "format": "("}}, "columns.nom: non prévu"),
        (NAME | {"datatype": "integer"}, "lang + datatype"),
        (NAME | {"lang": "fr_FR"}, "lang « fr_FR »"),
        (NAME | {"separator": ""}, "separator vide"),
        (NAME | {ASC + "perItem": True}, "perItem sans"),
        (NAME | {ASC + "identifierScheme": "RIDET"}, "identifierScheme : SIREN"),
        (NAME | {"default": "{cle}"}, "textTemplate"),
        (NAME | {"name": "Nom"}, "nom de colonne : a-z"),
        (NAME | {"name": ""}, "nom de colonne : a-z"),
        (NAME | {"name": "cle"}, "nom porté par deux colonnes"),
        (NAME | {"titles": "CLE"}, "nom porté par deux colonnes"),
        (NAME | {"propertyUrl": "rien:du-tout"}, "« rien:du-tout » : rien:"),
        (NAME | {"propertyUrl": "id/{nom}"}, "une propriété ne peut pas varier"),
        (NAME | {"propertyUrl": "id/a b"}, "columns.nom.propertyUrl"),
        (NAME | {"valueUrl": "id/{nom"}, "columns.nom.valueUrl"),
        (NAME | {"valueUrl": "id/{?nom}"}, "columns.nom.valueUrl"),
        (NAME | {"valueUrl": "id/{nom:3}"}, "columns.nom.valueUrl"),
        (NAME | {"valueUrl": "id/[{nom}"}, "columns.nom"),
        (NAME | {"valueUrl": "{nom}"}, "une IRI ne commence pas par {…}"),
        (NAME | {"valueUrl": "id/{+nom}"}, "{+nom} : datatype anyURI"),
        (NAME | {"valueUrl": "id/{autre}"}, "{autre}: aucune colonne de ce nom"),
        (NAME | {"valueUrl": "id/{nom.pays}"}, "{nom.pays}: sans clé étrangère"),
        ({"name": "v", "virtual": True}, "virtual"),
        ({"name": "v", "virtual": True, "default": "x", "separator": "|"}, "virtual + separator"),
        (NAME | {ASC + "textTemplate": "{cle}"}, "textTemplate sans"),
        ({"name": "v", "virtual": True, ASC + "textTemplate": "{rien}"}, "{rien}: aucune colonne"),
        ("nom", "un objet est attendu"),
    ],
)
def test_a_column_that_says_too_much_is_refused(tiny_project: TinyProject, column: Any, told: str) -> None:
    """A key, a type, a name or a template that cannot be honoured is refused, and named."""
    if isinstance(column, dict):
        tiny_project.describe(KEY, column)
    else:
        tiny_project.describe(KEY, columns=[KEY, column])
    assert told in refusal(tiny_project)


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"rowTitles": "nom"}, "tableSchema: rowTitles"),
        ({"columns": {}}, "tableSchema.columns: une liste est attendue"),
        ({"columns": []}, "aucune colonne"),
        ({"aboutUrl": None}, "tableSchema.aboutUrl: un texte est attendu"),
        ({"primaryKey": "rien"}, "rien: aucune colonne de ce nom"),
        ({"primaryKey": 3}, "tableSchema.primaryKey: un texte est attendu"),
        ({"foreignKeys": [{}]}, "reference: un objet est attendu"),
        ({"foreignKeys": [{**VILLES, "x": 1}]}, "foreignKeys: x"),
        ({"foreignKeys": [VILLES]}, "data/villes.csv: aucune table ni schéma de ce nom"),
        ({"foreignKeys": [VILLES | {"columnReference": []}]}, "autant de colonnes"),
        ({"foreignKeys": [VILLES | {"columnReference": ["nom", "cle"]}]}, "autant de colonnes"),
        ({"foreignKeys": [VILLES | {"columnReference": "rien"}]}, "rien: aucune colonne"),
    ],
)
def test_a_schema_that_leads_nowhere_is_refused(tiny_project: TinyProject, schema: dict[str, Any], told: str) -> None:
    """Keys and foreign keys must name columns and tables that are there."""
    tiny_project.describe(KEY, NAME, **schema)
    assert told in refusal(tiny_project)


WITHHELD = {"resource": "villes.csv", "columnReference": "cle", "reasonReference": "nom"}
OTHER = {"resource": "villes.csv", "columnReference": "cle", "labelReference": "nom", "kind": {"fr": "x", "en": "x"}}


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"dialect": {}}, "table: dialect"),
        ({"dc:creator": "x"}, "table: dc:creator"),
        ({"dc:source": "https://exemple.fr"}, "dc:source"),
        ({"dc:license": {"@id": "libre"}}, "dc:license"),
        ({"dc:title": [{"@value": 3}]}, "dc:title"),
        ({"dc:title": [{"@value": "x", "@language": "de"}]}, "dc:title"),
        ({"dc:modified": "hier"}, "dc:modified"),
        ({"dc:modified": {"@value": "2026-02-30"}}, "dc:modified"),
        ({"url": "autre.csv"}, "table.url: « table.csv » est attendu"),
        ({"url": None}, "table.url"),
        ({"tableSchema": None}, "tableSchema: un objet est attendu"),
        ({"tableSchema": {"columns": [KEY]}}, "columns.cle: aboutUrl absent"),
        ({ASC + "cogYear": "2026"}, "un nombre entier est attendu"),
        ({ASC + "withheld": WITHHELD}, "data/villes.csv: nom: aucune colonne de ce nom"),
        ({ASC + "withheld": {**WITHHELD, "resource": "rien.csv"}}, "data/rien.csv: aucune table"),
        ({ASC + "withheld": {}}, "withheld"),
        ({ASC + "otherCodes": [OTHER]}, "data/villes.csv: nom: aucune colonne de ce nom"),
        ({ASC + "otherCodes": [{**OTHER, "kind": {"fr": "x"}}]}, "kind"),
        ({ASC + "notToConfuseWith": OTHER}, "une liste est attendue"),
    ],
)
def test_a_table_that_leads_nowhere_is_refused(tiny_project: TinyProject, table: dict[str, Any], told: str) -> None:
    """Notes have one form each, and annotations name tables and columns that are there."""
    tiny_project.describe(KEY, name="villes", primaryKey="cle")
    tiny_project.write("cle\n", name="villes")
    tiny_project.describe(KEY, NAME, table=table, primaryKey="cle")
    assert told in refusal(tiny_project)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", '"x"', "[" * 20_000])
def test_what_is_no_description_is_refused(tiny_project: TinyProject, text: str) -> None:
    """A file that is not a JSON object is refused with its name."""
    (tiny_project.directory / "data/table.csv-metadata.json").write_text(text, encoding="utf-8")
    assert refusal(tiny_project)


def test_a_dotted_variable_needs_one_value_and_a_column(tiny_project: TinyProject) -> None:
    """A dotted variable is refused when its column holds several values, or leads to no column."""
    tiny_project.describe(KEY, name="villes", primaryKey="cle")
    tiny_project.write("cle\n", name="villes")
    region = {"name": "r", "virtual": True, "valueUrl": "id/r/{nom.cle}"}
    tiny_project.describe(KEY, {"name": "nom", "separator": "|"}, region, foreignKeys=[VILLES])
    assert "{nom.cle}: sans clé étrangère d'une valeur" in refusal(tiny_project)
    tiny_project.describe(KEY, {"name": "nom"}, region | {"valueUrl": "id/r/{nom.pays}"}, foreignKeys=[VILLES])
    assert "data/villes.csv: pays: aucune colonne" in refusal(tiny_project)
    tiny_project.describe(KEY, {"name": "nom"}, region | {"valueUrl": "id/r/{nom.cle.x}"}, foreignKeys=[VILLES])
    assert "{nom.cle.x}" in refusal(tiny_project)


NAMES = st.sampled_from(["@value", "@id", "fr", "base"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "x", "{x}", "cle", "nom", "fr"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner),
    max_leaves=4,
)


@given(
    where=st.sampled_from(["table", "tableSchema", "columns"]),
    key=st.sampled_from(sorted(KEYS["table"] | KEYS["tableSchema"] | KEYS["columns"])),
    value=JSON,
)
def test_any_value_of_any_key_is_read_or_refused(tiny_project: TinyProject, where: str, key: str, value: Any) -> None:
    """Whatever a key holds, the description is read, and then converts, or it is refused with a reason."""
    tiny_project.describe(KEY, NAME, primaryKey="cle")
    tiny_project.write("cle,nom\na,un\nb,\n")
    path = tiny_project.directory / "data/table.csv-metadata.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    schema = document["tableSchema"]
    {"table": document, "tableSchema": schema, "columns": schema["columns"][1]}[where][key] = value
    path.write_text(json.dumps(document), encoding="utf-8")
    with contextlib.suppress(ProjectError):
        tiny_project.inspect()


def keys_of(document: str) -> set[str]:
    """Return the keys that a text names in code marks, our annotations by their local names."""
    return {part.strip('"') for part in document.split("`")[1::2]}


def test_every_key_that_is_read_is_documented() -> None:
    """docs/csvw.md explains every key of the subset."""
    documented = keys_of((ROOT / "docs/csvw.md").read_text(encoding="utf-8"))
    read = {key.replace(ASC, "asc:") for keys in KEYS.values() for key in keys}
    assert sorted(read - documented) == []
