"""What a SPARQL request will be answered with, decided before anything is evaluated."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from endpoints import federation
from endpoints.evaluation import guard
from endpoints.evaluation.frames import QueryRequest
from endpoints.negotiation import negotiate
from endpoints.problems import NotAcceptableError
from endpoints.service_description import PATH
from endpoints.sparql_protocol import chosen_format, results_of
from publisher.representations import HTML, RESULTS_JSON, TURTLE, Representation

if TYPE_CHECKING:
    from collections.abc import Collection

    from endpoints.federation import Call
    from endpoints.sparql_protocol import Operation

_LONGEST_ACCEPT = 1_024


class Plan(NamedTuple):
    """A query, what it is answered with, and its identity.

    `fixed` tells that a parameter named the representation, whatever the Accept header says. `tag` identifies the
    answer: release, dataset, query, representation; None when the answer changes from one moment to the next. `calls`
    are the blocks of the query that other endpoints answer.
    """

    operation: Operation
    form: str | None
    representation: Representation
    fixed: bool
    tag: str | None
    calls: tuple[Call, ...] = ()

    @property
    def evaluated(self) -> Representation:
        """The representation to ask for: a page is made from JSON or from Turtle."""
        if self.representation is not HTML:
            return self.representation
        return RESULTS_JSON if RESULTS_JSON in results_of(self.form) else TURTLE

    def request(self, base_uri: str, *, keep: bool = False) -> QueryRequest:
        """Return what to ask the evaluation server."""
        asked = self.operation
        return QueryRequest(
            asked.query,
            self.evaluated.name,
            asked.default_graphs,
            asked.named_graphs,
            base_iri=base_uri + PATH,
            keep=keep,
        )


def plan_answer(
    operation: Operation,
    accept: str | None,
    release: str,
    longest: int = guard.MAX_LENGTH,
    trusted: Collection[str] = (),
) -> Plan:
    """Return what an operation will be answered with.

    Raises:
        QueryRefusedError, QuerySyntaxError: the text is not evaluated here.
        NotAcceptableError: the Accept header excludes all that is offered.
    """
    text, calls = federation.inspect(operation.query, trusted, longest)
    representation, fixed = _representation(operation, text.form, accept)
    asked = release, representation.name, text.normal, operation.default_graphs, operation.named_graphs
    tag = hashlib.blake2b(repr(asked).encode(), digest_size=16).hexdigest()
    return Plan(operation, text.form, representation, fixed, None if text.varies or calls else tag, calls)


def _representation(operation: Operation, form: str | None, accept: str | None) -> tuple[Representation, bool]:
    named = chosen_format(operation.formats, _offered(form)) if operation.formats else None
    if named is not None:
        return named, True
    found = (_negotiated if len(accept or "") <= _LONGEST_ACCEPT else _negotiated.__wrapped__)(accept, form)
    if found is None:
        raise NotAcceptableError.among([(PATH, r) for r in _offered(form)])
    return found, False


def _offered(form: str | None) -> tuple[Representation, ...]:
    return *results_of(form), HTML


@lru_cache(maxsize=512)
def _negotiated(accept: str | None, form: str | None) -> Representation | None:
    return negotiate(accept, _offered(form))
