"""The language of an answer, and texts in it: French by default, English complete.

`?lang=`, then the cookie, then Accept-Language. The interface's French is in the templates; its English is
`translations/en.po`, compiled in memory when the application starts.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from babel.support import NullTranslations, Translations
from flask import g, has_request_context, request
from flask_babel import Babel, Domain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from decimal import Decimal

    from flask import Flask
    from pyoxigraph import Literal

LANGUAGES = ("fr", "en")
PARAMETER = "lang"
COOKIE = "lang"
_WRITTEN = 2048
"""Days, amounts and numbers that a web process keeps written out: pages repeat the same ones."""

CATALOGUE = Path(__file__).parent / "translations" / "en.po"


def language() -> str:
    """Return the language of this request: `fr` or `en` (`fr` outside a request)."""
    if not has_request_context():
        return LANGUAGES[0]
    if "language" not in g:
        g.language = _chosen()
    found: str = g.language
    return found


def explicit_language() -> str | None:
    """Return the language that the address itself asks for, if it does."""
    if "asked_language" not in g:
        asked = request.args.get(PARAMETER)
        g.asked_language = asked if asked in LANGUAGES else None
    found: str | None = g.asked_language
    return found


def _chosen() -> str:
    wish = explicit_language() or request.cookies.get(COOKIE)
    if wish in LANGUAGES:
        return wish
    for value, quality in request.accept_languages:
        base = value.partition("-")[0].lower()
        if base in LANGUAGES and quality > 0:
            return base
    return LANGUAGES[0]


def text_in(texts: Mapping[str, str], lang: str) -> str:
    """Return a text in a language, else in the other; empty when there is none."""
    return texts.get(lang) or next(iter(texts.values()), "")


def euros(amount: Decimal) -> str:
    """Return an amount in euros, without cents, as the page's language writes it."""
    return _euros(amount, language())


def written_day(day: date) -> str:
    """Return a day as the page's language writes it out."""
    return _day(day, language())


def written_number(number: Decimal | float) -> str:
    """Return a number as the page's language writes it."""
    return _number(number, language())


@lru_cache(maxsize=_WRITTEN)
def _euros(amount: Decimal, lang: str) -> str:
    return format_currency(amount, "EUR", format="#,##0\u00a0¤", locale=lang, currency_digits=False)


@lru_cache(maxsize=_WRITTEN)
def _day(day: date, lang: str) -> str:
    return format_date(day, "long", locale=lang)


@lru_cache(maxsize=_WRITTEN)
def _number(number: Decimal | float, lang: str) -> str:
    return format_decimal(number, locale=lang)


def best_text(literals: Iterable[Literal], wanted: str) -> Literal | None:
    """Return the literal to show: in the wanted language, else without language, else French, else any."""
    return min(literals, key=lambda text: (_distance(text.language, wanted), text.value), default=None)


def _distance(tag: str | None, wanted: str) -> int:
    order = (wanted, None, LANGUAGES[0])
    base = tag.partition("-")[0] if tag else None
    return order.index(base) if base in order else len(order)


class Catalogues(Domain):  # type: ignore[misc]  # Flask-Babel ships no types
    """A Flask-Babel domain whose only catalogue is read from a .po file, no build step between."""

    def __init__(self, path: Path) -> None:
        super().__init__(domain="messages")
        compiled = BytesIO()
        with path.open("rb") as source:
            write_mo(compiled, read_po(source, locale="en"))
        compiled.seek(0)
        self._english = Translations(compiled)
        self._source = NullTranslations()

    def get_translations(self) -> NullTranslations:
        """Return the catalogue of this request's language; the source texts are French."""
        return self.of(language())

    def of(self, lang: str) -> NullTranslations:
        """Return the catalogue of a language."""
        return self._english if lang == "en" else self._source


@lru_cache(maxsize=1)
def read_catalogues() -> Catalogues:
    """Return the texts of the interface."""
    return Catalogues(CATALOGUE)


def install_languages(app: Flask) -> None:
    """Make the templates speak the language of the request."""
    babel = Babel(app, default_locale=LANGUAGES[0], locale_selector=language)
    catalogues = babel.domain_instance = read_catalogues()
    # Flask-Babel looks for its domain at each of a page's hundred texts.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of Jinja's extension for texts
        lambda text: catalogues.get_translations().ugettext(text),
        lambda one, many, count: catalogues.get_translations().ungettext(one, many, count),
        newstyle=True,
    )
