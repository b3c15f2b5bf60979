"""SERVICE to the endpoints that the operator trusts (https://www.w3.org/TR/sparql11-federated-query/).

The query processes never call anybody. A block `SERVICE <trusted> { … }` is taken out of the text, asked of its
endpoint by the web process as `SELECT * { … }`, and its solutions stand in its place as VALUES: the join of the
specification (§4), whatever the query around it. What is left of the text, and each text sent, passes the guard: a
SERVICE that is not exactly of this form, or that is nested, is refused there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from endpoints.evaluation import guard
from endpoints.evaluation.errors import QueryRefusedError, ServiceRefusedError
from endpoints.evaluation.lexer import CLOSE, IRI, OPEN, VARIABLE, WORD, tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from endpoints.evaluation.lexer import Token

MOST_CALLS = 4
NO_SOLUTION_NEEDED = "{ }"
"""What stands for a call that failed silently: the empty group, which leaves the rest as it is."""

_NOT_A_LINE_END = re.compile(r"[^\n]")


@dataclass(frozen=True, slots=True)
class Call:
    """A block to ask of an endpoint: where it stands, the query to send, the variables that its text names."""

    start: int
    end: int
    endpoint: str
    query: str
    variables: frozenset[str]
    silent: bool


def inspect(
    text: str, trusted: Collection[str], longest: int = guard.MAX_LENGTH
) -> tuple[guard.Text, tuple[Call, ...]]:
    """Return what a query's tokens tell, and its calls to trusted endpoints, when nothing in it is refused.

    Raises:
        QueryRefusedError, QuerySyntaxError: as endpoints.evaluation.guard.inspect; another SERVICE, or too many.
    """
    calls = _find(text, trusted) if trusted and len(text) <= longest else ()
    try:
        told = guard.inspect(replace(text, calls, [NO_SOLUTION_NEEDED] * len(calls)), longest)
        for call in calls:
            guard.inspect(call.query, len(call.query))
    except ServiceRefusedError as error:
        if not trusted:
            raise
        raise _only(trusted) from error
    if len(calls) > MOST_CALLS:
        raise QueryRefusedError(
            f"requête refusée : au plus {MOST_CALLS} appels SERVICE",
            f"query refused: at most {MOST_CALLS} SERVICE calls",
        )
    return told, calls


def replace(text: str, calls: Sequence[Call], groups: Sequence[str]) -> str:
    """Return the text with a group in place of each call; the lines that follow keep their places."""
    parts, end = [], 0
    for call, group in zip(calls, groups, strict=True):
        _, line_end, rest = text[call.start : call.end].partition("\n")
        parts += [text[end : call.start], " ", group, line_end or " ", _NOT_A_LINE_END.sub(" ", rest)]
        end = call.end
    return "".join([*parts, text[end:]])


def _find(text: str, trusted: Collection[str]) -> tuple[Call, ...]:
    found = list(tokens(text))
    form = next((token.start for token in found if token.kind == WORD and token.text.upper() in guard.FORMS), None)
    calls: list[Call] = []
    position = 0
    while form is not None and position < len(found):
        last = _block(found, position, trusted)
        if last:
            calls.append(_call(text, found[position : last + 1], text[:form]))
        position = last + 1 if last else position + 1
    return tuple(calls)


def _block(found: Sequence[Token], position: int, trusted: Collection[str]) -> int:
    """Return where the block that begins here ends; 0 when none to a trusted endpoint does."""
    if not _is_word(found[position], "SERVICE"):
        return 0
    head = found[position + 1 : position + 4]
    head = head[1:] if head and _is_word(head[0], "SILENT") else head[:2]
    if [token.kind for token in head] != [IRI, OPEN] or head[1].text != "{" or head[0].text[1:-1] not in trusted:
        return 0
    depth = 0
    for index in range(found.index(head[1], position), len(found)):
        depth += (found[index].kind == OPEN) - (found[index].kind == CLOSE)
        if not depth:
            return index
    return 0


def _call(text: str, block: Sequence[Token], prologue: str) -> Call:
    silent = _is_word(block[1], "SILENT")
    start, end = block[0].start, block[-1].start + 1
    variables = frozenset(token.text[1:] for token in block if token.kind == VARIABLE)
    asked = f"{prologue}SELECT * WHERE {text[block[2 + silent].start : end]}"
    return Call(start, end, block[1 + silent].text[1:-1], asked, variables, silent)


def _is_word(token: Token, word: str) -> bool:
    return token.kind == WORD and token.text.upper() == word


def _only(trusted: Collection[str]) -> QueryRefusedError:
    listed = ", ".join(f"<{endpoint}>" for endpoint in trusted)
    return QueryRefusedError(
        f"requête refusée : SERVICE n'appelle que ces services, écrits ainsi et hors d'un autre appel : {listed}",
        f"query refused: SERVICE calls only these services, written so and outside another call: {listed}",
    )
