"""Errors as answers: the one place where an error type gets its HTTP status, in the format asked for.

Programs get RFC 9457's `application/problem+json`, RDF clients a small graph, people a page.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

from flask import Response, render_template
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize
from rdflib.namespace import DCTERMS

from endpoints.languages import language
from endpoints.negotiation import negotiate
from publisher.errors import AnnuaireError, ReleaseError, StoreError, UsageError
from publisher.representations import (
    GRAPH_DOCUMENTS,
    HTML,
    JSON,
    PROBLEM_JSON,
    TEXT,
    Representation,
    by_extension,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flask import Request

Alternative = tuple[str, Representation]
"""A path and what it answers with."""

_LONGEST_VALUE = 64
OFFERED = (PROBLEM_JSON, JSON, HTML, TEXT, *GRAPH_DOCUMENTS)


class HttpError(AnnuaireError):
    """An error with a status of its own. `headers` go with the answer, `alternatives` say what there is."""

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, fr: str, en: str, *, alternatives: Sequence[Alternative] = ()) -> None:
        super().__init__(fr, en)
        self.alternatives = tuple(alternatives)
        self.headers: dict[str, str] = {}


class BadRequestError(HttpError):
    """The request cannot be understood."""

    status = HTTPStatus.BAD_REQUEST

    @classmethod
    def of_value(cls, name: str, value: str, admitted: Iterable[str]) -> BadRequestError:
        """Return the error for a parameter's value that is none of those admitted."""
        told, listed = value[:_LONGEST_VALUE], ", ".join(admitted)
        return cls(
            f"« {told} » : valeur inconnue de « {name} » ; il y a : {listed}",
            f"'{told}': unknown value of '{name}'; there are: {listed}",
        )


class NotFoundError(HttpError):
    """Nothing is published at this address."""

    status = HTTPStatus.NOT_FOUND

    @classmethod
    def at(cls, path: str) -> NotFoundError:
        """Return the error for an unknown path."""
        return cls(f"rien n'est publié à l'adresse {path}", f"nothing is published at {path}")

    @classmethod
    def of_filter(cls, name: str, value: str) -> NotFoundError:
        """Return the error for a filter's value that names nothing."""
        told = value[:_LONGEST_VALUE]
        return cls(f"« {told} » : valeur inconnue de « {name} »", f"'{told}': unknown value of '{name}'")


class MethodNotAllowedError(HttpError):
    """The address exists, not for this method; `allowed` are those it takes."""

    status = HTTPStatus.METHOD_NOT_ALLOWED

    def __init__(self, allowed: Sequence[str]) -> None:
        listed = ", ".join(sorted(allowed))
        super().__init__(f"méthode refusée ; admises : {listed}", f"method not allowed; allowed: {listed}")
        self.headers["Allow"] = listed


class NotAcceptableError(HttpError):
    """No representation suits the Accept header; the alternatives list what there is."""

    status = HTTPStatus.NOT_ACCEPTABLE

    @classmethod
    def among(cls, alternatives: Sequence[Alternative]) -> NotAcceptableError:
        """Return the error that lists the representations there are."""
        listed = ", ".join(representation.media_type for _, representation in alternatives)
        return cls(
            f"aucun format demandé n'est disponible ; il y a : {listed}",
            f"no format asked for is available; there are: {listed}",
            alternatives=alternatives,
        )


class TooLargeError(HttpError):
    """The request's content is larger than accepted."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    @classmethod
    def of_body(cls, most: int) -> TooLargeError:
        """Return the error for a body of more bytes than these, a whole number of mebibytes."""
        return cls(f"envoi de plus de {most >> 20} Mio", f"content of more than {most >> 20} MiB")


class UnsupportedMediaTypeError(HttpError):
    """The request's content is of a type that this address does not read."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class RangeNotSatisfiableError(HttpError):
    """The part asked for lies outside of what there is; `length` in bytes, where known (RFC 9110 §15.5.17)."""

    status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE

    def __init__(self, length: int | None) -> None:
        fr, en = ("", "") if length is None else (f" : le fichier a {length} octets", f": the file has {length} bytes")
        super().__init__(f"extrait demandé hors du fichier{fr}", f"the range asked for is not in the file{en}")
        if length is not None:
            self.headers["Content-Range"] = f"bytes */{length}"


class TooManyRequestsError(HttpError):
    """The client has asked for more than its share; `retry_after` in seconds."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            f"trop de demandes de votre part ; revenir dans {retry_after} s",
            f"too many requests of yours; come back in {retry_after} s",
        )
        self.headers["Retry-After"] = str(retry_after)


class UnavailableError(HttpError):
    """The service cannot answer now; `retry_after` in seconds."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, fr: str, en: str, *, retry_after: int = 5) -> None:
        super().__init__(fr, en)
        self.headers["Retry-After"] = str(retry_after)


_STATUS: dict[type[AnnuaireError], HTTPStatus] = {
    UsageError: HTTPStatus.BAD_REQUEST,
    ReleaseError: HTTPStatus.SERVICE_UNAVAILABLE,
    StoreError: HTTPStatus.BAD_GATEWAY,
}

TITLES: dict[HTTPStatus, tuple[str, str]] = {
    HTTPStatus.BAD_REQUEST: ("Demande incorrecte", "Bad request"),
    HTTPStatus.FORBIDDEN: ("Demande refusée", "Forbidden"),
    HTTPStatus.NOT_FOUND: ("Page introuvable", "Not found"),
    HTTPStatus.METHOD_NOT_ALLOWED: ("Méthode refusée", "Method not allowed"),
    HTTPStatus.NOT_ACCEPTABLE: ("Aucun format ne convient", "Not acceptable"),
    HTTPStatus.GONE: ("Page retirée", "Gone"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("Demande trop volumineuse", "Content too large"),
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: ("Extrait inexistant", "Range not satisfiable"),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("Format d'envoi non pris en charge", "Unsupported media type"),
    HTTPStatus.REQUEST_TIMEOUT: ("Demande trop lente", "Request timeout"),
    HTTPStatus.TOO_MANY_REQUESTS: ("Trop de demandes", "Too many requests"),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("Erreur imprévue", "Internal server error"),
    HTTPStatus.BAD_GATEWAY: ("Le magasin de données ne répond pas", "The data store does not answer"),
    HTTPStatus.GATEWAY_TIMEOUT: ("Temps dépassé", "Gateway timeout"),
    HTTPStatus.INSUFFICIENT_STORAGE: ("Mémoire ou taille dépassée", "Insufficient storage"),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Service momentanément indisponible", "Service unavailable"),
}
_OTHER_TITLE = ("Erreur", "Error")


def status_of(error: AnnuaireError) -> HTTPStatus:
    """Return the HTTP status of an error of ours."""
    if isinstance(error, HttpError):
        return error.status
    found = (status for kind, status in _STATUS.items() if isinstance(error, kind))
    return next(found, HTTPStatus.INTERNAL_SERVER_ERROR)


def problem_response(error: AnnuaireError, request: Request) -> Response:
    """Return an error as an answer, in the format asked for by extension or by Accept (else problem+json)."""
    status = status_of(error)
    title = dict(zip(("fr", "en"), TITLES.get(status, _OTHER_TITLE), strict=True))
    representation = _asked(request)
    body: str | bytes
    if representation is HTML:
        body = render_template("problem.html", error=error, status=status, title=title[language()])
    elif representation is TEXT:
        body = f"{int(status)} {title[language()]}\n{error.texts[language()]}\n"
    elif representation in GRAPH_DOCUMENTS:
        body = _graph(error, status, title, representation)
    else:
        representation, body = PROBLEM_JSON, _json(error, status, title)
    response = Response(body, status=int(status), content_type=representation.content_type)
    response.headers["Vary"] = "Accept, Accept-Language"
    if representation not in GRAPH_DOCUMENTS:
        response.headers["Content-Language"] = language()
    response.headers["Cache-Control"] = "no-store" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "no-cache"
    if isinstance(error, HttpError):
        response.headers.extend(error.headers)
        for path, alternative in error.alternatives:
            response.headers.add("Link", f'<{path}>; rel="alternate"; type="{alternative.media_type}"')
    return response


def _asked(request: Request) -> Representation:
    _, dot, extension = request.path.rpartition("/")[2].rpartition(".")
    fixed = by_extension(extension) if dot else None
    accept = request.headers.get("Accept")
    return fixed or negotiate(accept, OFFERED) or PROBLEM_JSON


def _json(error: AnnuaireError, status: HTTPStatus, title: dict[str, str]) -> str:
    problem: dict[str, object] = {
        "type": "about:blank",
        "status": int(status),
        "title": title[language()],
        "detail": error.texts[language()],
        "texts": error.texts,
    }
    if isinstance(error, HttpError) and error.alternatives:
        problem["alternatives"] = [{"href": path, "type": r.media_type} for path, r in error.alternatives]
    return json.dumps(problem, ensure_ascii=False, indent=1) + "\n"


def _graph(error: AnnuaireError, status: HTTPStatus, title: dict[str, str], representation: Representation) -> bytes:
    node = BlankNode("problem")
    said = [("identifier", Literal(str(int(status))))]
    said += [("title", Literal(text, language=lang)) for lang, text in title.items()]
    said += [("description", Literal(text, language=lang)) for lang, text in error.texts.items()]
    triples = [Triple(node, NamedNode(str(DCTERMS[name])), value) for name, value in said]
    form = RdfFormat.from_media_type(representation.media_type)
    written = serialize(triples, format=form, prefixes={"dct": str(DCTERMS)})
    return written or b""
