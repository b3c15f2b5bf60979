"""What every template can use: links that keep the language, labels, numbers, the instance's settings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from flask import request
from flask_babel import format_percent

from endpoints.answers import known_parameters
from endpoints.languages import (
    LANGUAGES,
    PARAMETER,
    euros,
    explicit_language,
    language,
    written_day,
    written_number,
)
from endpoints.serving import serving

if TYPE_CHECKING:
    from flask import Flask


def install_presentation(app: Flask) -> None:
    """Give the templates their functions and values."""
    app.jinja_env.filters["number"] = written_number
    app.jinja_env.filters["iso_day"] = iso_day
    app.jinja_env.filters["percent"] = format_percent
    app.jinja_env.filters["euros"] = lambda text: euros(Decimal(text))
    app.jinja_env.filters["upperfirst"] = upperfirst
    app.jinja_env.globals.update(href=href, in_language=in_language, asset=asset)
    app.context_processor(_settings)


def href(path: str, **parameters: Any) -> str:
    """Return a local link; a language asked for by the address is kept in the links that follow.

    A parameter may have several values.
    """
    asked = explicit_language()
    if not asked and not parameters:
        return path
    query = {name: value for name, value in parameters.items() if value not in (None, "", [])}
    if asked:
        query.setdefault(PARAMETER, asked)
    path, hash_, fragment = path.partition("#")
    return (f"{path}?{urlencode(query, doseq=True)}" if query else path) + hash_ + fragment


def in_language(lang: str) -> str:
    """Return this page's address in another language."""
    return f"{quote(request.path)}?{urlencode([*known_parameters(), (PARAMETER, lang)])}"


def upperfirst(text: str) -> str:
    """Return a text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def iso_day(text: str) -> str:
    """Return an ISO date written out in the page's language; another text stays as it is."""
    try:
        return written_day(date.fromisoformat(text))
    except ValueError:
        return text


def asset(name: str) -> str:
    """Return the address of a static file."""
    return f"/static/{name}"


def _local(address: str) -> str:
    """Return an address of the settings; as a path when it is this instance's own."""
    return serving().minter.path_of(address) or address


def _settings() -> dict[str, Any]:
    lang = language()
    project = serving().project
    return {
        "lang": lang,
        "languages": LANGUAGES,
        "project": project,
        "contact": _local(project.contact_url),
        "publisher": _local(project.publisher_url),
        "site_title": project.title[lang],
        "site_description": project.description[lang],
    }
