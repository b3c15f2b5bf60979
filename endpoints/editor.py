"""What the SPARQL editor of `/sparql` needs: `/editeur.json`, and whether its script is installed here.

The editor is YASGUI, from this host only: our prefixes, our classes and properties by how often they are used (from
the release's VoID statistics). Without it the page is a plain form.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app
from pyoxigraph import Literal, NamedNode
from rdflib.namespace import RDF, VOID

from endpoints.answers import Choice, answer
from endpoints.dataset import dataset_triples
from endpoints.serving import served_release, serving
from publisher.representations import JSON

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyoxigraph import Triple

blueprint = Blueprint("editor", __name__)

PATH = "/editeur.json"


@blueprint.get(PATH)
def editor() -> Response:
    """Answer with the prefixes, and the classes and properties of the release, the most used first."""
    return answer(Choice(JSON, fixed=True), _settings)


@blueprint.app_template_global("has_asset")
def has_asset(name: str) -> bool:
    """Return whether a static file is installed; those of npm are only where `make assets` has run."""
    return (Path(current_app.static_folder or "") / name).is_file()


def _settings() -> str:
    triples = dataset_triples(served_release().release)
    properties = [str(RDF.type), *by_use(triples, VOID.property, VOID.triples)]
    content = {
        "prefixes": serving().project.prefixes,
        "classes": by_use(triples, VOID["class"], VOID.entities),
        "properties": list(dict.fromkeys(properties)),
    }
    return json.dumps(content, ensure_ascii=False) + "\n"


def by_use(triples: Iterable[Triple], kind: object, size: object) -> list[str]:
    """Return the terms that VoID's partitions name by one property, the largest by another first."""
    named: dict[object, str] = {}
    sizes: dict[object, int] = {}
    for subject, predicate, value in triples:
        if predicate.value == str(kind) and isinstance(value, NamedNode):
            named[subject] = value.value
        elif predicate.value == str(size) and isinstance(value, Literal):
            sizes[subject] = int(value.value)
    return [named[subject] for subject in sorted(named, key=lambda each: sizes.get(each, 0), reverse=True)]
