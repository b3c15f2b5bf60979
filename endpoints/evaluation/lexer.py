"""The tokens of a SPARQL text, as far as telling strings, IRIs, names and comments from the rest needs it.

Tokens follow SPARQL 1.1, §19.8. Every alternative is possessive, and an unclosed string ends the reading: the time is
linear in the length of any text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from endpoints.evaluation.errors import QuerySyntaxError

if TYPE_CHECKING:
    from collections.abc import Iterator

IRI, STRING, VARIABLE, NAME, LANGUAGE, WORD, OPEN, CLOSE, OTHER, UNCLOSED = (
    "iri", "string", "variable", "name", "language", "word", "open", "close", "other", "unclosed",
)  # fmt: skip
_GAP = "gap"

_TOKEN = re.compile(
    r"""
    (?P<gap> (?: [ \t\r\n]++ | \#[^\r\n]*+ )*+ )
    (?:
      (?P<iri> <[^<>"{}|^`\x00-\x20]*+> )
    | (?P<string>
          \"{3} (?: [^"\\] | \\. | "(?!"") )*+ \"{3}
        | '{3} (?: [^'\\] | \\. | '(?!'') )*+ '{3}
        | (?!\"{3}) " (?: [^"\\\r\n] | \\. )*+ "
        | (?!'{3}) ' (?: [^'\\\r\n] | \\. )*+ '
      )
    | (?P<unclosed> ["'] )
    | (?P<variable> [?$][\w\u00b7\u0300-\u036f\u203f\u2040]++ )
    | (?P<name>
          (?: [^\W\d_] [\w.-]*+ )? :
          (?: (?: [\w:] | %[0-9A-Fa-f]{2} | \\[_~.!$&'()*+,;=/?\#@%-] )
              (?: [\w.:\u00b7\u0300-\u036f\u203f\u2040-] | %[0-9A-Fa-f]{2} | \\[_~.!$&'()*+,;=/?\#@%-] )*+ )?
      )
    | (?P<language> @[A-Za-z0-9-]++ )
    | (?P<word> [^\W\d_] [\w.-]*+ | \w++ )
    | (?P<open> [({\[] )
    | (?P<close> [)}\]] )
    | (?P<other> . )
    | \Z
    )
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A token: its kind (one of this module's constants), its text, and where it begins."""

    kind: str
    text: str
    start: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a text; white space and comments are left out.

    A word takes the dots that follow it, as a prefix may hold some: `a.b` is one word, `a.b:c` one name.

    Raises:
        QuerySyntaxError: a string is not closed.
    """
    start = 0
    for kind, gap, found in split(text):
        start += len(gap)
        yield Token(kind, found, start)
        start += len(found)


def split(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield each token's kind, what stands before it (white space and comments), and its text.

    Raises:
        QuerySyntaxError: a string is not closed.
    """
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == UNCLOSED:
            line, column = place(text, match.start(kind))
            raise QuerySyntaxError("chaîne non fermée (unterminated string)", line, column)
        if kind is not None and kind != _GAP:
            yield kind, match[_GAP], match[kind]


def place(text: str, offset: int) -> tuple[int, int]:
    """Return the line and the column of an offset, counted from 1."""
    before = text.count("\n", 0, offset)
    return before + 1, offset - text.rfind("\n", 0, offset)
