"""The project directory: frozen settings from `annuaire.toml`, prefixes from `ontology/prefixes.ttl`."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from pyoxigraph import Literal
from rdflib.namespace import SH

from publisher.datatypes import is_web_address
from publisher.errors import ProjectError, Texts, UsageError
from publisher.graphs import read_statements
from publisher.legal import KNOWN as KNOWN_LEGAL
from publisher.legal import LegalSettings, read_legal
from publisher.publisher_types import PUBLISHER_TYPES
from publisher.refusals import unreadable_reason
from publisher.review_settings import REVIEW, REVIEW_KEYS, ReviewSettings, read_review
from publisher.service import KNOWN, ServiceSettings, SettingError, read_service
from publisher.source_settings import KNOWN_SOURCES, SourceSettings, read_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

SETTINGS_FILE = "annuaire.toml"
PREFIXES_FILE = "ontology/prefixes.ttl"
DUCKDB, SPARK = ENGINES = "duckdb", "spark"
"""What may run a conversion: DuckDB on this machine, or Apache Spark (see `publisher.spark`)."""

_KNOWN: dict[str, frozenset[str] | None] = {
    "base_uri": None,
    "licence": None,
    "territoire": None,
    "titre": frozenset({"fr", "en"}),
    "description": frozenset({"fr", "en"}),
    "editeur": frozenset({"nom", "url", "type"}),
    "contact": frozenset({"courriel", "url"}),
    **KNOWN,
    **KNOWN_LEGAL,
    REVIEW: REVIEW_KEYS,
    KNOWN_SOURCES: None,
}
_TERRITORY = re.compile(r"http://id\.insee\.fr/geo/(region|departement|intercommunalite|commune)/[0-9AB]+")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_Table = TypeVar("_Table", ServiceSettings, LegalSettings, ReviewSettings, tuple[SourceSettings, ...])
_EXAMPLE_HOSTS = (".example", "example.org", "example.com", "example.net", "localhost")


@dataclass(frozen=True, slots=True)
class Project:
    """The settings of one instance, as written in its `annuaire.toml`.

    `base_uri` has no trailing slash. `title` and `description` are texts by language. `territory` is the IRI of the
    territory that the directory is about, None for the whole country. `engine` runs conversions: no setting, the
    command line says it.
    """

    directory: Path
    base_uri: str
    licence: str
    title: Texts
    description: Texts
    publisher_name: str
    publisher_url: str
    contact_email: str
    contact_url: str
    prefixes: dict[str, str]
    service: ServiceSettings = field(default_factory=ServiceSettings)
    publisher_type: str | None = None
    legal: LegalSettings = field(default_factory=LegalSettings)
    review: ReviewSettings = field(default_factory=ReviewSettings)
    sources: tuple[SourceSettings, ...] = ()
    territory: str | None = None
    engine: str = DUCKDB

    @property
    def base_is_example(self) -> bool:
        """Whether the base URI is a reserved example host: fit for trying, not for going public."""
        host = urlsplit(self.base_uri).hostname or ""
        return host.endswith(_EXAMPLE_HOSTS)

    def metadata_files(self) -> list[Path]:
        """Return the CSVW descriptions under `data/`, in a stable order."""
        found = (self.directory / "data").rglob("*.csv-metadata.json")
        return sorted(found, key=lambda p: p.relative_to(self.directory).as_posix())

    def vocabulary_files(self) -> list[Path]:
        """Return the Turtle files of the ontology and its schemes, in a stable order."""
        root = self.directory / "ontology"
        return sorted([*root.glob("*.ttl"), *(root / "schemes").glob("*.ttl")])

    def catalog_shape_files(self) -> list[Path]:
        """Return the SHACL files that the catalog must conform to, in a stable order."""
        return sorted((self.directory / "shapes" / "catalogue").glob("*.ttl"))

    def shape_files(self) -> list[Path]:
        """Return the SHACL files, in a stable order; their examples are not among them."""
        return sorted((self.directory / "shapes").glob("*.ttl"))


def load_project(directory: Path) -> Project:
    """Read the settings and prefixes of a project directory.

    Raises:
        UsageError: the directory holds no `annuaire.toml`.
        ProjectError: it is not TOML, a setting unknown, absent or of the wrong type.
    """
    path = directory / SETTINGS_FILE
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(
            f"{path} : introuvable ; donner le dossier du projet avec --project DIR",
            f"{path}: not found; give the project directory with --project DIR",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        why = unreadable_reason(error)
        raise ProjectError(f"illisible : {why['fr']}", f"unreadable: {why['en']}", path=path) from error
    _refuse_unknown(settings, path)
    text = _Reader(settings, path)
    return Project(
        directory=directory,
        base_uri=_base_uri(text.string("base_uri"), path),
        licence=text.address("licence"),
        title={lang: text.string("titre", lang) for lang in ("fr", "en")},
        description={lang: text.string("description", lang) for lang in ("fr", "en")},
        publisher_name=text.string("editeur", "nom"),
        publisher_url=text.address("editeur", "url"),
        publisher_type=text.choice(PUBLISHER_TYPES, "editeur", "type"),
        contact_email=text.email("contact", "courriel"),
        contact_url=text.address("contact", "url"),
        prefixes=_prefixes(directory / PREFIXES_FILE),
        service=_read(read_service, settings, path),
        legal=_read(read_legal, settings, path),
        review=_read(read_review, settings, path),
        sources=_read(read_sources, settings, path),
        territory=_territory(settings, path),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    settings: dict[str, Any]
    path: Path

    def string(self, *keys: str) -> str:
        """Return a setting that must be a non-empty string."""
        value: Any = self.settings
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if not isinstance(value, str) or not value.strip():
            raise ProjectError(
                "réglage absent ou vide ; un texte est attendu",
                "setting missing or empty; a text is expected",
                path=self.path,
                key=".".join(keys),
            )
        return value.strip()

    def address(self, *keys: str) -> str:
        """Return a setting that must be a web address."""
        value = self.string(*keys)
        if not is_web_address(value):
            raise self._wrong(value, keys, "une adresse http(s) complète", "a complete http(s) address")
        return value

    def email(self, *keys: str) -> str:
        """Return a setting that must be an e-mail address."""
        value = self.string(*keys)
        if not _EMAIL.fullmatch(value):
            raise self._wrong(value, keys, "une adresse électronique", "an e-mail address")
        return value

    def choice(self, known: Iterable[str], *keys: str) -> str | None:
        """Return a setting that may be absent and else is one of the names known."""
        if keys[-1] not in self.settings.get(keys[0], {}):
            return None
        value = self.string(*keys)
        if value not in known:
            listed = ", ".join(known)
            raise self._wrong(value, keys, f"l'une de ces valeurs : {listed}", f"one of these values: {listed}")
        return value

    def _wrong(self, value: str, keys: tuple[str, ...], fr: str, en: str) -> ProjectError:
        texts = f"« {value} » n'est pas {fr}", f"'{value}' is not {en}"
        return ProjectError(*texts, path=self.path, key=".".join(keys))


def _refuse_unknown(settings: dict[str, Any], path: Path) -> None:
    for key, value in settings.items():
        inner = _KNOWN.get(key)
        names = [key] if key not in _KNOWN else []
        if inner is not None and isinstance(value, dict):
            names = [f"{key}.{name}" for name in value if name not in inner]
        for name in names:
            known = [*_KNOWN, *(f"{k}.{n}" for k, v in _KNOWN.items() if v for n in v)]
            near = difflib.get_close_matches(name, known, n=1)
            fr, en = (f" ; vouliez-vous « {near[0]} » ?", f"; did you mean '{near[0]}'?") if near else ("", "")
            raise ProjectError("réglage inconnu" + fr, "unknown setting" + en, path=path, key=name)


def _read(reader: Callable[[dict[str, Any]], _Table], settings: dict[str, Any], path: Path) -> _Table:
    try:
        return reader(settings)
    except SettingError as error:
        raise ProjectError(error.fr, error.en, path=path, key=error.key) from error


def _base_uri(value: str, path: Path) -> str:
    if not is_web_address(value) or set(value) & {"?", "#"}:
        told = re.sub("//[^/]*@", "//…@", value)
        raise ProjectError(
            f"« {told} » n'est pas une adresse http(s) sans compte, paramètre ni fragment",
            f"'{told}' is not an http(s) address without account, query or fragment",
            path=path,
            key="base_uri",
        )
    return value.rstrip("/")


def _territory(settings: dict[str, Any], path: Path) -> str | None:
    value = settings.get("territoire")
    if value is None or (isinstance(value, str) and _TERRITORY.fullmatch(value)):
        return value
    raise ProjectError(
        f"« {value} » n'est pas l'adresse d'un territoire de l'Insee (http://id.insee.fr/geo/region/53)",
        f"'{value}' is not the address of a territory of INSEE's (http://id.insee.fr/geo/region/53)",
        path=path,
        key="territoire",
    )


def _prefixes(path: Path) -> dict[str, str]:
    statements = read_statements(path)
    said: dict[tuple[object, str], object] = {(q.subject, q.predicate.value): q.object for q in statements}
    declared = [quad.object for quad in statements if quad.predicate.value == str(SH.declare)]
    pairs = {
        name.value: namespace.value
        for node in declared
        if isinstance(name := said.get((node, str(SH.prefix))), Literal)
        if isinstance(namespace := said.get((node, str(SH.namespace))), Literal)
    }
    if not pairs:
        raise ProjectError("aucun préfixe (sh:declare)", "no prefix (sh:declare)", path=path)
    return dict(sorted(pairs.items()))
