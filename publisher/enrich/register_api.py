"""Answers of the API « Recherche d'entreprises » (DINUM) on companies of the directory: saved ones, or asked for.

The API is asked for the least: `minimal=true&include=siege` leaves out the directors; of saved answers that hold them,
they are let go as the answer is read. It takes seven questions a second at most.
"""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from publisher.enrich.register_facts import Seat, Unit
from publisher.errors import SourceError, UsageError
from publisher.refusals import refusal_reason
from publisher.siren import is_siren

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from publisher.enrich.register_facts import Progress
    from publisher.errors import Texts

API = "https://recherche-entreprises.api.gouv.fr"
PAUSE = 0.2
"""Seconds between two questions."""

_TIMEOUT = 10.0
_LARGEST = 1 << 20
_TRIES = 3
LONGEST_WAIT = 60.0
_SERVER_ERROR = HTTPStatus.INTERNAL_SERVER_ERROR
_UNSURE = frozenset({HTTPStatus.TOO_MANY_REQUESTS, *(status for status in HTTPStatus if status >= _SERVER_ERROR)})
_AGENT = "annuaire-territorial"
_KEPT = frozenset({
    "siren", "statut_diffusion", "nature_juridique", "nom_raison_sociale", "etat_administratif", "date_creation",
    "date_fermeture", "tranche_effectif_salarie", "annee_tranche_effectif_salarie", "activite_principale",
    "activite_principale_naf25", "date_mise_a_jour_insee", "date_mise_a_jour", "siege", "results", "commune",
    "libelle_pays_etranger", "code_pays_etranger", "statut_diffusion_etablissement",
})  # fmt: skip
"""The members that are read; of all others, directors among them, nothing is kept as the answer is parsed."""


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow no redirection: an answer comes from the address that was asked."""


def is_address(text: str) -> bool:
    """Return whether a text is a web address rather than a file."""
    return text.startswith(("http://", "https://"))


def read_saved(place: Path, sirens: Iterable[str], progress: Progress) -> dict[str, Unit]:
    """Return what saved answers say of these companies: a JSON file, or all those of a folder.

    Raises:
        UsageError: no such file or folder, or no JSON file in it.
        SourceError: a file is no answer of the API.
    """
    files = sorted(place.glob("*.json")) if place.is_dir() else [place]
    if not files or not all(path.is_file() for path in files):
        raise UsageError(f"{place} : aucune réponse enregistrée (.json)", f"{place}: no saved answer (.json)")
    wanted, units = frozenset(sirens), dict[str, Unit]()
    for number, path in enumerate(files, start=1):
        if path.stat().st_size > _LARGEST * 64:
            raise SourceError("trop grand pour une réponse de l'API", "too large for an answer of the API", path=path)
        units |= {unit.siren: unit for unit in _units(path.read_bytes(), path) if unit.siren in wanted}
        progress(number / len(files))
    return units


def ask(address: str, sirens: Iterable[str], progress: Progress) -> dict[str, Unit]:
    """Ask the API at an address about each company in turn; a refusal or an outage stops it, and says where.

    Raises:
        UsageError: it is no web address.
        SourceError: no answer after three tries, or an answer that is none of this API.
    """
    if not urlsplit(address).hostname:
        raise UsageError(f"{address} : adresse web attendue", f"{address}: a web address is expected")
    listed, units = sorted(set(sirens)), dict[str, Unit]()
    for number, siren in enumerate(listed, start=1):
        query = urlencode({"q": siren, "minimal": "true", "include": "siege", "per_page": "1", "page": "1"})
        content = _fetch(f"{address.rstrip('/')}/search?{query}", siren)
        for unit in _units(content, Path(urlsplit(address).netloc)):
            if unit.siren == siren:
                units[siren] = unit
        progress(number / len(listed))
        time.sleep(PAUSE)
    return units


def _fetch(address: str, siren: str) -> bytes:
    opener = build_opener(_NoRedirect)
    request = Request(address, headers={"Accept": "application/json", "User-Agent": _AGENT})  # noqa: S310 — http(s) only, see `is_address`
    reason = _both("")
    for attempt in range(_TRIES):
        wait = min(2.0**attempt, LONGEST_WAIT)
        try:
            with opener.open(request, timeout=_TIMEOUT) as answer:
                content: bytes = answer.read(_LARGEST + 1)
            if len(content) <= _LARGEST:
                return content
            raise _refused(address, siren, {"fr": f"> {_LARGEST} octets", "en": f"> {_LARGEST} bytes"})
        except HTTPError as error:
            error.close()
            reason = _both(f"HTTP {error.code}")
            if error.code not in _UNSURE:
                raise _refused(address, siren, reason) from error
            wait = _wait(error.headers.get("Retry-After"), wait)
        except (URLError, OSError) as error:
            cause = error.reason if isinstance(error, URLError) else error
            reason = refusal_reason(cause) if isinstance(cause, OSError) else _both(str(cause))
        if attempt + 1 < _TRIES:
            time.sleep(wait)
    raise _refused(address, siren, reason)


def _wait(asked: str | None, usual: float) -> float:
    return min(float(asked), LONGEST_WAIT) if asked and asked.isdigit() else usual


def _both(reason: str) -> Texts:
    return {"fr": reason, "en": reason}


def _refused(address: str, siren: str, reason: Texts) -> SourceError:
    host = urlsplit(address).netloc
    return SourceError(
        f"l'API n'a pas répondu pour le SIREN {siren} ({reason['fr']}) ; rien n'est écrit, recommencer plus tard",
        f"the API did not answer on SIREN {siren} ({reason['en']}); nothing is written, try again later",
        path=Path(host),
    )


def _units(content: bytes, path: Path) -> Iterator[Unit]:
    """Yield the legal units of an answer."""
    try:
        document = json.loads(content, object_pairs_hook=_kept)
    except (ValueError, RecursionError) as error:
        raise _no_answer(path) from error
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(results, list):
        raise _no_answer(path)
    for each in results:
        if not isinstance(each, dict) or not is_siren(_text(each, "siren")):
            raise _no_answer(path)
        yield _unit(each)


def _kept(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in pairs if name in _KEPT}


def _unit(result: dict[str, Any]) -> Unit:
    state = _text(result, "etat_administratif")
    return Unit(
        siren=_text(result, "siren"),
        status=_text(result, "statut_diffusion"),
        category=_text(result, "nature_juridique").zfill(4),
        processed=(_text(result, "date_mise_a_jour_insee") or _text(result, "date_mise_a_jour"))[:10],
        name=_text(result, "nom_raison_sociale"),
        state=state,
        ceased=_text(result, "date_fermeture")[:10] if state == "C" else "",
        founded=_text(result, "date_creation")[:10],
        size=_text(result, "tranche_effectif_salarie"),
        size_year=_text(result, "annee_tranche_effectif_salarie"),
        activity=_text(result, "activite_principale"),
        activity_2025=_text(result, "activite_principale_naf25"),
        seat=_seat(result.get("siege")),
    )


def _seat(siege: object) -> Seat | None:
    if not isinstance(siege, dict):
        return None
    country = _text(siege, "libelle_pays_etranger") or _text(siege, "code_pays_etranger")
    return Seat(_text(siege, "statut_diffusion_etablissement"), _text(siege, "commune"), country)


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _no_answer(path: Path) -> SourceError:
    return SourceError(
        "pas une réponse de l'API Recherche d'entreprises", "no answer of the API Recherche d'entreprises", path=path
    )
