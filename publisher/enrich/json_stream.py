"""The items of one array of a JSON file, one after the other: memory holds one item, whatever the file's size.

The standard library decodes a value that begins at a given place (`raw_decode`); what is added here is to feed it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from publisher.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

_CHUNK = 1 << 20
_LARGEST = 1 << 24
_BLANKS = " \t\r\n"


class JsonStream:
    """A JSON text read from its start: objects by their keys, arrays by their items; numbers stay as written."""

    def __init__(self, file: TextIO, path: Path) -> None:
        self._file, self._path = file, path
        self._decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=lambda _: None)
        self._buffer, self._at, self._ended, self._lines = "", 0, False, 1
        self.read = 0
        """Characters read of the file so far."""

    def peek(self) -> str:
        """Return the next character that is no blank; an empty text at the end."""
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at] in _BLANKS:
                self._at += 1
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if self._ended:
                return ""
            self._fill()

    def members(self) -> Iterator[str]:
        """Yield the keys of the object that begins here; the caller reads the value of each."""
        self._take("{")
        while self.peek() != "}":
            key = self.value()
            if not isinstance(key, str):
                raise self._invalid(f"« {str(key)[:20]} »")
            self._take(":")
            yield key
            self._separate("}")
        self._take("}")

    def items(self) -> Iterator[Any]:
        """Yield the items of the array that begins here."""
        self._take("[")
        while self.peek() != "]":
            yield self.value()
            self._separate("]")
        self._take("]")

    def skip(self) -> None:
        """Read past the value that begins here, an array item by item."""
        if self.peek() == "[":
            for _ in self.items():
                pass
        else:
            self.value()

    def value(self) -> Any:
        """Return the value that begins here.

        Raises:
            SourceError: it is no JSON, is cut by the end of the file, or larger than 16 million characters.
        """
        self.peek()
        while True:
            try:
                found, end = self._decoder.raw_decode(self._buffer, self._at)
            except (json.JSONDecodeError, RecursionError) as error:
                if self._ended or len(self._buffer) - self._at > _LARGEST or isinstance(error, RecursionError):
                    raise self._failed(error) from error
            else:
                if end < len(self._buffer) or self._ended:  # a number at the very end may go on
                    self._at = end
                    return found
            self._fill()

    def _fill(self) -> None:
        chunk = self._file.read(_CHUNK)
        self._lines += self._buffer.count("\n", 0, self._at)
        self._buffer, self._at = self._buffer[self._at :] + chunk, 0
        self._ended = not chunk
        self.read += len(chunk)

    def _take(self, character: str) -> None:
        found = self.peek()
        if found != character:
            raise self._invalid(f"« {found} »") if found else self._cut()
        self._at += 1

    def _separate(self, end: str) -> None:
        if self.peek() != end:
            self._take(",")

    def _failed(self, error: json.JSONDecodeError | RecursionError) -> SourceError:
        if isinstance(error, RecursionError):
            return self._invalid("trop de niveaux / nested too deep")
        text = self._buffer.rstrip()
        if self._ended and (error.pos >= len(text) or error.msg.startswith("Unterminated")):
            return self._cut()
        self._at = min(error.pos, len(self._buffer))
        return self._invalid(error.msg)

    @property
    def _row(self) -> int:
        return self._lines + self._buffer.count("\n", 0, self._at)

    def _cut(self) -> SourceError:
        return SourceError(
            "JSON tronqué : le fichier s'arrête avant la fin de ce qui commence ici ; le télécharger à nouveau",
            "truncated JSON: the file stops before the end of what begins here; download it again",
            path=self._path,
            row=self._row,
        )

    def _invalid(self, what: str) -> SourceError:
        return SourceError(f"JSON invalide : {what}", f"invalid JSON: {what}", path=self._path, row=self._row)
