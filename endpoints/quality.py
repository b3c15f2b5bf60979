"""The release's report, for people and for programs: what the gate found, record by record."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from flask import Blueprint, Response, render_template

from endpoints.answers import alternates, answer, choose_as, forms
from endpoints.languages import language
from endpoints.serving import served_release
from publisher.release import REPORT_TURTLE
from publisher.representations import HTML, JSON, TURTLE

blueprint = Blueprint("quality", __name__)

PATH = "/qualite"
OFFERED = (HTML, TURTLE, JSON)


@blueprint.get(PATH)
@blueprint.get(PATH + forms(OFFERED))
def quality(extension: str | None = None) -> Response:
    """Answer with the report in the representation asked for; a page unless data is preferred."""
    choice = choose_as(PATH, OFFERED, extension)
    release = served_release().release

    def build() -> str | bytes:
        if choice.representation is TURTLE:
            return (release.directory / REPORT_TURTLE).read_bytes()
        if choice.representation is JSON:
            return json.dumps(release.report, ensure_ascii=False, indent=1) + "\n"
        return _page(release.report)

    return answer(choice, build, path=PATH, links=alternates(PATH, OFFERED))


def _page(report: dict[str, Any]) -> str:
    findings = report.get("findings", [])
    by_rule = Counter((finding["severity"], finding["rule"]) for finding in findings)
    groups = [
        {
            "severity": severity,
            "rule": rule.rpartition("#")[2],
            "count": count,
            "text": _example(findings, rule),
            "findings": [f for f in findings if f["rule"] == rule and f["severity"] == severity],
        }
        for (severity, rule), count in by_rule.most_common()
    ]
    return render_template("qualite.html", report=report, groups=groups)


def _example(findings: list[dict[str, Any]], rule: str) -> str:
    """Return what a rule says, when it says the same of every record; else nothing."""
    said = {finding["texts"].get(language(), "") for finding in findings if finding["rule"] == rule}
    return said.pop() if len(said) == 1 else ""
