"""Content codings of the application's answers (RFC 9110, §8.4): pages, documents, scripts and stylesheets.

Each coded form has a validator of its own (§8.8.3.3): the plain one with the coding's name after it. It is taken off
before the application compares validators, so that views know of the plain one alone. Files served as they lie, dumps
among them, stay as they are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from flask import g, request

from endpoints.edge_codings import CODINGS, LEAST, choose_coding, encode, encoder_of
from endpoints.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flask import Flask, Response

    from endpoints.edge_codings import Encoder

_TEXTS = re.compile(r"text/.*|.*[/+](json|xml|javascript|n-triples|n-quads|trig|x-bibtex)")
_CODED_TAG = re.compile(rf'-(?:{"|".join(CODINGS)})"')
_HELD = "HTTP_IF_NONE_MATCH"


def install_compression(app: Flask) -> None:
    """Have an application code its answers as clients ask in Accept-Encoding."""
    app.before_request(_read_validators)
    app.after_request(_code)


def _read_validators() -> None:
    g.held = request.environ.get(_HELD, "")
    if g.held:
        request.environ[_HELD] = _CODED_TAG.sub('"', g.held)


def _code(response: Response) -> Response:
    coding = choose_coding(request.headers.get("Accept-Encoding"))
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        response.vary.add("Accept-Encoding")
        tag = f"{response.get_etag()[0]}-{coding}"
        if f'"{tag}"' in g.get("held", ""):
            response.set_etag(tag)
    elif _is_codable(response):
        response.vary.add("Accept-Encoding")
        if coding is not None:
            _encode(response, coding)
    elif _flows(response):
        response.vary.add("Accept-Encoding")
        if coding is not None:
            response.response = _encoded(cast("Iterable[bytes]", response.response), encoder_of(coding))
            _tell(response, coding)
    return response


def _flows(response: Response) -> bool:
    """Return whether an answer is made piece by piece; a file is sent as it is, to be resumed where it broke off."""
    made = not (response.is_sequence or response.direct_passthrough or "Content-Encoding" in response.headers)
    return made and _TEXTS.fullmatch(response.mimetype or "") is not None


def _encoded(pieces: Iterable[bytes], encoder: Encoder) -> Iterator[bytes]:
    try:
        yield from map(encoder.encode, pieces)
        yield encoder.finish()
    finally:
        if isinstance(pieces, Generator):
            pieces.close()


def _is_codable(response: Response) -> bool:
    if response.status_code == HTTPStatus.PARTIAL_CONTENT or "Content-Encoding" in response.headers:
        return False
    if not (response.is_sequence or request.endpoint == "static") or not _TEXTS.fullmatch(response.mimetype or ""):
        return False
    response.direct_passthrough = False
    return len(response.get_data()) >= LEAST


def _encode(response: Response, coding: str) -> None:
    body = response.get_data()
    key = coding, hashlib.blake2b(body, digest_size=20).digest()
    response.set_data(serving().cache.get(key, lambda: encode(coding, body)))
    _tell(response, coding)


def _tell(response: Response, coding: str) -> None:
    tag = response.get_etag()[0]
    response.headers["Content-Encoding"] = coding
    response.headers.pop("Accept-Ranges", None)
    if tag is not None:
        response.set_etag(f"{tag}-{coding}")
