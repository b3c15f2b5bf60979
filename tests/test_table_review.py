"""`/verifier` works as a plain form, in both languages, keeps nothing, and takes in few files at once."""

from __future__ import annotations

import asyncio
import base64
import csv
import io
import re
from typing import TYPE_CHECKING, Any

import pytest

from endpoints import table_checks, table_review
from endpoints.edge_uploads import Uploads
from endpoints.languages import LANGUAGES
from endpoints.problems import TooLargeError, UnavailableError
from endpoints.table_checks import PATH, Report, Upload, check_upload
from publisher.errors import Finding, Severity
from publisher.messages import message
from tests.pages_fixture import client
from tests.projects.small import assemble

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

__all__ = ["client"]

HTML = {"Accept": "text/html"}
ANNOTATED = "siren;Constats\n<1>;trouvé\n".encode()


def finding(row: int, value: str = "<i>") -> dict[str, Any]:
    """Return a finding as a check tells it."""
    return Finding("data/t.csv", row, "nom", value, Severity.VIOLATION, "balise", message("balise")).as_dict()


def told(**changes: Any) -> dict[str, Any]:
    """Return what a check tells of a table with one error."""
    return {
        "table": "t", "rows": 12, "gate": None, "counts": {"violation": 1}, "findings": [finding(3)],
        "elsewhere": [], "elsewhere_count": 0, "extension": "csv", **changes,
    }  # fmt: skip


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Upload]:
    """Have every upload answered with one error; return those that came."""
    uploads: list[Upload] = []

    def check(upload: Upload, *_: Path) -> Report:
        uploads.append(upload)
        return Report(told(), ANNOTATED)

    monkeypatch.setattr(table_review, "check_upload", check)
    return uploads


def post(
    client: FlaskClient, name: str = "essai.csv", content: bytes = b"a", accept: str = "text/html", **fields: str
) -> Any:
    """Send a file as the form does."""
    parts = [f'name="{key}"\r\n\r\n{value}'.encode() for key, value in fields.items()]
    parts.append(f'name="fichier"; filename="{name}"\r\n\r\n'.encode() + content)
    body = b"".join(b"--limite\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--limite--"
    return client.post(PATH, data=body, headers={"Accept": accept}, content_type="multipart/form-data; boundary=limite")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_form_needs_no_script(client: FlaskClient, lang: str) -> None:
    """The form posts a file by itself, offers each table of the project, and every page leads to it."""
    page = client.get(f"{PATH}?lang={lang}", headers=HTML).get_data(as_text=True)
    assert re.search(r'<form[^>]*method="post"[^>]*enctype="multipart/form-data"', page)
    assert '<input type="file"' in page
    assert '<option value="entreprises">' in page
    assert f'href="{PATH}' in client.get(f"/donnees?lang={lang}", headers=HTML).get_data(as_text=True)


def test_findings_are_shown_row_by_row(client: FlaskClient, sent: list[Upload]) -> None:
    """The page names the row, the cell and what to do, escapes what came, and carries the annotated table."""
    answer = post(client, "ma <table>.csv", b"siren;nom\n", table="entreprises")
    page = answer.get_data(as_text=True)
    assert sent == [Upload(b"siren;nom\n", "ma <table>.csv", "entreprises", "fr")]
    assert "1 erreur à corriger." in page
    assert '<td class="figure">3</td>' in page
    assert "<code>&lt;i&gt;</code>" in page
    assert "ma &lt;table&gt;" in page
    embedded = re.search(r'href="data:text/csv;base64,([^"]*)" download="ma ', page)
    assert embedded is not None
    assert base64.b64decode(embedded[1]) == ANNOTATED


def test_the_table_itself_may_be_the_answer(client: FlaskClient, sent: list[Upload]) -> None:
    """The second button, and a program that prefers CSV, get the annotated table."""
    answers = [post(client, rendu="tableau"), post(client, accept="text/csv")]
    assert len(sent) == 2
    for answer in answers:
        assert (answer.mimetype, answer.get_data()) == ("text/csv", ANNOTATED)
        assert "attachment; filename=essai-constats.csv" in answer.headers["Content-Disposition"]


def test_findings_are_data_too(client: FlaskClient, sent: list[Upload]) -> None:
    """A program that asks for JSON gets the findings as a check tells them; one that asks for an image, 406."""
    answer = post(client, accept="application/json")
    assert answer.mimetype == "application/json"
    assert answer.get_json() == told()
    refused = post(client, accept="image/png")
    assert refused.status_code == 406
    assert "text/csv" in refused.get_data(as_text=True)
    assert len(sent) == 1


def test_nothing_is_cached(client: FlaskClient, sent: list[Upload]) -> None:
    """Neither findings, nor a table, nor an error may be kept by anyone on the way."""
    answers = [post(client), post(client, rendu="tableau"), client.post(PATH, headers=HTML)]
    assert len(sent) == 2
    assert [answer.status_code for answer in answers] == [200, 200, 400]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}
    assert not any("ETag" in answer.headers for answer in answers)


@pytest.mark.parametrize(
    ("name", "size", "status", "text"),
    [
        ("", 0, 400, "Aucun fichier reçu"),
        ("vide.csv", 0, 400, "Le fichier est vide"),
        ("grand.csv", table_checks.MOST_BYTES, 413, "Fichier de plus de 8 Mio"),
    ],
)
def test_what_cannot_be_checked_is_told_in_the_form(
    client: FlaskClient, sent: list[Upload], name: str, size: int, status: int, text: str
) -> None:
    """A missing, empty or oversized file gets its reason, and the form to try again."""
    answer = post(client, name, bytes(size))
    page = answer.get_data(as_text=True)
    assert (answer.status_code, sent) == (status, [])
    assert text in page
    assert '<input type="file"' in page


def test_a_check_has_a_process_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is checked in a process of its own, in time or not at all, and no trace of it stays."""
    small = assemble(tmp_path / "petit")
    small.skip_gate()
    (runtime := tmp_path / "run").mkdir()
    upload = Upload(small.path().read_bytes().replace(b"999000003", b"999000004"), "mes entreprises.csv", "", "en")
    report = check_upload(upload, small.directory, runtime)
    assert report.told["table"] == "entreprises"
    assert [f["rule"] for f in report.told["findings"] if f["severity"] == "violation"] == ["siren-cle"]
    rows = list(csv.reader(io.StringIO(report.annotated.decode("utf-8-sig"))))
    assert rows[1][-1].startswith("siren, error : invalid SIREN")
    monkeypatch.setattr(table_checks, "_DEADLINE", 0.01)
    with pytest.raises(TooLargeError):
        check_upload(upload, small.directory, runtime)
    assert [path.name for path in runtime.iterdir()] == ["verification"]
    assert {path.suffix for path in (runtime / "verification").iterdir()} == {"", ".duckdb"}


def test_a_process_that_breaks_is_told_without_its_content(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """When no project can be read, or a process fails, the log has no word of the file."""
    with pytest.raises(UnavailableError):
        check_upload(Upload(b"secret", "secret.csv", "", "fr"), tmp_path / "absent", tmp_path)
    assert "secret" not in caplog.text


def test_few_files_are_taken_in_at_once() -> None:
    """One client has a few places, all clients together some more; one check runs, the next waits or gives up."""

    async def crowd() -> None:
        uploads = Uploads(patience=0.01)
        async with uploads.room("a"), uploads.room("a"), uploads.room("a"):
            with pytest.raises(UnavailableError):
                await uploads.room("a").__aenter__()
            async with uploads.room("b"), uploads.turn():
                with pytest.raises(UnavailableError):
                    await uploads.turn().__aenter__()
            async with uploads.turn():
                pass
        async with uploads.room("a"):
            pass

    asyncio.run(crowd())


def test_a_table_that_is_not_there_is_refused(client: FlaskClient, sent: list[Upload]) -> None:
    """A name that is no table's is told, with the names there are, and nothing is checked."""
    answer = post(client, table="<zzz>")
    assert answer.status_code == 400
    text = answer.get_data(as_text=True)
    assert "« &lt;zzz&gt; » : valeur inconnue de « table »" in text
    assert "entreprises" in text
    assert not sent


@pytest.mark.parametrize(
    ("changes", "said", "unsaid"),
    [
        ({"counts": {}, "gate": True}, "peut être publiée", "en causerait"),
        ({"counts": {}, "gate": True, "elsewhere_count": 2}, "elle en causerait 2 dans d'autres", "peut être publiée"),
        ({"rows": 0}, "Lue comme la table « t ».", "0 ligne"),
        ({"rows": 1}, "1 ligne.", "1 lignes"),
    ],
)
def test_what_is_said_of_a_table_is_true(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], said: str, unsaid: str
) -> None:
    """A table that would break others is not said to be ready; rows that were not read are not counted."""
    monkeypatch.setattr(table_review, "check_upload", lambda *_: Report(told(**changes), ANNOTATED))
    page = post(client).get_data(as_text=True)
    result = page[page.index('id="resultat"') : page.index("<form")].replace("&#39;", "'")
    assert said in result
    assert unsaid not in result
