"""The health of the service, for those who watch over it: what is broken is told from what is only busy.

`/health/live`: this process answers. `/health/ready` and `/health`: 200 as long as there is a release to serve and
somebody to evaluate queries, busy or not; 503 with a reason otherwise.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response

from endpoints.evaluation import client
from endpoints.evaluation.errors import EvaluationError
from endpoints.remote import is_remote
from endpoints.runtime import REFUSED
from endpoints.serving import served_release, serving
from publisher.errors import ReleaseError
from publisher.release import MANIFEST
from publisher.representations import JSON

if TYPE_CHECKING:
    from endpoints.serving import OpenRelease
    from publisher.errors import Texts

blueprint = Blueprint("health", __name__)

_TEXTS: dict[str, Texts] = {
    "busy": {"fr": "tous les processus de requête travaillent", "en": "all query processes are at work"},
    "refused": {"fr": "une version plus récente ne peut être servie", "en": "a newer release cannot be served"},
}


@blueprint.get("/health/live")
def live() -> Response:
    """Say that the process answers."""
    return _answer({"status": "ok"}, HTTPStatus.OK)


@blueprint.get("/health")
@blueprint.get("/health/ready")
def ready() -> Response:
    """Say whether there is a release to serve and somebody to evaluate queries (503 otherwise), and how busy it is."""
    try:
        release = served_release()
        _look_at(release)
    except ReleaseError as error:
        return _answer(_state("unavailable", "release", error.texts), HTTPStatus.SERVICE_UNAVAILABLE)
    try:
        queries = _queries(release)
    except EvaluationError as error:
        state = _state("unavailable", "evaluation", error.texts)
        return _answer({**state, "release": release.name}, HTTPStatus.SERVICE_UNAVAILABLE)
    return _answer({**_in_service(queries), "release": release.name, "evaluation": queries}, HTTPStatus.OK)


def _in_service(queries: dict[str, Any]) -> dict[str, Any]:
    refused = _refused()
    if refused is not None:
        return {**_state("degraded", "refused", _TEXTS["refused"]), "refused": refused}
    if queries["waiting"] or (queries["processes"] and queries["running"] >= queries["processes"]):
        return _state("busy", "queries", _TEXTS["busy"])
    return {"status": "ok"}


def _look_at(release: OpenRelease) -> None:
    """Make sure that the release that is open is still there.

    Raises:
        ReleaseError: it is not.
    """
    if not (release.release.directory / MANIFEST).is_file():
        raise ReleaseError(
            f"la version {release.name} n'est plus là : fichiers enlevés",
            f"release {release.name} is no longer there: its files are gone",
        )


def _queries(release: OpenRelease) -> dict[str, Any]:
    """Return how many queries run and wait, and the processes for them.

    Raises:
        EvaluationUnavailableError: nobody evaluates queries.
    """
    if is_remote(release.release):
        return {"remote": True, "running": 0, "waiting": 0, "processes": 0}
    told = client.health(serving().socket(release))
    return {"remote": False, "running": told["busy"], "waiting": told["queued"], "processes": told["workers"]}


def _refused() -> dict[str, Any] | None:
    """Return the release that the supervisor could not switch to, and why."""
    try:
        told: dict[str, Any] = json.loads((serving().runtime / REFUSED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told


def _state(status: str, reason: str, detail: Texts) -> dict[str, Any]:
    return {"status": status, "reason": reason, "detail": detail}


def _answer(state: dict[str, Any], status: HTTPStatus) -> Response:
    response = Response(
        json.dumps(state, ensure_ascii=False) + "\n", status=int(status), content_type=JSON.content_type
    )
    response.headers["Cache-Control"] = "no-store"
    return response
