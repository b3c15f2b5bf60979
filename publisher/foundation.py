"""A new directory of one's own: settings, header-only tables with their descriptions, ontology, shapes, territories.

What is written is complete and the project's own from then on; queries and templates stay with the software. The
vocabulary and the domain scheme keep their IRIs, so that two instances answer one query.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from publisher.csvw import SUFFIX
from publisher.derive.tables import Row, read_rows, write_rows
from publisher.errors import UsageError
from publisher.names import fold
from publisher.project import SETTINGS_FILE, load_project
from publisher.shipped import STARTER, shipped
from publisher.vocabulary import LICENCE_OUVERTE

if TYPE_CHECKING:
    from pathlib import Path

_README = "LISEZMOI.md"
_REFERENCES = ("territoires", "nomenclatures")
_RULES = "derivation/decp_domaines.csv"
"""What `annuaire enrich decp` proposes domains by."""

_TRANSITORY = (".xlsx", ".bak", "~")
_SUCCESSORS = {"region": "region", "departement": "departements"}
"""The column of the tables of former territories that says which there are today."""


@dataclass(frozen=True, slots=True)
class Founding:
    """What a directory is founded with. `territory` is an INSEE IRI with its name, or None for the whole country."""

    title: str
    base_uri: str
    publisher: str
    licence: str = LICENCE_OUVERTE
    territory: tuple[str, str] | None = None
    email: str | None = None

    @property
    def contact(self) -> str:
        """The e-mail address: the one given, else a generic one at the base URI's host."""
        return self.email or f"contact@{urlsplit(self.base_uri).hostname or 'localhost'}"


def found_directory(directory: Path, founding: Founding) -> list[str]:
    """Write a new project directory; return the names of its tables.

    Raises:
        UsageError: the directory holds something already.
        ProjectError: a setting is not what it should be; nothing is left behind.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(
            f"{directory} n'est pas un dossier vide ; donner un autre dossier",
            f"{directory} is not an empty directory; give another one",
        )
    fresh = not directory.exists()
    directory.mkdir(parents=True, exist_ok=True)
    try:
        return _write(directory, founding)
    except BaseException:
        _clear(directory, itself=fresh)
        raise


def find_territory(text: str) -> tuple[str, str]:
    """Return the INSEE IRI and the name of a région or a département given by code or name.

    A code that both have is the région's; `departement/53` says the other.

    Raises:
        UsageError: no territory, with those that it is today if it is a former one.
    """
    kind, _, wanted = text.rpartition("/")
    found = [
        (f"http://id.insee.fr/geo/{each}/{row['code']}", row["nom"])
        for each in ("region", "departement")
        if kind in {"", each}
        for row in _territories(f"{each}s")
        if _named(wanted, row)
    ]
    if not found:
        raise UsageError(
            f"territoire « {text} » inconnu{_today(wanted)} ; donner le code ou le nom d'une région ou d'un "
            "département (region/53 : Bretagne, departement/53 : Mayenne)",
            f"unknown territory '{text}'{_today(wanted)}; give the code or the name of a région or a département "
            "(region/53: Bretagne, departement/53: Mayenne)",
        )
    return found[0]


def _territories(name: str) -> list[Row]:
    return read_rows(shipped("data") / "territoires" / f"{name}.csv")


def _named(wanted: str, row: Row) -> bool:
    """Return whether a text is a territory's code, or its name with or without article, whatever its accents."""
    names = (row["code"], row["nom"], row.get("nom_sans_article", ""))
    return fold(wanted) in {fold(each) for each in names if each}


def _today(wanted: str) -> str:
    """Return what a former région or département is today, such as ` → region/84`, or nothing."""
    parts = [
        f"{kind}/{code}"
        for kind, former in (("region", "anciennes_regions"), ("departement", "anciens_departements"))
        for row in _territories(former)
        if _named(wanted, row)
        for code in row[_SUCCESSORS[kind]].split("|")
    ]
    return f" (→ {', '.join(parts)})" if parts else ""


def _write(directory: Path, founding: Founding) -> list[str]:
    (directory / SETTINGS_FILE).write_text(_settings(founding), encoding="utf-8")
    shutil.copytree(shipped("ontology"), directory / "ontology", ignore=_left)
    shutil.copytree(shipped("shapes"), directory / "shapes", ignore=_left)
    for name in _REFERENCES:
        shutil.copytree(shipped("data") / name, directory / "data" / name, ignore=_left)
    rules = directory / "data" / _RULES
    rules.parent.mkdir()
    shutil.copyfile(shipped("data") / _RULES, rules)
    load_project(directory)  # every setting is checked before the tables are written
    tables = json.loads((STARTER / "tables.json").read_text(encoding="utf-8"))
    listed = [_write_table(directory / "data", name, changes, founding) for name, changes in tables.items()]
    where = founding.territory[1] if founding.territory else "France"
    texts = {"title": founding.title, "territory": where, "tables": "\n".join(listed)}
    (directory / _README).write_text((STARTER / _README).read_text(encoding="utf-8").format(**texts), encoding="utf-8")
    return list(tables)


def _left(_directory: str, names: list[str]) -> set[str]:
    return {name for name in names if name in {"examples", "__pycache__"} or name.endswith(_TRANSITORY)}


def _settings(founding: Founding) -> str:
    where = founding.territory[1] if founding.territory else "France"
    values = {
        "base_uri": founding.base_uri,
        "licence": founding.licence,
        "title": founding.title,
        "publisher": founding.publisher,
        "email": founding.contact,
        "home": f"{founding.base_uri.rstrip('/')}/",
        "contact_page": f"{founding.base_uri.rstrip('/')}/contact",
        "description_fr": f"{founding.title} : entreprises, solutions et bonnes pratiques des territoires ({where}).",
        "description_en": f"{founding.title}: companies, solutions and good practices of territories ({where}).",
    }
    line = f"territoire = {_quoted(founding.territory[0])}\n" if founding.territory else ""
    template = (STARTER / SETTINGS_FILE).read_text(encoding="utf-8")
    return template.format(**{key: _quoted(value) for key, value in values.items()}, territory_line=line)


def _quoted(text: str) -> str:
    """Return a TOML string: JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _write_table(data: Path, name: str, changes: dict[str, Any], founding: Founding) -> str:
    """Write a header-only table and its description; return a line of the README on it."""
    document = json.loads((shipped("data") / f"{name}{SUFFIX}").read_text(encoding="utf-8"))
    schema = document["tableSchema"]
    columns = [column for column in schema["columns"] if column["name"] not in changes.get("without", ())]
    own = [column for column in columns if not column.get("virtual")]
    virtual = [column for column in columns if column.get("virtual")]
    schema["columns"] = [*own, *changes.get("added", ()), *virtual]
    for column in schema["columns"]:
        column.update(changes.get("changed", {}).get(column["name"], {}))
    for key in schema.get("foreignKeys", ()):
        resource = key["reference"]["resource"]
        key["reference"]["resource"] = changes.get("references", {}).get(resource, resource)
    if changes.get("own", True):
        _sign(document, founding)
    for key in ("title", "description"):
        if key in changes:
            document[f"dc:{key}"] = [{"@value": text, "@language": lang} for lang, text in changes[key].items()]
    (data / f"{name}{SUFFIX}").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    header = [column for column in schema["columns"] if not column.get("virtual")]
    write_rows(data / f"{name}.csv", [column["name"] for column in header], ())
    said = " / ".join(each["@value"] for each in document["dc:title"])
    listed = ", ".join(f"**{each['name']}**" if each.get("required") else each["name"] for each in header)
    return f"- `data/{name}.csv` — {said} : {listed}"


def _sign(document: dict[str, Any], founding: Founding) -> None:
    """Make a table the publisher's own: its rows have no other source than the one each row cites."""
    document.pop("dc:source", None)
    document["dc:license"] = {"@id": founding.licence}
    document["dc:publisher"] = [{"@value": founding.publisher, "@language": "fr"}]
    document["dc:modified"] = {"@value": datetime.now(UTC).date().isoformat(), "@type": "xsd:date"}


def _clear(directory: Path, *, itself: bool) -> None:
    for each in directory.iterdir():
        shutil.rmtree(each) if each.is_dir() else each.unlink()
    if itself:
        directory.rmdir()
