"""The release's report, for people and for programs: what the gate found, record by record, and what is filled in."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from flask import Blueprint, Response, render_template
from pyoxigraph import NamedNode

from endpoints.answers import alternates, answer, choose_as, forms
from endpoints.languages import language
from endpoints.pages import thing_label
from endpoints.reviews import read_reviews
from endpoints.serving import served_release, serving
from endpoints.wording import term_label
from publisher.identifiers import is_iri
from publisher.release import REPORT_TURTLE
from publisher.representations import HTML, JSON, TURTLE

blueprint = Blueprint("quality", __name__)

PATH = "/qualite"
OFFERED = (HTML, TURTLE, JSON)
_LISTED = 200
"""How many findings of one rule, and records to be reviewed, the page lists."""

_FIRST = "http://www.w3.org/ns/legal#LegalEntity"
"""What the directory is about stands first among what is measured."""


@blueprint.get(PATH)
@blueprint.get(PATH + forms(OFFERED))
def quality(extension: str | None = None) -> Response:
    """Answer with the report in the representation asked for; a page unless data is preferred."""
    choice = choose_as(PATH, OFFERED, extension)
    opened = served_release()

    def build() -> str | bytes:
        if choice.representation is TURTLE:
            return (opened.release.directory / REPORT_TURTLE).read_bytes()
        report = opened.release.report
        if choice.representation is JSON:
            said = {**report, "completeness": opened.counts.get("completeness", {})}
            return json.dumps(said, ensure_ascii=False, indent=1) + "\n"
        return _page(report, opened.counts.get("completeness", {}))

    return answer(choice, build, path=PATH, links=alternates(PATH, OFFERED))


def _page(report: dict[str, Any], completeness: dict[str, Any]) -> str:
    by_rule: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for finding in report.get("findings", []):
        by_rule[finding["severity"], finding["rule"]].append(finding)
    groups = [
        {
            "severity": severity,
            "rule": rule.rpartition("#")[2],
            "count": len(found),
            "text": _example(found),
            "findings": [_shown(finding) for finding in found[:_LISTED]],
        }
        for (severity, rule), found in sorted(by_rule.items(), key=lambda each: len(each[1]), reverse=True)
    ]
    listed = sorted(completeness.items(), key=lambda each: (each[0] != _FIRST, -each[1]["things"]))
    sorts = [_sort(class_, said) for class_, said in listed if said["things"]]
    due = read_reviews(_LISTED)
    return render_template("qualite.html", report=report, groups=groups, sorts=sorts, reviews=due, most=_LISTED)


def _example(findings: list[dict[str, Any]]) -> str:
    """Return what the findings of a rule say, when it is the same of every record; else nothing."""
    said = {finding["texts"].get(language(), "") for finding in findings}
    return said.pop() if len(said) == 1 else ""


def _shown(finding: dict[str, Any]) -> dict[str, Any]:
    """Return a finding with its record's name and address, and the name of a property that is no column."""
    store, record, column = served_release().store, finding.get("record"), finding["column"] or ""
    return {
        **finding,
        "column": term_label(store, column, language()) if is_iri(column) else column,
        "path": serving().minter.path_of(record) if record else None,
        "name": thing_label(store, NamedNode(record), language()) if record else None,
    }


def _sort(class_: str, said: dict[str, Any]) -> dict[str, Any]:
    """Return how complete the things of a class are: each property's name, its number and its share."""
    store, things = served_release().store, said["things"]
    properties = [
        {"name": term_label(store, iri, language()), "iri": iri, "count": n, "share": n / things}
        for iri, n in said["properties"].items()
    ]
    name = term_label(store, class_, language())
    return {"id": class_.replace("#", "/").rpartition("/")[2], "name": name, "things": things, "properties": properties}
