"""Territories: `/territoires`, the régions and their départements with counts, and a way to one's own town.

`/territoires?q=` finds a territory by its name, even misspelt or unfinished, by its Insee code or by a postcode.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template, request
from pyoxigraph import NamedNode

from endpoints.answers import page
from endpoints.languages import LANGUAGES, language
from endpoints.listing import Row, Rows, alphabetical, with_counts
from endpoints.matching import Question, find_candidates
from endpoints.presentation import href
from endpoints.searching import name_words, search_index
from endpoints.serving import served_release, serving
from publisher.release import DUMPS
from publisher.vocabulary import IGEO

if TYPE_CHECKING:
    from pathlib import Path

    from endpoints.searching import Record

blueprint = Blueprint("territories", __name__)

PATH = "/territoires"
KINDS = frozenset({"commune", "intercommunalite", "departement", "region"})
_MAX_TEXT, _MOST, _SAME = 100, 20, 100.0
_POSTCODE = re.compile(r"[0-9]{2} ?[0-9]{3}")
_COMMUNES = "territoires-communes.csv"


@blueprint.get(PATH)
def territories() -> Response:
    """Answer with the territories, with those that a name or a code may mean, or send to the one that it means."""
    text = " ".join(request.args.get("q", "").split())[:_MAX_TEXT]
    found, sure = find_territories(text) if text else ([], False)
    if sure and len(found) == 1:
        return _sent_to(found[0])

    def build() -> str:
        return render_template("territoires.html", text=text, found=[_row(each) for each in found], places=places())

    return page(build)


def places() -> list[tuple[Row, list[Row]]]:
    """Return the régions by name, and the départements of each, with their number of companies."""
    release = served_release()
    rows = Rows(release)
    regions = rows.select("territories", {"class": NamedNode(str(IGEO.Region))})
    departements = rows.select("territories", {"class": NamedNode(str(IGEO.Departement))})
    below: dict[str | None, list[Row]] = defaultdict(list)
    for row in with_counts(departements, release.counts.get("departements", {})):
        below[row.get("above")].append(row)
    counted = alphabetical(with_counts(regions, release.counts.get("regions", {})))
    return [(region, alphabetical(below[region["thing"]])) for region in counted]


def find_territories(text: str) -> tuple[list[Record], bool]:
    """Return the territories that a text may mean, the likeliest first, and whether it surely means them."""
    index = search_index(serving(), served_release())
    candidates = find_candidates(index, Question(text, KINDS, frozenset(), _MOST, ()))
    certain = [each.record for each in candidates if each.match and each.score >= _SAME]
    posted = _postcodes(served_release().release.directory / DUMPS / _COMMUNES) if _POSTCODE.fullmatch(text) else {}
    served = posted.get(text.replace(" ", ""), ())
    if served or certain:
        return _unique([*certain, *(index.coded(served, ["commune"], _MOST) if served else [])]), True
    named = [each.record for each in candidates if each.score >= _SAME]
    begun = index.starting(name_words(text), ["commune"], _MOST)
    return _unique([*named, *begun, *(each.record for each in candidates)])[:_MOST], False


def _unique(records: list[Record]) -> list[Record]:
    return list({record["iri"]: record for record in records}.values())


@lru_cache(maxsize=2)
def _postcodes(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the codes of the communes that each postcode serves; the table of communes has them, the graph has not."""
    served: dict[str, list[str]] = defaultdict(list)
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as lines:
            rows = csv.reader(lines)
            header = next(rows, [])
            if {"code", "codes_postaux"} <= set(header):
                code, postcodes = header.index("code"), header.index("codes_postaux")
                for row in rows:
                    for postcode in row[postcodes].split("|"):
                        served[postcode].append(row[code])
    return {postcode: tuple(codes) for postcode, codes in served.items()}


def _sent_to(record: Record) -> Response:
    place = href(serving().minter.document_path(record["kind"], record["code"]))
    response = Response(f"{place}\n", status=303, content_type="text/plain; charset=utf-8")
    response.headers["Location"] = place
    response.vary.update(["Accept-Language", "Cookie"])
    return response


def _row(record: Record) -> dict[str, Any]:
    """Return a territory as the page lists it."""
    around = record.get("places", {}).get("departement")
    labels = record["labels"]
    return {
        "thing": serving().minter.document_path(record["kind"], record["code"]),
        "name": labels.get(language()) or labels[LANGUAGES[0]],
        "kind": record["kind"],
        "code": record["code"],
        "departementName": around["labels"][LANGUAGES[0]] if around and around["iri"] != record["iri"] else "",
        "population": record.get("population"),
    }
