"""The catalogue of questions: one .rq file each, described in the comments that open it.

# title@fr: Les entreprises d'un département
# description@fr: …
# theme: entreprises                       where it stands in the catalogue
# param departement: departement = 69      name, kind and default value; `$departement` in the query
# columns@fr: Entreprise, Commune          headings of the columns shown, in order
# link nom: entreprise                     the cell `nom` leads to the IRI in `entreprise`, which is not shown
# chart: bars region entreprises           or `map code entreprises`: the label (or code) and the value
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from endpoints.parameters import KINDS, Parameter
from endpoints.queries import Term, bind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from publisher.errors import Texts

DIRECTORY = Path(__file__).parent / "queries" / "examples"
THEMES = ("entreprises", "marches", "domaines", "projets", "villes", "territoires", "sources")
CHARTS = ("bars", "map")
_TEXT = re.compile(r"# (title|description|columns)@(fr|en): (.+)")
_PARAMETER = re.compile(r"# param (\w+): (\w+) = (.+)")
_THEME = re.compile(rf"# theme: ({'|'.join(THEMES)})")
_LINK = re.compile(r"# link (\w+): (\w+)")
_CHART = re.compile(r"# chart: (\w+) (\w+) (\w+)")
_FORM = re.compile(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE)


class Chart(NamedTuple):
    """How a question's result is drawn: `bars` or `map`, from a column of labels or codes and one of numbers."""

    kind: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Example:
    """A question that the data answers: its key (the file's name), texts by language, parameters and query.

    `text` is the query with its parameters unbound; `links` says which column holds the IRI of another one.
    """

    key: str
    text: str
    title: Texts = field(default_factory=dict)
    description: Texts = field(default_factory=dict)
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    links: dict[str, str] = field(default_factory=dict)
    theme: str = THEMES[-1]
    chart: Chart | None = None

    @property
    def query(self) -> str:
        """The query with the default value of each parameter: a text that runs anywhere."""
        return self.bound({parameter.name: parameter.term(parameter.default) for parameter in self.parameters})

    @property
    def form(self) -> str:
        """`SELECT`, `ASK`, `CONSTRUCT` or `DESCRIBE`."""
        body = re.sub(r"<[^>]*>", "", self.text)
        found = _FORM.search(body)
        return found[1].upper() if found else ""

    def bound(self, terms: Mapping[str, Term]) -> str:
        """Return the query with these terms for its parameters."""
        return bind(self.text, terms)


@lru_cache(maxsize=4)
def load_examples(directory: Path = DIRECTORY) -> tuple[Example, ...]:
    """Return the examples of a directory, in the order of their file names.

    Raises:
        ValueError: a comment of a file's head is not one of those above.
    """
    return tuple(_read(path) for path in sorted(directory.glob("*.rq")))


def _read(path: Path) -> Example:
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    example = Example(path.stem, body.strip() + "\n")
    parameters: list[Parameter] = []
    theme, chart = example.theme, example.chart
    for line in head.splitlines():
        if text := _TEXT.fullmatch(line):
            _note(example, *text.groups())
        elif link := _LINK.fullmatch(line):
            example.links[link[1]] = link[2]
        elif (parameter := _PARAMETER.fullmatch(line)) and parameter[2] in KINDS:
            parameters.append(Parameter(parameter[1], parameter[2], parameter[3]))
        elif (drawn := _CHART.fullmatch(line)) and drawn[1] in CHARTS:
            chart = Chart(*drawn.groups())
        elif named := _THEME.fullmatch(line):
            theme = named[1]
        else:
            raise ValueError(f"{path.name}: {line}")
    return replace(example, parameters=tuple(parameters), theme=theme, chart=chart)


def _note(example: Example, name: str, lang: str, text: str) -> None:
    if name == "columns":
        example.columns[lang] = tuple(heading.strip() for heading in text.split(","))
    else:
        {"title": example.title, "description": example.description}[name][lang] = text
