"""A source that is an address is fetched within bounds, and its last good copy stands in for it."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from publisher.copies import keep_copies
from publisher.errors import ProjectError
from publisher.fetching import FetchError, Limits, Validators, fetch
from publisher.intake import connect, read_tables
from publisher.notes import date_of
from publisher.pipeline import publish
from publisher.source_settings import published_address
from publisher.supply import supply, supply_copies
from tests.test_sources import HIGH, declare
from tests.web_fixture import Web, answer, web_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from publisher.errors import Finding
    from tests.projects.small import SmallProject
    from tests.projects.tiny import TinyProject

TABLE = b"cle,nom\na,A\n"
SMALL = Limits(size=1000, seconds=2.0, silence=2.0)
NEW = Validators()


@pytest.fixture
def web() -> Iterator[Web]:
    """Give a server that answers with a table."""
    with web_server(answer(TABLE)) as served:
        yield served


def refusal(web: Web, target: Path, limits: Limits = SMALL, path: str = "/table.csv?jeton=secret") -> str:
    """Fetch what must be refused; return why, in French."""
    with pytest.raises(FetchError) as refused:
        fetch(web.address + path, target, "essai", NEW, limits)
    assert "secret" not in str(refused.value.texts)
    return refused.value.texts["fr"]


def test_a_file_is_fetched_once(web: Web, tmp_path: Path) -> None:
    """The file comes with its validators; asked again with them, the server says that it is the same."""
    web.reply = answer(TABLE, ETag='"un"', Last_Modified="Mon, 02 Mar 2026 10:00:00 GMT")
    found = fetch(f"{web.address}/t.csv", tmp_path / "t", "essai", NEW, SMALL)
    assert (tmp_path / "t").read_bytes() == TABLE
    assert found == Validators('"un"', "Mon, 02 Mar 2026 10:00:00 GMT")
    web.reply = answer(b"", 304)
    assert fetch(f"{web.address}/t.csv", tmp_path / "t", "essai", found, SMALL) is None
    asked = web.requests[-1][1]
    assert (asked["If-None-Match"], asked["If-Modified-Since"]) == ('"un"', "Mon, 02 Mar 2026 10:00:00 GMT")


def test_a_packed_file_is_unpacked(web: Web, tmp_path: Path) -> None:
    """A file sent with gzip is the file; cut short, damaged or of another coding, it is refused."""
    packed = gzip.compress(TABLE)
    web.reply = answer(packed, Content_Encoding="gzip")
    fetch(f"{web.address}/t.csv", tmp_path / "t", "essai", NEW, SMALL)
    assert (tmp_path / "t").read_bytes() == TABLE
    web.reply = answer(packed[:-6], Content_Encoding="gzip")
    assert refusal(web, tmp_path / "t") == "fichier tronqué"
    web.reply = answer(TABLE, Content_Encoding="gzip")
    assert refusal(web, tmp_path / "t") == "compression gzip abîmée"
    web.reply = answer(TABLE, Content_Encoding="br")
    assert refusal(web, tmp_path / "t") == "compression inconnue ('br')"


def test_a_few_bytes_never_become_gigabytes(web: Web, tmp_path: Path) -> None:
    """A small file that unpacks into a huge one is given up at the limit, with what was written."""
    web.reply = answer(gzip.compress(bytes(50 << 20)), Content_Encoding="gzip")
    assert refusal(web, tmp_path / "t", Limits(size=1 << 20, seconds=20)) == "fichier de plus de 1 Mio"
    assert (tmp_path / "t").stat().st_size <= 1 << 20


def test_an_answer_must_be_a_whole_table(web: Web, tmp_path: Path) -> None:
    """An error, a page to log in, an empty or truncated file is no table."""
    web.reply = answer(b"", 500)
    assert refusal(web, tmp_path / "t") == "réponse HTTP 500"
    web.reply = answer(b"", 304)
    assert refusal(web, tmp_path / "t") == "réponse HTTP 304"
    web.reply = answer(b"<p>Connexion</p>", Content_Type="text/html; charset=utf-8")
    assert refusal(web, tmp_path / "t").startswith("une page web au lieu d'un tableau")
    web.reply = answer(b"\xef\xbb\xbf \n<!DOCTYPE html><title>Connexion</title>")
    assert refusal(web, tmp_path / "t").startswith("une page web au lieu d'un tableau")
    web.reply = answer(b"")
    assert refusal(web, tmp_path / "t") == "fichier vide"
    web.reply = answer(TABLE, Content_Length="40")
    assert refusal(web, tmp_path / "t") == "fichier tronqué"
    web.reply = answer(b"c\r\ncle,nom\n", Transfer_Encoding="chunked", Content_Length="")
    assert refusal(web, tmp_path / "t") == "fichier tronqué"


def test_time_and_size_are_bounded(web: Web, tmp_path: Path) -> None:
    """An endless file, one that never comes and one that comes drop by drop are given up."""

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"a,b\n" * 1000)

    def drops(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not web.closing.wait(0.02):
            handler.wfile.write(b"a")

    def silence(_: BaseHTTPRequestHandler) -> None:
        web.closing.wait()

    web.reply = endless
    assert refusal(web, tmp_path / "t").startswith("fichier de plus de")
    for reply in (silence, drops):
        web.reply = reply
        limits = Limits(size=1 << 20, seconds=0.3, silence=0.3)
        assert refusal(web, tmp_path / "t", limits) == "pas de réponse complète en 0.3 s"


def test_redirects_are_few_and_lead_nowhere_private(web: Web, tmp_path: Path) -> None:
    """A redirect on the same host is followed; a loop, a private address or one that is not https is not."""

    def moved(to: str) -> None:
        web.reply = lambda handler: (answer(TABLE) if handler.path == "/ici" else answer(b"", 302, Location=to))(
            handler
        )

    moved("/ici")
    fetch(f"{web.address}/t.csv", tmp_path / "t", "essai", NEW, SMALL)
    assert (tmp_path / "t").read_bytes() == TABLE
    moved("/encore")
    assert refusal(web, tmp_path / "t") == "plus de 5 redirections"
    assert len(web.requests) == 2 + 6
    with web_server(answer(TABLE)) as other:
        moved(f"{other.address}/ici")
        assert refusal(web, tmp_path / "t") == "redirection vers une adresse privée"
        assert other.requests == []
    moved("http://exemple.example/secret")
    assert refusal(web, tmp_path / "t") == "adresse qui n'est pas en https"
    moved("file:///etc/passwd")
    assert refusal(web, tmp_path / "t") == "adresse mal formée"
    moved("https://[secret")
    assert refusal(web, tmp_path / "t") == "adresse mal formée"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ('"http://exemple.example/t.csv"', "https, sauf vers cette machine"),
        ('"ftp://exemple.example/t.csv"', "une adresse https complète"),
        ('"https://moi:secret@exemple.example/t.csv"', "une adresse https complète, sans compte"),
        ('"https://${HOTE}/t.csv"', "une adresse https complète"),
        ('"https://exemple.example/t.csv?jeton=${jeton}"', "une adresse https complète"),
        ('"https://exemple.example/t.csv#a"', "une adresse https complète"),
    ],
)
def test_an_address_is_https(tiny_project: TinyProject, url: str, told: str) -> None:
    """An address of another kind, or with an account in it, is refused by the settings, and not repeated."""
    declare(tiny_project.directory, {key: HIGH[key] for key in ("nom", "table", "priorite")} | {"url": url})
    with pytest.raises(ProjectError) as refused:
        _ = tiny_project.project
    assert told in refused.value.texts["fr"]
    assert "secret" not in refused.value.texts["fr"]


@pytest.mark.parametrize(
    ("url", "published"),
    [
        ("https://grist.example/api/t.csv?auth=secret", "https://grist.example/api/t.csv"),
        ("https://grist.example/${CLE}/t.csv", "https://grist.example/"),
        ("https://grist.example", "https://grist.example/"),
    ],
)
def test_what_may_be_secret_is_not_published(url: str, published: str) -> None:
    """Of an address, the query is withheld, and the path too when a variable is part of it."""
    assert published_address(url) == published


def fed(tiny: TinyProject, web: Web, query: str = "") -> None:
    """Let a table be fed by the server."""
    source = {key: HIGH[key] for key in ("nom", "table", "priorite")}
    declare(tiny.directory, source | {"url": f'"{web.address}/t.csv{query}"'})


def supplied(tiny: TinyProject, workspace: Path) -> tuple[list[tuple[str, ...]], list[Finding]]:
    """Fetch, and read the table; return its rows and what was found."""
    workspace.mkdir(exist_ok=True)
    mappings = supply(tiny.project, tiny.var, workspace, lambda _: None, SMALL)
    with connect(workspace) as connection:
        intake, findings = read_tables(connection, tiny.project, mappings, workspace)
        rows = connection.execute("SELECT cle, nom FROM t_data_table ORDER BY 1").fetchall() if intake.tables else []
    return rows, findings


def test_a_source_that_never_answered_stops_the_check(tiny_project: TinyProject, web: Web, tmp_path: Path) -> None:
    """Without a copy, a source that is down is an error that says what to do; so is a variable that is not set."""
    fed(tiny_project, web)
    web.reply = answer(b"", 503)
    rows, findings = supplied(tiny_project, tmp_path / "a")
    assert rows == []
    assert [finding.line() for finding in findings] == [
        "source region: réponse HTTP 503, et aucune copie n'en a encore été gardée ; vérifier l'adresse et réessayer"
    ]
    fed(tiny_project, web, "?jeton=${JETON_ABSENT}")
    _, findings = supplied(tiny_project, tmp_path / "b")
    assert "variable JETON_ABSENT absente de l'environnement" in findings[0].line()


def test_the_last_good_copy_stands_in(tiny_project: TinyProject, web: Web, tmp_path: Path) -> None:
    """Once kept, a source that is away, refused or cut short is replaced by its copy, with a warning and its date."""
    fed(tiny_project, web)
    tiny_project.var.mkdir()
    web.reply = answer(TABLE, ETag='"un"', Last_Modified="Mon, 02 Mar 2026 10:00:00 GMT")
    keep_copies(supply(tiny_project.project, tiny_project.var, tmp_path, lambda _: None, SMALL), tiny_project.var)
    today = datetime.now(tz=UTC).date().isoformat()
    for number, (reply, reason) in enumerate(
        [
            (answer(b"", 500), "réponse HTTP 500"),
            (answer(b"nom\nA\n"), "source region:1: cle: colonne absente"),
            (answer(b'cle,nom\na,"coup\xc3\xa9\n'), "source region:2: guillemets mal fermés"),
            (answer(b"cle,nom\na\n"), "source region:2: 1 cellule(s) au lieu de 2"),
        ]
    ):
        web.reply = reply
        rows, findings = supplied(tiny_project, tmp_path / str(number))
        assert rows == [("a", "A")]
        assert [each.severity.value for each in findings] == ["warning"]
        assert findings[0].line().startswith(f"source region: {reason}")
        assert findings[0].line().endswith(f" : la dernière bonne copie, du {today}, est utilisée")
    web.reply = answer(b"", 304)
    assert supplied(tiny_project, tmp_path / "pareil") == ([("a", "A")], [])
    dated = next(m for m in supply_copies(tiny_project.project, tiny_project.var)[0].parts if m.lenient)
    assert date_of(dated.notes, "dc:modified") == "2026-03-02"
    web.reply = answer(b"cle,nom\na,A\nb,B\n")
    assert supplied(tiny_project, tmp_path / "autre") == ([("a", "A"), ("b", "B")], [])


def test_a_damaged_copy_is_no_copy(tiny_project: TinyProject, web: Web, tmp_path: Path) -> None:
    """A copy without its checksum, or one of another address, is not used; a new one takes its place alone."""
    fed(tiny_project, web)
    tiny_project.var.mkdir()
    keep_copies(supply(tiny_project.project, tiny_project.var, tmp_path, lambda _: None, SMALL), tiny_project.var)
    copies = tiny_project.var / "sources"
    (kept,) = copies.glob("region-*")
    kept.write_bytes(b"cle,nom\n")
    web.reply = answer(b"", 500)
    assert supplied(tiny_project, tmp_path / "a")[1][0].rule == "source-absente"
    web.reply = answer(b"cle,nom\nb,B\n")
    keep_copies(supply(tiny_project.project, tiny_project.var, tmp_path, lambda _: None, SMALL), tiny_project.var)
    assert [path.read_bytes() for path in copies.glob("region-*")] == [b"cle,nom\nb,B\n"]
    fed(tiny_project, web, "?autre")
    web.reply = answer(b"", 500)
    assert supplied(tiny_project, tmp_path / "b")[1][0].rule == "source-absente"


def test_a_fetched_source_is_published(
    small_project: SmallProject, web: Web, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The manifest has its checksum, nothing has its token; what stops a publication never replaces its copy."""
    small_project.skip_gate()
    small_project.keep("data/entreprises.csv")
    monkeypatch.setenv("JETON_FICTIF", "tres-secret")
    source = {"nom": '"region"', "table": '"entreprises"', "priorite": "5"}
    declare(small_project.directory, source | {"url": f'"{web.address}/t.csv?jeton=${{JETON_FICTIF}}"'})
    web.reply = answer("siren,nom\n999000011,Fictive autrement nommée\n".encode())
    release = publish(small_project.project, small_project.var, lambda _: None).release
    assert web.requests[-1][0] == "/t.csv?jeton=tres-secret"
    told = release.manifest["sources"]
    assert [(each["name"], each["kept"], each["address"]) for each in told] == [("region", False, None)]
    assert told[0]["sha512"] == release.manifest["tables"]["source region"]
    for path in small_project.var.rglob("*"):
        assert not path.is_file() or b"tres-secret" not in path.read_bytes(), path
    assert "Fictive autrement nommée" in gzip.decompress(release.graph_files[0].read_bytes()).decode()
    web.reply = answer(b"", 500)
    assert small_project.main("publish") == 0
    printed = "".join(capsys.readouterr())
    assert "la dernière bonne copie" in printed
    assert "rien n'a changé" in printed
    kept = (small_project.var / "sources/region.json").read_bytes()
    web.reply = answer(b"siren,nom\n123,Fictive\n")
    assert small_project.main("publish") == 1
    assert 'source region:2: siren "123"' in "".join(capsys.readouterr())
    assert (small_project.var / "sources/region.json").read_bytes() == kept
