"""The `[[sources]]` of `annuaire.toml`: files and addresses that feed a table beside its own file, by priority."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from publisher.datatypes import is_web_address
from publisher.service import SettingError

if TYPE_CHECKING:
    from publisher.errors import Texts

KNOWN_SOURCES = "sources"
_KEYS = frozenset(
    {"nom", "table", "fichier", "url", "priorite", "colonnes", "titre", "editeur", "licence", "date"}
)  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
_MOST = 1_000_000
_MOST_SOURCES = 50


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One source: the table it feeds, its file or its address, its priority (0 is that of the table's own file).

    `columns` gives, by header text of the source, the column that it stands for. What is None has the default that
    `publisher.parts` gives. `url` may hold variables of the environment, `${GRIST_TOKEN}`.
    """

    name: str
    table: str
    file: str | None
    url: str | None
    priority: int
    columns: dict[str, str]
    title: Texts
    publisher: str | None
    licence: str | None
    date: str | None

    @property
    def public_address(self) -> str | None:
        """The address as it may be published: no query, and no path that a variable is part of."""
        return published_address(self.url) if self.url and not is_loopback(self.url) else None


def published_address(url: str) -> str:
    """Return an address without what may be secret in it: its query, and a path that holds a variable."""
    parts = urlsplit(url)
    path = "/" if "${" in parts.path else parts.path or "/"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}"


def is_loopback(url: str) -> bool:
    """Return whether an address leads to this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def variables_of(url: str) -> list[str]:
    """Return the variables of the environment that an address is completed with."""
    return _VARIABLE.findall(url)


def complete(url: str, environment: dict[str, str]) -> str:
    """Return an address with the values of its variables, which `environment` must hold."""
    return _VARIABLE.sub(lambda found: environment[found[1]], url)


def read_sources(settings: dict[str, Any]) -> tuple[SourceSettings, ...]:
    """Return the sources of the settings file's content, in its order.

    Raises:
        SettingError: a key unknown, a value absent or of the wrong form, a name or a priority used twice.
    """
    given = settings.get(KNOWN_SOURCES, [])
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise SettingError(
            KNOWN_SOURCES, "écrire [[sources]], entre doubles crochets", "write [[sources]], twice bracketed"
        )
    if len(given) > _MOST_SOURCES:
        raise SettingError(KNOWN_SOURCES, f"{_MOST_SOURCES} sources au plus", f"{_MOST_SOURCES} sources at most")
    sources = tuple(_Reader(each, number).source() for number, each in enumerate(given, 1))
    _refuse_twice(Counter(source.name for source in sources), "nom")
    _refuse_twice(Counter(f"{source.table}, {source.priority}" for source in sources), "table, priorite")
    return sources


class _Reader:
    """Reads one source; knows which, to say so in errors."""

    def __init__(self, given: dict[str, Any], number: int) -> None:
        self.given, self.place = given, f"{KNOWN_SOURCES}[{number}]"

    def source(self) -> SourceSettings:
        for key in self.given.keys() - _KEYS:
            near = difflib.get_close_matches(key, sorted(_KEYS), n=1)
            fr, en = (f" ; vouliez-vous « {near[0]} » ?", f"; did you mean '{near[0]}'?") if near else ("", "")
            raise self._error(key, "réglage inconnu" + fr, "unknown setting" + en)
        name = self._text("nom", _NAME, "des minuscules, des chiffres et des traits d'union", "a-z, 0-9 and hyphens")
        self.place = f"{KNOWN_SOURCES}.{name}"
        if ("fichier" in self.given) == ("url" in self.given):
            raise self._error("fichier", "donner soit un fichier, soit une url", "give either a file or a url")
        return SourceSettings(
            name=name,
            table=self._text("table"),
            file=self._file() if "fichier" in self.given else None,
            url=self._url() if "url" in self.given else None,
            priority=self._priority(),
            columns=self._columns(),
            title=self._title(name),
            publisher=self._text("editeur") if "editeur" in self.given else None,
            licence=self._licence(),
            date=self._date(),
        )

    def _text(self, key: str, form: re.Pattern[str] | None = None, fr: str = "un texte", en: str = "a text") -> str:
        value = self.given.get(key)
        if not isinstance(value, str) or not value.strip() or (form and not form.fullmatch(value)):
            raise self._error(key, f"{fr} : attendu ici", f"{en}: expected here")
        return value.strip()

    def _file(self) -> str:
        value = self._text("fichier")
        path = PurePosixPath(value)
        if path.is_absolute() or ".." in path.parts or "\\" in value:
            raise self._error("fichier", "un chemin dans le dossier du projet", "a path in the project directory")
        return path.as_posix()

    def _url(self) -> str:
        value = self._text("url")
        parts = urlsplit(_VARIABLE.sub("x", value)) if is_web_address(_VARIABLE.sub("x", value)) else None
        if parts is None or "${" in urlsplit(value).netloc or parts.fragment or "$" in _VARIABLE.sub("", value):
            raise self._error(
                "url",
                "une adresse https complète, sans compte, avec au besoin des variables ${EN_MAJUSCULES} après l'hôte",
                "a complete https address without account, if need be with variables ${IN_CAPITALS} after the host",
            )
        if parts.scheme != "https" and not is_loopback(value):
            raise self._error("url", "https, sauf vers cette machine", "https, but to this machine")
        return value

    def _priority(self) -> int:
        value = self.given.get("priorite")
        if isinstance(value, bool) or not isinstance(value, int) or value == 0 or abs(value) > _MOST:
            raise self._error(
                "priorite",
                "un nombre entier autre que 0 (le fichier de la table a la priorité 0 ; le plus grand l'emporte)",
                "a whole number other than 0 (the table's own file has priority 0; the greatest wins)",
            )
        return value

    def _columns(self) -> dict[str, str]:
        value = self.given.get("colonnes", {})
        if not isinstance(value, dict) or not all(isinstance(each, str) and each for each in value.values()):
            raise self._error(
                "colonnes",
                'une table « en-tête de la source » = "colonne" est attendue',
                "a table 'header of the source' = \"column\" is expected",
            )
        return value

    def _title(self, name: str) -> Texts:
        value = self.given.get("titre", name)
        texts = {"fr": value, "en": value} if isinstance(value, str) else value
        fine = isinstance(texts, dict) and texts.keys() == {"fr", "en"}
        if not fine or not all(isinstance(text, str) and text.strip() for text in texts.values()):
            raise self._error("titre", "un texte, ou { fr = …, en = … }", "a text, or { fr = …, en = … }")
        return {lang: text.strip() for lang, text in texts.items()}

    def _licence(self) -> str | None:
        if "licence" not in self.given:
            return None
        value = self._text("licence")
        if not is_web_address(value):
            raise self._error("licence", "une adresse http(s) complète", "a complete http(s) address")
        return value

    def _date(self) -> str | None:
        value = self.given.get("date")
        if value is None and "url" in self.given:
            return None
        text = value.isoformat() if isinstance(value, date) else value
        try:
            fine = isinstance(text, str) and bool(_DATE.fullmatch(text)) and date.fromisoformat((text + "-01-01")[:10])
        except ValueError:
            fine = False
        if not fine or not isinstance(text, str):
            raise self._error(
                "date",
                "la date des données du fichier (2026, 2026-03 ou 2026-03-09)",
                "the date of the file's data (2026, 2026-03 or 2026-03-09)",
            )
        return text

    def _error(self, key: str, fr: str, en: str) -> SettingError:
        return SettingError(f"{self.place}.{key}", fr, en)


def _refuse_twice(counts: Counter[str], what: str) -> None:
    for value, number in counts.items():
        if number > 1:
            raise SettingError(
                KNOWN_SOURCES, f"{what} : « {value} » sert deux fois", f"{what}: '{value}' is used twice"
            )
