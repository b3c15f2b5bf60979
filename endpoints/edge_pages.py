"""The part of an answer that a page shows, taken in before the page is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from endpoints.evaluation.answers import row_mark
from endpoints.evaluation.client import Answer
from endpoints.evaluation.errors import AnswerTooLargeError
from endpoints.result_tables import GRAPH_BYTES_SHOWN, ROWS_SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from endpoints.edge_evaluation import LiveAnswer

_MOST_BYTES = 8 << 20


class CollectedAnswer(Answer):
    """The beginning of an answer, or all of it."""

    def __init__(self, form: str, representation: str, chunks: list[bytes]) -> None:
        self.form, self.representation, self.length = form, representation, None
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        """Yield the bytes collected."""
        return iter(self._chunks)

    def close(self) -> None:
        """Do nothing: nothing is held."""


async def collect(answer: LiveAnswer) -> CollectedAnswer:
    """Take in as much of an answer as a page shows, and let go of it.

    Raises:
        AnswerCutError: it stopped before that.
        AnswerTooLargeError: its rows are too large for a page.
    """
    chunks: list[bytes] = []
    size = rows = 0
    mark = row_mark(answer.representation)
    try:
        async for chunk in answer:
            chunks.append(chunk)
            size += len(chunk)
            rows += chunk.count(mark)
            if (size > GRAPH_BYTES_SHOWN) if answer.form == "graph" else (rows > ROWS_SHOWN + 1):
                break
            if size > _MOST_BYTES:
                raise AnswerTooLargeError
    finally:
        answer.close()
    return CollectedAnswer(answer.form, answer.representation, chunks)
