"""Version objects: what was said of a thing after a change, about nodes of that change's own.

The thing, its sub-nodes and its record are each replaced by a version that says what it is a version of
(`dct:isVersionOf`): the thing by the version's IRI, the others by blank nodes, all of them objects of
`as:attachment`, so that a Concise Bounded Description of the version holds everything. Two versions of a thing
thus never mix, in any RDF format. `dct:isVersionOf` leads back (docs/decisions/0012-history.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdflib.namespace import DCTERMS, PROV, RDF, XSD

from publisher.vocabulary import AS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from publisher.identifiers import Minter
    from publisher.steps import Change


def describe_version(minter: Minter, change: Change) -> Iterator[str]:
    """Yield what is said of a version itself, as N-Triples lines: what was done, to what, when, by which step."""
    for predicate, value in (
        (RDF.type, f"<{change.action}>"),
        (DCTERMS.isVersionOf, f"<{change.thing}>"),
        (PROV.generatedAtTime, f'"{change.instant}"^^<{XSD.dateTime}>'),
        (PROV.wasGeneratedBy, f"<{minter.step(change.number)}>"),
    ):
        yield f"<{change.version}> <{predicate}> {value} ."


def write_version(change: Change, state: Iterable[str]) -> Iterator[str]:
    """Yield a thing's state (N-Triples lines, sorted) as statements about its version and the nodes of that."""
    version, thing = f"<{change.version}>", f"<{change.thing}>"
    nodes: dict[str, list[list[str]]] = {thing: []}
    for line in state:
        subject, *rest = line.removesuffix(" .").split(" ", 2)
        nodes.setdefault(subject, []).append(rest)
    versions = {node: f"_:v{change.id}n{rank}" if rank else version for rank, node in enumerate(nodes)}
    for node in versions.values():
        if node != version:
            yield f"{version} <{AS.attachment}> {node} ."
    for node, said in nodes.items():
        if node != thing:
            yield f"{versions[node]} <{DCTERMS.isVersionOf}> {node} ."
        for predicate, value in said:
            yield f"{versions[node]} {predicate} {versions.get(value, value)} ."
