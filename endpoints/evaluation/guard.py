"""What a query must not ask for, told from its tokens before any engine sees it.

A filter, not a sandbox: it gives a clear refusal to what the confined workers would otherwise fail on or die of. The
limits are far above what people and tools write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from endpoints.evaluation.errors import (
    QueryTooComplexError,
    QueryTooLongError,
    ServiceRefusedError,
    UpdateRefusedError,
)
from endpoints.evaluation.lexer import CLOSE, IRI, LANGUAGE, NAME, OPEN, OTHER, STRING, VARIABLE, WORD, split, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

FORMS = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
UPDATES = frozenset({"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"})
VARYING = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})

MAX_LENGTH = 200_000
MAX_TOKENS = 40_000
MAX_DEPTH = 64
MAX_GROUPS = 512
MAX_PATTERNS = 128
MAX_OPERATORS = 1_024
MAX_EXPRESSIONS = 1_024
MAX_SIGNS = 32

_OPERATORS = frozenset("|/^*+-=<>!&?")
_SIGNS = frozenset("!-+^")
_SEPARATORS = frozenset(".;,")
_UNCHECKED = frozenset({IRI, STRING, VARIABLE, LANGUAGE})
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_SERVICE = "SERVICE"
_AFTER_TWO_DOTS = re.compile(r"\.[^.]+\.+SERVICE", re.IGNORECASE)
"""In `x:a.b.SERVICE` the engine takes `x:a.b` for the name (it lets dots stand once), a dot, then SERVICE."""


@dataclass(frozen=True, slots=True)
class Text:
    """What the tokens tell of a text: its query form (None when it has none), and whether its answer may vary.

    `normal` is the text without its comments and with single spaces: layouts of one query have it in common.
    """

    form: str | None
    varies: bool
    normal: str = ""


def inspect(text: str, longest: int = MAX_LENGTH) -> Text:
    """Return what the tokens of a query tell, when nothing in it is refused.

    Raises:
        QueryTooLongError: the text has more than `longest` characters.
        ServiceRefusedError, QueryTooComplexError: SERVICE, or a text too deep or with too many parts.
        UpdateRefusedError: the text is an update.
        QuerySyntaxError: a string is not closed.
    """
    if len(text) > longest:
        raise QueryTooLongError(
            f"requête refusée : plus de {longest} caractères", f"query refused: more than {longest} characters"
        )
    found = _Inspection()
    parts: list[str] = []
    for kind, gap, token in split(text):
        parts.append(f" {token}" if gap else token)
        if kind == OTHER:
            found.other(token)
        else:
            found.signs = 0
            if kind not in _UNCHECKED:
                found.take[kind](token)
        if len(parts) > MAX_TOKENS:
            raise _too("de mots et de signes", "words and signs", MAX_TOKENS)
    if _hides_service(text, found):
        raise ServiceRefusedError
    return Text(found.form.lower() if found.form else None, found.varies, "".join(parts).lstrip())


class _Inspection:
    """Counts and notes, token by token."""

    def __init__(self) -> None:
        self.form: str | None = None
        self.varies = self.has_escape = False
        self.declared: set[str] = set()
        self.suspects: set[str] = set()
        self.signs = self._groups = self._patterns = self._operators = self._expressions = 0
        self._open: list[str] = []
        self._declaring = self._listing = False
        self.take: dict[str, Callable[[str], None]] = {
            WORD: self._word,
            NAME: self._name,
            OPEN: self._bracket,
            CLOSE: self._unbracket,
        }

    def _word(self, text: str) -> None:
        upper = text.upper()
        # A part of a word is enough: the engine needs no space between `1` or `true` and SERVICE.
        if _SERVICE in upper:
            raise ServiceRefusedError
        self._declaring = upper == "PREFIX"
        self._listing = self._listing or upper == "VALUES"
        self.varies = self.varies or upper in VARYING
        if self.form is None and not self._open:
            if upper in UPDATES:
                raise UpdateRefusedError
            if upper in FORMS:
                self.form = upper

    def _name(self, text: str) -> None:
        prefix, _, local = text.partition(":")
        if _AFTER_TWO_DOTS.search(local):
            raise ServiceRefusedError
        if self._declaring:
            self.declared.add(prefix)
            self._declaring = False
        elif _SERVICE in prefix.upper():
            # `true.SERVICE:x` is a name if the prefix is declared; otherwise the engine reads true, a dot, SERVICE.
            self.suspects.add(prefix)

    def _bracket(self, text: str) -> None:
        self._open.append(text)
        if len(self._open) > MAX_DEPTH:
            raise _too("de niveaux imbriqués", "nested levels", MAX_DEPTH)
        self._groups += text == "{"
        if self._groups > MAX_GROUPS:
            raise _too("de groupes", "groups", MAX_GROUPS)
        # The engine puts each BIND, computed column or key around the ones before; the rows of VALUES are plain data.
        self._expressions += text == "(" and not self._listing
        if self._expressions > MAX_EXPRESSIONS:
            raise _too("d'expressions", "expressions", MAX_EXPRESSIONS)

    def _unbracket(self, text: str) -> None:
        self._listing = self._listing and text != "}"
        if self._open:
            self._open.pop()

    def other(self, text: str) -> None:
        """Note a sign; raise if it is one too many."""
        self.has_escape = self.has_escape or text == "\\"
        self.signs = self.signs + 1 if text in _SIGNS else 0
        self._operators += text in _OPERATORS
        self._patterns += text in _SEPARATORS and bool(self._open) and self._open[-1] != "("
        if self.signs > MAX_SIGNS:
            raise _too("de signes de suite", "signs in a row", MAX_SIGNS)
        if self._operators > MAX_OPERATORS:
            raise _too("d'opérateurs", "operators", MAX_OPERATORS)
        if self._patterns > MAX_PATTERNS:
            raise _too("de motifs de triplets", "triple patterns", MAX_PATTERNS)


def _hides_service(text: str, found: _Inspection) -> bool:
    """Return whether SERVICE hides behind an undeclared prefix or behind code point escapes (SPARQL 1.1, §19.2)."""
    if found.suspects - found.declared:
        return True
    if not found.has_escape or not _ESCAPE.search(text):
        return False
    plain = _ESCAPE.sub(_unescaped, text)
    return any(token.kind in {WORD, NAME} and _SERVICE in token.text.upper() for token in tokens(plain))


def _unescaped(escape: re.Match[str]) -> str:
    number = int(escape[1] or escape[2], 16)
    return chr(number) if number <= 0x10FFFF else escape[0]  # noqa: PLR2004 - Unicode's last code point


def _too(fr: str, en: str, most: int) -> QueryTooComplexError:
    return QueryTooComplexError(
        f"requête refusée : trop {fr} (au plus {most})", f"query refused: too many {en} (at most {most})"
    )
