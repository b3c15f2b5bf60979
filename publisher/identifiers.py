"""The only minter of IRIs: things, their documents, territories, domains, and URI templates of mappings.

Things are `{base}/id/{class}/{key}`, their documents `{base}/doc/{class}/{key}`. Territories keep INSEE's
code URIs, domains the scheme's own: both have documents here all the same.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

from publisher.vocabulary import DOMAINS, INSEE

TERRITORY_CLASSES = frozenset(
    {
        "region",
        "departement",
        "arrondissement",
        "commune",
        "arrondissementMunicipal",
        "communeDeleguee",
        "communeAssociee",
        "intercommunalite",
        "collectiviteDOutreMer",
        "district",
        "circonscriptionTerritoriale",
    }
)
DOMAIN_CLASS = "domaine"

_IRI_FORBIDDEN = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_CLASS_AND_KEY = re.compile(r"^[A-Za-z][A-Za-z0-9-]*/[^/#?]+$")
_VARIABLE = re.compile(r"\{(\+?)([^{}]*)\}")
_VARIABLE_NAME = re.compile(r"^\w+(\.\w+)*$")


def is_iri(text: str) -> bool:
    """Return whether a text can stand as an absolute IRI in N-Triples (RFC 3987, no relative form)."""
    return bool(re.match(r"^[A-Za-z][A-Za-z0-9+.-]*:.", text)) and not _IRI_FORBIDDEN.search(text)


def slug(text: str) -> str:
    """Return a key made from a name: lower case, no accents, words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


@dataclass(frozen=True, slots=True)
class Minter:
    """Mints the IRIs of one instance from its base URI (no trailing slash)."""

    base: str

    def thing(self, kind: str, key: str) -> str:
        """Return the IRI of a thing: `thing("departement", "69")` is INSEE's, `("entreprise", …)` ours."""
        segment = quote(key, safe="")
        if kind in TERRITORY_CLASSES:
            return f"{INSEE}{kind}/{segment}"
        if kind == DOMAIN_CLASS:
            return f"{DOMAINS}{segment}"
        return f"{self.base}/id/{kind}/{segment}"

    def document(self, kind: str, key: str) -> str:
        """Return the IRI of the document about a thing."""
        return f"{self.base}{self.document_path(kind, key)}"

    def document_path(self, kind: str, key: str) -> str:
        """Return the path-absolute address of the document about a thing, as HTML links and Location use it."""
        return f"/doc/{kind}/{quote(key, safe='')}"

    def path_of(self, iri: str) -> str | None:
        """Return the local path of the document about an IRI (fragment kept), or None when it is not ours.

        `http://id.insee.fr/geo/departement/69` → `/doc/departement/69`; `{base}/id/x/y#z` → `/doc/x/y#z`.
        """
        whole, hash_, fragment = iri.partition("#")
        tail = hash_ + fragment
        if whole.startswith(self.base + "/"):
            local = whole[len(self.base) :]
            return "/doc/" + local[4:] + tail if local.startswith("/id/") else local + tail
        if whole.startswith(INSEE):
            rest = whole[len(INSEE) :]
            kind = rest.partition("/")[0]
            known = kind in TERRITORY_CLASSES and _CLASS_AND_KEY.match(rest)
            return f"/doc/{rest}{tail}" if known else None
        if whole == DOMAINS:
            return "/domaines"
        if whole.startswith(DOMAINS):
            return f"/doc/{DOMAIN_CLASS}/{whole[len(DOMAINS) :]}{tail}"
        if whole == DOMAINS.removesuffix("domaine/") + "def":
            return "/def" + tail
        return None

    def release(self, name: str) -> str:
        """Return the IRI of a release."""
        return f"{self.base}/releases/{name}"

    def step(self, number: int) -> str:
        """Return the IRI of a step of the history: what changed when another release became current."""
        return f"{self.base}/history/{number}"

    def version(self, thing: str, number: int) -> str | None:
        """Return the IRI of a thing as a step of the history left it, or None when the thing is not ours."""
        path = self.path_of(thing)
        return f"{self.base}/history/{path[5:]}/{number}" if path and path.startswith("/doc/") else None

    def source(self, table: str) -> str:
        """Return the IRI of a table's source node; `table` is its path under data/ without extension."""
        return self.thing("source", table.replace("/", "-"))

    def organisation(self, name: str) -> str:
        """Return the IRI of an organisation that publishes a source."""
        return self.thing("organisation", slug(name))

    @property
    def publisher(self) -> str:
        """The IRI of the organisation that publishes this instance."""
        return self.thing("organisation", "editeur")


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of a URI template; `reserved` is RFC 6570's `{+name}` (value inserted as it is)."""

    name: str
    reserved: bool


@dataclass(frozen=True, slots=True)
class Template:
    """A URI template of a mapping: literal texts and variables in order (RFC 6570, levels 1 and 2)."""

    parts: tuple[str | Variable, ...]

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables, in order of appearance."""
        return tuple(part for part in self.parts if isinstance(part, Variable))


def is_company(template: Template) -> bool:
    """Return whether a template makes the IRI of a company."""
    first, *others = template.parts or ("",)
    return isinstance(first, str) and first.endswith("/id/entreprise/") and len(others) == 1


def parse_template(text: str, base: str, prefixes: dict[str, str]) -> Template:
    """Parse a URI template, expanding a prefixed name and resolving a relative form against `base`.

    Raises:
        ValueError: a variable of another form than `{name}` or `{+name}`, or text that no IRI may hold.
    """
    template = parse_text(_absolute(text, base, prefixes))
    for part in template.parts:
        if isinstance(part, str) and _IRI_FORBIDDEN.search(part):
            raise ValueError(part)
    return template


def parse_text(text: str) -> Template:
    """Parse a text with variables: `0002:{siren}`.

    Raises:
        ValueError: a variable of another form than `{name}` or `{+name}`.
    """
    parts: list[str | Variable] = []
    position = 0
    for match in _VARIABLE.finditer(text):
        parts.append(text[position : match.start()])
        if not _VARIABLE_NAME.match(match[2]):
            raise ValueError(match[0])
        parts.append(Variable(match[2], reserved=bool(match[1])))
        position = match.end()
    parts.append(text[position:])
    return Template(tuple(part for part in parts if part != ""))


def _absolute(text: str, base: str, prefixes: dict[str, str]) -> str:
    if text.startswith(("http://", "https://", "urn:", "mailto:", "{")):
        return text
    prefix, colon, local = text.partition(":")
    if colon and "/" not in prefix and "{" not in prefix:
        if prefix not in prefixes:
            raise ValueError(f"{prefix}:")
        return prefixes[prefix] + local
    return f"{base}/{text.lstrip('/')}"
