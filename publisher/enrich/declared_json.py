"""A file of public contracts in the official JSON formats → the declarations of the companies asked for.

Format of 2018: `{"marches": [ … ]}`, holders as objects; of 2022: `{"marches": {"marche": [ … ]}}`, each holder within
an object `titulaire`. Concessions are no contracts of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from publisher.enrich.declarations import REQUIRED, Declaration, Declared, cell, missing, not_utf8
from publisher.enrich.json_stream import JsonStream
from publisher.errors import SourceError
from publisher.siren import siren_within

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from publisher.enrich.declarations import Progress

_TOLD = 1 << 10
"""The progress is told every so many contracts."""

_2018, _2022 = "json-2018", "json-2022"


def read_json(path: Path, sirens: Collection[str], progress: Progress) -> Declared:
    """Return every declaration of the contracts that one of these companies holds.

    Raises:
        SourceError: no UTF-8, no JSON, cut off, or JSON of something else.
    """
    size, layout, records = path.stat().st_size, "", 0
    found: list[Declaration] = []
    absent: set[str] | None = None
    try:
        with path.open(encoding="utf-8-sig") as file:
            stream = JsonStream(file, path)
            for layout, contract in _contracts(stream):  # noqa: B007 — the last one names the file's
                if not isinstance(contract, dict) or "concessionnaires" in contract:
                    continue
                records += 1
                if records % _TOLD == 0:
                    progress(min(1.0, stream.read / size))
                holders = list(_declarations(contract))
                if any(siren_within(each.holder) in sirens for each in holders):
                    found += holders
                lacking = _lacking(contract)
                absent = lacking if absent is None else absent & lacking
    except UnicodeDecodeError as error:
        raise not_utf8(path, error) from error
    if not layout:
        raise SourceError(
            "pas un fichier DECP (JSON) : ni « marches » ni « marches.marche » ne contient de liste",
            "no DECP file (JSON): neither 'marches' nor 'marches.marche' holds a list",
            path=path,
        )
    if absent:
        raise missing(path, absent)
    return Declared(layout, records, found)


def _contracts(stream: JsonStream) -> Iterator[tuple[str, Any]]:
    """Yield the contracts with the format that holds them; an empty list yields None, so that its format is known."""
    if stream.peek() != "{":
        return
    for key in stream.members():
        if key != "marches" or stream.peek() not in "[{":
            stream.skip()
        elif stream.peek() == "[":
            yield _2018, None
            yield from ((_2018, item) for item in stream.items())
        else:
            for inner in stream.members():
                if inner == "marche" and stream.peek() == "[":
                    yield _2022, None
                    yield from ((_2022, item) for item in stream.items())
                else:
                    stream.skip()


def _declarations(contract: dict[str, Any]) -> Iterator[Declaration]:
    buyer, place = _object(contract.get("acheteur")), _object(contract.get("lieuExecution"))
    common = {
        "identifier": contract.get("id"),
        "buyer": buyer.get("id") or contract.get("acheteur.id"),
        "buyer_name": buyer.get("nom") or contract.get("acheteur.nom"),
        "subject": contract.get("objet"),
        "cpv": contract.get("codeCPV"),
        "nature": contract.get("nature"),
        "procedure": contract.get("procedure"),
        "notified": contract.get("dateNotification"),
        "amount": contract.get("montant"),
        "place": place.get("code") or contract.get("lieuExecution.code"),
        "place_kind": place.get("typeCode") or contract.get("lieuExecution.typeCode"),
        "flow": contract.get("source"),
    }
    texts = {name: cell(value) for name, value in common.items()}
    for holder in _holders(contract.get("titulaires")):
        yield Declaration(
            **texts,
            holder=cell(holder.get("id")),
            scheme=cell(holder.get("typeIdentifiant")),
            holder_name=cell(holder.get("denominationSociale")),
        )


def _holders(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the holders of either format; some platforms put lists within lists."""
    waiting = [value]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, list):
            waiting[:0] = each
        elif isinstance(each, dict) and "titulaire" in each:
            waiting.insert(0, each["titulaire"])
        elif isinstance(each, dict):
            yield each


def _lacking(contract: dict[str, Any]) -> set[str]:
    names = set(contract)
    if names & {"acheteur", "acheteur.id"}:
        names.add("acheteur_id")
    if "titulaires" in names:
        names.add("titulaire_id")
    return set(REQUIRED) - names


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
