"""A row becomes the statements that its description says, and every text survives."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph

from publisher.checks import _FORBIDDEN_HERE
from tests.projects.tiny import ASC, KEY, TinyProject

BASE = "https://annuaire.example/"
XSD = "http://www.w3.org/2001/XMLSchema#"
VIRTUAL = {"name": "v", "virtual": True, "propertyUrl": "dct:title"}


SPACES = " \t\n\u00a0\u202f"


def quoted(cell: str) -> str:
    """Return a cell as a CSV file writes it."""
    return '"' + cell.replace('"', '""') + '"'


def accepted(text: str) -> str:
    """Return a text as a cell may hold it: without forbidden characters, and no formula."""
    found = _FORBIDDEN_HERE.sub("", text).replace("<", "‹").replace("&", "＆")
    return f"a{found}" if found.strip(SPACES).startswith("=") else found


def values(tiny: TinyProject, term: str = "dct:description") -> list[str]:
    """Return the texts and IRIs of a property, sorted."""
    return sorted(each.value for each in tiny.objects(term))


@given(cell=st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=30))
def test_any_text_survives_n_triples(tiny_project: TinyProject, cell: str) -> None:
    """Any text that a cell may hold is read back the same by two parsers of N-Triples."""
    text = accepted(cell)
    tiny_project.write(f"cle,nom\na,{quoted(text)}\n")
    tiny_project.describe(KEY, {"name": "nom", "lang": "fr"})
    _, findings, statements = tiny_project.inspect()
    assert {finding.rule for finding in findings} <= {"espaces"}
    expected = [text.strip(SPACES)]
    document = "".join(line + "\n" for line in statements if "description" in line)
    by_oxigraph = [quad.object for quad in ox.parse(input=document.encode(), format=ox.RdfFormat.N_TRIPLES)]
    by_rdflib = list(Graph().parse(data=document, format="nt").objects())
    assert [str(each) for each in by_rdflib] == [each for each in expected if each]
    assert by_oxigraph == [ox.Literal(each, language="fr") for each in expected if each]


@given(cell=st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=20))
def test_a_template_encodes_as_rfc_6570_says(tiny_project: TinyProject, cell: str) -> None:
    """Whatever is inserted in a template is percent-encoded but for unreserved characters: always one segment."""
    text = accepted(cell).strip(SPACES)
    tiny_project.describe(KEY, {"name": "nom", "valueUrl": "id/nom/{nom}"})
    tiny_project.write(f"cle,nom\na,{quoted(text)}\n")
    assert values(tiny_project) == ([f"{BASE}id/nom/{quote(text, safe='')}"] if text else [])


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ({}, "un", [ox.Literal("un")]),
        ({"lang": "fr"}, "un", [ox.Literal("un", language="fr")]),
        ({"datatype": "integer"}, "007", [ox.Literal("007", datatype=ox.NamedNode(XSD + "integer"))]),
        ({"datatype": "decimal"}, "1.50", [ox.Literal("1.50", datatype=ox.NamedNode(XSD + "decimal"))]),
        ({"datatype": "gYear"}, "2018", [ox.Literal("2018", datatype=ox.NamedNode(XSD + "gYear"))]),
        ({"datatype": "date"}, "2018-09-27", [ox.Literal("2018-09-27", datatype=ox.NamedNode(XSD + "date"))]),
        ({"datatype": "boolean"}, "true", [ox.Literal("true", datatype=ox.NamedNode(XSD + "boolean"))]),
        ({"separator": "|"}, "un| deux |un", [ox.Literal("deux"), ox.Literal("un"), ox.Literal("un")]),
        ({"null": ["-", ""]}, "-", []),
        ({"default": "néant"}, "", [ox.Literal("néant")]),
        ({"valueUrl": "dom:{v}"}, "é", [ox.NamedNode("https://w3id.org/annuaire-territorial/domaine/%C3%A9")]),
        ({"valueUrl": "{+v}", "datatype": "anyURI"}, "https://é.fr/?a=b#c", [ox.NamedNode("https://é.fr/?a=b#c")]),
        ({"valueUrl": "id/{cle}/{v}"}, "x y", [ox.NamedNode(BASE + "id/a/x%20y")]),
        (
            {"separator": "|", "valueUrl": "id/{v}", ASC + "perItem": True},
            "x|y",
            [ox.NamedNode(BASE + "id/x"), ox.NamedNode(BASE + "id/y")],
        ),
        ({"separator": "|", "valueUrl": "id/{v}"}, "x|y", [ox.NamedNode(BASE + "id/x%7Cy")]),
        ({"suppressOutput": True}, "un", []),
        ({}, "", []),
    ],
)
def test_each_form_of_a_value(
    tiny_project: TinyProject, column: dict[str, Any], cell: str, expected: list[Any]
) -> None:
    """Language, datatype, separator, null, default and templates each make the object that CSVW says."""
    tiny_project.describe(KEY, {"name": "v", **column})
    tiny_project.write(f"cle,v\na,{quoted(cell)}\n")
    assert sorted(tiny_project.objects("dct:description"), key=str) == sorted(expected, key=str)


def test_a_virtual_column_is_said_of_each_row(tiny_project: TinyProject) -> None:
    """A virtual type, constant or text is said of every row, about its own subject if it has one."""
    tiny_project.describe(
        KEY,
        VIRTUAL | {"propertyUrl": "rdf:type", "valueUrl": "foaf:Document", "aboutUrl": "doc/{cle}"},
        VIRTUAL | {"name": "w", "default": "Insee", "lang": "fr"},
        VIRTUAL | {"name": "x", "propertyUrl": "dct:format", ASC + "textTemplate": "0002:{cle}"},
    )
    tiny_project.write("cle\na\nb\n")
    assert values(tiny_project, "dct:title") == ["Insee", "Insee"]
    assert values(tiny_project, "dct:format") == ["0002:a", "0002:b"]
    types = [line for line in tiny_project.inspect()[2] if "#type>" in line]
    assert [line.partition(" ")[0] for line in sorted(types)] == [f"<{BASE}doc/a>", f"<{BASE}doc/b>"]


def test_an_empty_variable_makes_no_statement(tiny_project: TinyProject) -> None:
    """A virtual link or text whose template uses an empty cell is not made, and no empty IRI appears."""
    tiny_project.describe(
        KEY,
        {"name": "nom"},
        VIRTUAL | {"valueUrl": "id/nom/{nom}"},
        VIRTUAL | {"name": "w", ASC + "textTemplate": "{cle} ({nom})"},
        VIRTUAL | {"name": "x", "valueUrl": "foaf:Agent", "aboutUrl": "id/nom/{nom}"},
    )
    tiny_project.write("cle,nom\na,un\nb,\n")
    assert values(tiny_project, "dct:title") == [
        "a (un)",
        "http://xmlns.com/foaf/0.1/Agent",
        "https://annuaire.example/id/nom/un",
    ]


def test_quotes_in_a_description_are_harmless(tiny_project: TinyProject) -> None:
    """Constants with quotes, and separators with them, go through the query as they are."""
    tiny_project.describe(KEY, {"name": "nom", "separator": "'"}, VIRTUAL | {"default": 'L\'« "é" » \\ %s ; --'})
    tiny_project.write("cle,nom\na,un'deux\n")
    assert values(tiny_project) == ["deux", "un"]
    assert values(tiny_project, "dct:title") == ['L\'« "é" » \\ %s ; --']
