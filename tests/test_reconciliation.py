"""The reconciliation service answers as the API 0.2 says, and errs on the side of asking a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from referencing import Registry, Resource

from tests.pages_fixture import client
from tests.release_fixture import COMPANY, CONTRACT, LONELY

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

__all__ = ["client"]

SCHEMAS = Path(__file__).parents[2] / "shared" / "schemas" / "reconciliation-0.2"
THING = f"https://annuaire.example/id/entreprise/{COMPANY}"
LYON = "http://id.insee.fr/geo/commune/69123"
BASE = "https://annuaire.example/reconcile"
BATCH = {
    "q0": {"query": "Lampadaires imaginaires", "type": "company", "limit": 3},
    "q1": {"query": "Lyon", "type": ["territory", "domain"], "type_strict": "any"},
    "q2": {"query": "introuvable-xyz"},
    "q3": {"properties": [{"pid": "siren", "v": [COMPANY, {"id": "x", "name": "y"}, 3, True]}]},
}
_PROPERTIES = ("siren", "commune", "annee", "description", "autresNoms", "population")
EXTENSION = {
    "ids": [THING, "inconnu"],
    "properties": [*({"id": each} for each in _PROPERTIES), {"id": "domaine", "settings": {"limit": 1}}, {"id": "?"}],
}
described = pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the specification's schemas are not beside the repository")


def validate(content: object, name: str) -> None:
    """Validate what is sent or answered with a schema of the specification."""
    schema, type_ = (json.loads((SCHEMAS / f"{each}.json").read_text(encoding="utf-8")) for each in (name, "type"))
    place = schema.get("$id", "https://example.org/").rpartition("/")[0]
    any_object: Resource[Any] = Resource.opaque({})
    registry: Registry[Any] = Registry().with_resources(
        [
            (f"{place}/type.json", Resource.opaque(type_)),
            (type_["$id"], Resource.opaque(type_)),
            ("http://swagger.io/v2/schema.json", any_object),
        ]
    )
    jsonschema.Draft7Validator(schema, registry=registry).validate(content)


def ask(client: FlaskClient, **queries: object) -> dict[str, Any]:
    """Return the answers to a batch sent as a form."""
    answer = client.post("/reconcile", data={"queries": json.dumps(queries)})
    assert answer.status_code == 200
    content: dict[str, Any] = answer.get_json()
    assert content.keys() == queries.keys()
    return content


def first(client: FlaskClient, text: str, **more: object) -> dict[str, Any]:
    """Return the best candidate for a query, or an empty one."""
    found = ask(client, q={"query": text, **more})["q"]["result"]
    return dict(found[0]) if found else {}


def read(client: FlaskClient, path: str) -> Any:
    """Return what an address answers in JSON."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Annuaire-Release"] == "essai-1"
    return answer.get_json()


@described
@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("", "manifest"),
        ("/suggest/entity?prefix=%C3%A9b%C3%A9nisterie%20du%20nu", "suggest-entities-response"),
        ("/suggest/type?prefix=comp", "suggest-types-response"),
        ("/suggest/property?prefix=dep&lang=en", "suggest-properties-response"),
        ("/properties?type=commune&limit=3", "data-extension-property-proposal"),
    ],
)
def test_answers_follow_their_schema(client: FlaskClient, path: str, schema: str) -> None:
    """The manifest, suggestions and proposals are valid by the specification's schemas."""
    validate(read(client, f"/reconcile{path}"), schema)


@described
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("name", "sent", "asked", "answered"),
    [
        ("queries", BATCH, "reconciliation-query-batch", "reconciliation-result-batch"),
        ("extend", EXTENSION, "data-extension-query", "data-extension-response"),
    ],
)
def test_batches_follow_their_schema(
    client: FlaskClient, method: str, name: str, sent: dict[str, Any], asked: str, answered: str
) -> None:
    """What the tests ask is valid by the specification's schemas, and so is what is answered, by form and address."""
    validate(sent, asked)
    how: dict[str, Any] = {"data" if method == "POST" else "query_string": {name: json.dumps(sent)}}
    validate(client.open("/reconcile", method=method, **how).get_json(), answered)


def test_manifest(client: FlaskClient) -> None:
    """Without parameters the manifest comes, with absolute addresses under the base URI."""
    found = read(client, "/reconcile")
    assert found == read(client, "/reconcile/")
    assert "0.2" in found["versions"]
    assert found["preview"]["url"] == f"{BASE}/preview?id={{{{id}}}}"
    assert found["batchSize"] == 100
    assert [each["id"] for each in found["defaultTypes"]][:3] == ["company", "domain", "territory"]


def test_manifest_is_a_page_to_a_browser(client: FlaskClient) -> None:
    """Whoever comes with a browser gets a page that explains the service; in English too."""
    accept = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    answer = client.get("/reconcile?lang=en", headers=accept)
    assert answer.mimetype == "text/html"
    assert "Reconcile a table" in answer.get_data(as_text=True)
    assert "Accept" in answer.headers["Vary"]
    assert client.get("/reconcile.html").mimetype == "text/html"


def test_conditional_requests(client: FlaskClient) -> None:
    """Who holds the manifest or a suggestion gets 304; HEAD and OPTIONS answer too."""
    for path in ("/reconcile", "/reconcile/suggest/entity?prefix=lamp"):
        answer = client.get(path)
        again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
        assert not again.get_data()
        assert client.head(path).headers["ETag"] == answer.headers["ETag"]
    preflight = client.options("/reconcile", headers={"Origin": "https://openrefine.example"})
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_batch(client: FlaskClient, method: str) -> None:
    """A batch is answered by form and by address alike, key by key."""
    sent: dict[str, Any] = {"data" if method == "POST" else "query_string": {"queries": json.dumps(BATCH)}}
    found = client.open("/reconcile", method=method, **sent).get_json()
    assert [found[key]["result"][0]["id"] for key in ("q0", "q1", "q3")] == [THING, LYON, THING]
    assert found["q2"] == {"result": []}
    best = found["q0"]["result"][0]
    assert (best["name"], best["score"], best["match"]) == ("Lampadaires Imaginaires", 100.0, True)
    assert best["type"] == [{"id": "company", "name": "Entreprise"}]
    assert {each["id"] for each in best["features"]} >= {"name_words", "name_same"}


@pytest.mark.parametrize(
    "text",
    [
        "LAMPADAIRES IMAGINAIRES SAS",
        "imaginaires, lampadaires",
        "Lampadaires imaginares",
        "999 000 017",
        "SIREN : 999.000.017",
        "99900001700001",
        "FR40999000017",
        THING,
    ],
)
def test_company_is_recognised(client: FlaskClient, text: str) -> None:
    """A company is recognised by its name in any guise, its SIREN, a SIRET, a VAT number, its IRI."""
    assert (first(client, text)["id"], first(client, text)["match"]) == (THING, True)


@pytest.mark.parametrize(("text", "type_"), [("69123", "commune"), ("69", "departement"), ("1", "departement")])
def test_territory_is_recognised_by_its_code(client: FlaskClient, text: str, type_: str) -> None:
    """An INSEE code finds its territory, even when a spreadsheet ate its zero."""
    found = first(client, text, type=type_)
    assert found["id"].endswith(f"/{type_}/{text.zfill(2)}")
    assert found["match"]


def test_wrong_siren_is_no_siren(client: FlaskClient) -> None:
    """A number with a wrong key finds nothing rather than something else."""
    assert ask(client, q={"query": "999000018"})["q"]["result"] == []


def test_type_limits(client: FlaskClient) -> None:
    """A type shuts others out; with `should` only while it gives something; `all` wants all; unknown is an error."""
    assert first(client, "Lampadaires Imaginaires", type="territory").get("id") != THING
    lenient = first(client, "Lampadaires Imaginaires", type="territory", type_strict="should")
    assert (lenient["id"], lenient["match"]) == (THING, False)
    wanted = ask(client, q={"query": "Lyon", "type": "commune", "type_strict": "should"})["q"]["result"]
    assert {each["type"][0]["id"] for each in wanted} == {"commune"}
    assert first(client, "Lyon", type=["commune", "territory"], type_strict="all")["id"] == LYON
    found = ask(client, a={"query": "x", "type": "licorne"}, b={"query": "Lyon", "type": "commune"})
    assert found["a"]["result"] == []
    assert "licorne" not in found["a"]["error"]
    assert "company" in found["a"]["error"]
    assert found["b"]["result"]


@pytest.mark.parametrize(
    ("pid", "value", "agrees"),
    [
        ("departement", "69", 1),
        ("departement", 69, 1),
        ("departement", "Rhône", 1),
        ("departement", {"id": "http://id.insee.fr/geo/departement/69"}, 1),
        ("departement", "Ain", 0),
        ("region", "auvergne rhone alpes", 1),
        ("commune", "LYON CEDEX 03", 1),
        ("commune", "Bron", 0),
        ("domaine", "Éclairage public", 1),
        ("domaine", "street lighting", 1),
        ("domaine", "securite", 1),
        ("domaine", "Vélo et mobilités actives", 0),
        ("annee", 2018, 1),
        ("siren", "999 000 017", 1),
        ("siren", LONELY, 0),
        ("https://w3id.org/annuaire-territorial/def#departement", "69", 1),
    ],
)
def test_evidence(client: FlaskClient, pid: str, value: object, agrees: int) -> None:
    """A property that agrees keeps the match, one that does not ends it; codes, names, slugs and IRIs will do."""
    answers = ask(client, q={"query": "Lampadaires Imaginaires", "properties": [{"pid": pid, "v": value}]})
    found = next(each for each in answers["q"]["result"] if each["id"] == THING)
    feature = {each["id"]: each["value"] for each in found["features"]}[f"property_{pid.rpartition('#')[2]}"]
    assert feature == agrees
    assert found["match"] is bool(agrees)
    assert (found["score"] == 100) is bool(agrees)


@pytest.mark.parametrize("value", ["Atlantide", "", None, {"id": "http://example.org/inconnu"}, []])
def test_evidence_that_is_not_understood_says_nothing(client: FlaskClient, value: object) -> None:
    """A value that names nothing known here neither helps nor harms."""
    found = first(client, "Lampadaires Imaginaires", properties=[{"pid": "departement", "v": value}])
    assert (found["score"], found["match"]) == (100.0, True)


def test_a_siren_and_a_name_that_disagree_are_for_a_person(client: FlaskClient) -> None:
    """The SIREN of one company with the name of another is no match, and both are shown."""
    query = {"query": "Ébénisterie du Nuage", "properties": [{"pid": "siren", "v": COMPANY}]}
    found = ask(client, q=query)["q"]["result"]
    assert {each["id"].rpartition("/")[2] for each in found} >= {COMPANY, LONELY}
    assert not any(each["match"] for each in found)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"query": ""},
        {"query": 3},
        [],
        "texte",
        None,
        {"query": "x", "limit": 0},
        {"query": "x", "limit": "3"},
        {"query": "x", "limit": 1.5},
        {"query": "x", "type": 3},
        {"query": "x", "type_strict": "perhaps"},
        {"query": "x", "properties": {}, "type": [3]},
        {"query": "x", "properties": [{"pid": 3, "v": 1}]},
        {"query": "x", "properties": "y"},
    ],
)
def test_a_query_without_sense_spares_the_others(client: FlaskClient, query: object) -> None:
    """A query that makes no sense gets an empty result and a reason; the rest of the batch is answered."""
    found = ask(client, bad=query, good={"query": "Lyon"})
    assert found["bad"]["result"] == []
    assert found["bad"]["error"]
    assert found["good"]["result"][0]["id"] == LYON


_json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    query=st.fixed_dictionaries(
        {},
        optional={
            "query": st.text() | _json_values,
            "type": _json_values | st.sampled_from(["company", "territory"]),
            "limit": _json_values,
            "type_strict": _json_values,
            "properties": st.lists(
                st.fixed_dictionaries(
                    {"pid": st.sampled_from(["siren", "commune", "annee", "domaine"]), "v": _json_values}
                )
            ),
        },
    )
)
def test_whatever_is_asked_is_answered(client: FlaskClient, query: dict[str, object]) -> None:
    """Any JSON as a query, half characters included, is answered with a result list, never with a failure."""
    assert isinstance(ask(client, q=query)["q"]["result"], list)


def test_a_value_nested_in_values_says_nothing(client: FlaskClient) -> None:
    """A value that is an object of objects, however deep, is not read."""
    nested = json.loads('{"id":' * 900 + "1" + "}" * 900)
    assert ask(client, q={"query": "Lyon", "properties": [{"pid": "commune", "v": nested}]})["q"]["result"]


def test_a_batch_has_its_time(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that takes too long is refused, with how far it came; it holds its thread no longer."""
    monkeypatch.setattr("endpoints.reconciliation_service.BATCH_TIME", -1)
    answer = client.post("/reconcile", data={"queries": '{"q": {"query": "Lyon"}}'})
    assert answer.status_code == 413
    assert "0 requêtes sur 1" in json.loads(answer.data)["detail"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": {"queries": "{"}}, 400),
        ({"data": {"queries": "[" * 100_000}}, 400),
        ({"data": {"queries": "[]"}}, 400),
        ({"data": {"autre": "1"}}, 400),
        ({"data": {"extend": "{}"}}, 400),
        ({"data": {"extend": '{"ids": ["x"], "properties": [{}]}'}}, 400),
        ({"data": "{}", "content_type": "application/json"}, 415),
        ({"data": {"queries": json.dumps({str(i): {"query": "x"} for i in range(101)})}}, 413),
        ({"data": {"queries": "x" * 1_100_000}}, 413),
        ({"data": {"extend": json.dumps({"ids": ["x"] * 1001, "properties": []})}}, 413),
    ],
)
def test_what_cannot_be_read_is_refused(client: FlaskClient, sent: dict[str, Any], status: int) -> None:
    """A batch that is no JSON, too long or of another type is refused with the reason, readable across origins."""
    answer: TestResponse = client.post("/reconcile", **sent)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_suggest_entities(client: FlaskClient) -> None:
    """What is being typed is completed, across accents and by code, within a type, page by page."""
    found = read(client, "/reconcile/suggest/entity?prefix=%C3%A9b%C3%A9nisterie%20du%20nu")
    assert [each["id"].rpartition("/")[2] for each in found["result"]] == [LONELY]
    assert read(client, "/reconcile/suggest/entity?prefix=ly")["result"][0]["id"] == LYON
    assert read(client, "/reconcile/suggest/entity?prefix=999000017")["result"][0]["id"] == THING
    assert read(client, "/reconcile/suggest/entity?prefix=ly&type=domain")["result"] == []
    assert read(client, "/reconcile/suggest/entity?prefix=ly&cursor=50")["result"] == []
    assert read(client, "/reconcile/suggest/entity?prefix=")["result"] == []


def test_suggest_types_and_properties(client: FlaskClient) -> None:
    """Types and properties are suggested by name in both languages, or by identifier."""
    types = read(client, "/reconcile/suggest/type?prefix=comp")
    assert [each["id"] for each in types["result"]] == ["company"]
    properties = read(client, "/reconcile/suggest/property?prefix=dep&lang=en")
    assert [each["id"] for each in properties["result"]] == ["departement"]
    assert len(read(client, "/reconcile/suggest/property?prefix=")["result"]) == 8


@pytest.mark.parametrize(
    ("name", "id_"), [("entity", THING), ("type", "commune"), ("property", "departement"), ("entity", LYON)]
)
def test_flyouts(client: FlaskClient, name: str, id_: str) -> None:
    """Each suggestion has its few lines of HTML, escaped; an unknown one is not found."""
    found = read(client, f"/reconcile/flyout/{name}?id={id_}")
    assert found["id"] == id_
    assert found["html"].startswith("<div>")
    assert client.get(f"/reconcile/flyout/{name}?id=<script>").status_code == 404


def test_preview(client: FlaskClient) -> None:
    """A preview is a page that any site may frame, and that runs nothing."""
    answer = client.get("/reconcile/preview", query_string={"id": THING})
    assert answer.mimetype == "text/html"
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "X-Frame-Options" not in answer.headers
    text = answer.get_data(as_text=True)
    assert "Lampadaires Imaginaires" in text
    assert f'href="/doc/entreprise/{COMPANY}"' in text
    assert client.get("/reconcile/preview?id=autre").status_code == 404


def test_a_contract_is_nothing_to_reconcile_with(client: FlaskClient) -> None:
    """A contract has an object and no name: its identifier is unknown to the service, wherever it is given."""
    contract = f"https://annuaire.example/id/marche/{CONTRACT}"
    assert first(client, contract) == {}
    assert first(client, COMPANY, properties=[{"pid": "domaine", "v": {"id": contract}}])["id"] == THING
    for place in ("preview", "view"):
        assert client.get(f"/reconcile/{place}", query_string={"id": contract}).status_code == 404
    asked = {"ids": [contract], "properties": [{"id": "commune"}]}
    found = client.post("/reconcile", data={"extend": json.dumps(asked)}).get_json()
    assert found["rows"] == {contract: {"commune": []}}


def test_view_leads_to_the_document(client: FlaskClient) -> None:
    """An identifier leads to its document, by a path, also for what has IRIs of its own."""
    answer = client.get("/reconcile/view", query_string={"id": LYON})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/doc/commune/69123")


def test_extension(client: FlaskClient) -> None:
    """Values of properties come back typed; a thing or property unknown here has none; a limit is kept."""
    found = client.post("/reconcile", data={"extend": json.dumps(EXTENSION)}).get_json()
    row = found["rows"][THING]
    assert row["siren"] == [{"str": COMPANY}]
    assert row["commune"] == [{"id": LYON, "name": "Lyon"}]
    assert row["annee"] == [{"int": 2018}, {"int": 2020}]
    assert row["population"] == [{"int": 520774}]
    assert [each["name"] for each in row["domaine"]] == ["Éclairage public"]
    assert row["?"] == []
    assert set(map(len, found["rows"]["inconnu"].values())) == {0}
    assert found["meta"][1]["type"]["id"] == "commune"


def test_properties_are_proposed(client: FlaskClient) -> None:
    """The properties of a type are proposed, as many as wanted; each of them can be fetched."""
    found = read(client, "/reconcile/properties?type=commune&limit=3")
    assert (found["type"], found["limit"], len(found["properties"])) == ("commune", 3, 3)
    every = read(client, "/reconcile/properties")["properties"]
    sent = {"extend": json.dumps({"ids": [THING, LYON], "properties": [{"id": each["id"]} for each in every]})}
    assert client.post("/reconcile", data=sent).status_code == 200
    assert read(client, "/reconcile/properties?type=licorne")["properties"] == []
