"""Pages, documents, scripts and stylesheets travel coded, as clients ask for."""

from __future__ import annotations

import gzip
import sys
from typing import TYPE_CHECKING

import brotli  # type: ignore[import-untyped]
import pytest

from endpoints.edge_codings import LEAST
from tests.pages_fixture import client

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from flask.testing import FlaskClient

__all__ = ["client"]

DECODERS = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstd.decompress}
PAGE = {"Accept": "text/html"}


@pytest.mark.parametrize("path", ["/", "/domaines.jsonld", "/def.rdf", "/questions.ttl", "/static/annuaire.css"])
def test_each_coding_gives_the_same_bytes(client: FlaskClient, path: str) -> None:
    """Every coding decodes to the bytes that go without one, and has a validator of its own."""
    plain = client.get(path, headers=PAGE, buffered=True)
    assert (plain.status_code, "Content-Encoding" in plain.headers) == (200, False)
    tags = {plain.headers["ETag"]}
    for coding, decode in DECODERS.items():
        for _ in range(2):
            answer = client.get(path, headers={**PAGE, "Accept-Encoding": coding}, buffered=True)
            assert (answer.headers["Content-Encoding"], decode(answer.data)) == (coding, plain.data)
            assert int(answer.headers["Content-Length"]) == len(answer.data) < len(plain.data)
            assert "Accept-Encoding" in answer.headers["Vary"]
        tags.add(answer.headers["ETag"])
    assert len(tags) == 4


@pytest.mark.parametrize("path", ["/", "/static/annuaire.css"])
def test_each_validator_gets_304(client: FlaskClient, path: str) -> None:
    """A client that holds a coded form is told so, with the validator that it holds."""
    for coding in ("", *DECODERS):
        asked = {**PAGE, "Accept-Encoding": coding}
        tag = client.get(path, headers=asked, buffered=True).headers["ETag"]
        for held in (tag, f'"autre", W/{tag}'):
            known = client.get(path, headers={**asked, "If-None-Match": held}, buffered=True)
            assert (known.status_code, known.data, known.headers["ETag"]) == (304, b"", tag)
            assert "Accept-Encoding" in known.headers["Vary"]


def test_head_has_the_headers_of_get(client: FlaskClient) -> None:
    """HEAD tells the length and the validator of the coded form."""
    asked = {**PAGE, "Accept-Encoding": "br"}
    head, get = client.head("/", headers=asked, buffered=True), client.get("/", headers=asked, buffered=True)
    names = ("Content-Length", "Content-Encoding", "ETag", "Vary")
    assert [head.headers[name] for name in names] == [get.headers[name] for name in names]
    assert head.data == b""


def test_what_gains_nothing_stays_as_it_is(client: FlaskClient) -> None:
    """Ranges, short answers and clients that exclude every coding get plain bytes."""
    asked = {"Accept-Encoding": "gzip, br, zstd"}
    short = client.get("/health/live", headers=asked, buffered=True)
    assert len(short.data) < LEAST
    part = client.get("/static/annuaire.css", headers={**asked, "Range": "bytes=0-2000"}, buffered=True)
    excluded = client.get("/", headers={"Accept-Encoding": "gzip;q=0, *;q=0"}, buffered=True)
    assert [answer.status_code for answer in (short, part, excluded)] == [200, 206, 200]
    assert all("Content-Encoding" not in answer.headers for answer in (short, part, excluded))


def test_errors_are_coded_and_not_kept_for_other_codings(client: FlaskClient) -> None:
    """A long error is coded too; one client's coding is never another's."""
    coded = client.get("/nulle/part", headers={**PAGE, "Accept-Encoding": "gzip"}, buffered=True)
    plain = client.get("/nulle/part", headers=PAGE, buffered=True)
    assert (coded.status_code, plain.status_code) == (404, 404)
    assert gzip.decompress(coded.data) == plain.data
