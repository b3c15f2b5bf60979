"""Breaking off an answer so that one that is cut can be taken by no parser for a whole one.

A server interface has no way to break off a chunked body: its last chunk looks like any other end. So the body itself
must be broken: JSON and XML that are not closed, an open quote in CSV and TSV, a broken IRI in the Turtle family.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from endpoints.evaluation.errors import AnswerCutError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from endpoints.evaluation.client import Answer

_QUOTED = frozenset({"csv", "tsv"})
_MARKUP = frozenset({"xml", "rdfxml"})
_JSON = frozenset({"json", "jsonld"})
_NOTE = b"reponse interrompue - answer cut"
_log = logging.getLogger(__name__)


class CutWatch:
    """Follows an answer, to know how to break it off wherever it stops."""

    def __init__(self, representation: str) -> None:
        self._representation = representation
        self._counting = representation in _QUOTED
        self._quotes = 0

    def note(self, chunk: bytes) -> None:
        """Note the next bytes of the answer."""
        if self._counting:
            self._quotes += chunk.count(b'"')

    def broken_end(self) -> bytes:
        """Return what makes the part that was noted unreadable."""
        return broken_end(self._representation, inside_quotes=bool(self._quotes % 2))


def stream(answer: Answer) -> Iterator[bytes]:
    """Yield the bytes of an answer; if it is cut, something that no parser accepts, then nothing more."""
    watch = CutWatch(answer.representation)
    try:
        for chunk in answer:
            watch.note(chunk)
            yield chunk
    except AnswerCutError as error:
        _log.warning("answer cut: %s", error.texts["en"])
        yield watch.broken_end()


def broken_end(representation: str, *, inside_quotes: bool = False) -> bytes:
    """Return what makes a partial answer unreadable, wherever it stopped."""
    if representation in _QUOTED:
        return b"\r\n" + _NOTE if inside_quotes else b'\r\n"' + _NOTE
    if representation in _MARKUP:
        return b"\n<< " + _NOTE
    if representation in _JSON:
        return b"\n!! " + _NOTE
    return b"\n< " + _NOTE
