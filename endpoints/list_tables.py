"""A list as a table: CSV, with a byte order mark for the spreadsheets that need one, and its CSVW description.

Excel reads a CSV as UTF-8 only when it begins with U+FEFF: `?bom=1` asks for it. The description is linked from the
table (« Model for Tabular Data », W3C 17/12/2015, §5.2); its columns are those of the list's query.
"""

from __future__ import annotations

import csv
import io
import json
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from endpoints.answers import Link
from endpoints.queries import Queries
from endpoints.serving import served_release, serving
from publisher.representations import CSVW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pyoxigraph import QuerySolutions

    from endpoints.queries import Terms

    Json = dict[str, Any]

BOM = b"\xef\xbb\xbf"
BOM_PARAMETER = "bom"


def write_table(query: str, batches: Iterable[Terms], *, marked: bool, key: str = "adresse") -> Iterator[bytes]:
    """Yield the CSV of a list's query, a batch of rows at a time; `marked` puts a byte order mark before it.

    Rows stand in the order in which a batch names their things, which the column `key` holds by IRI or by code.
    """
    for number, terms in enumerate(batches):
        found = _solutions(query, terms)
        names = [variable.value for variable in found.variables]
        listed = next((each for each in terms.values() if isinstance(each, list)), [])
        order = {_code(term): place for place, term in enumerate(listed)}
        rows = sorted(found, key=lambda row: order.get(_code(row[key]), len(order)))
        text = io.StringIO()
        writer = csv.writer(text)
        if number == 0:
            writer.writerow(names)
        writer.writerows(["" if row[name] is None else row[name].value for name in names] for row in rows)
        written = text.getvalue().encode()
        yield BOM + written if marked and number == 0 else written


def description_link(name: str, filters: Mapping[str, str | list[str]]) -> Link:
    """Return the link from a list's CSV to its description."""
    return Link(f"/{name}.{CSVW.extension}{_query(filters)}", "describedby", CSVW.media_type)


def describe_table(name: str, query: str, terms: Terms, filters: Mapping[str, str | list[str]]) -> str:
    """Return the CSVW description of a list's CSV."""
    project = serving().project
    known = column_texts()
    variables = [variable.value for variable in _solutions(query, terms).variables]
    columns = [{"name": variable, "titles": variable, **known[variable]} for variable in variables]
    document: Json = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "fr"}],
        "url": f"{project.base_uri}/{name}.csv{_query(filters)}",
        "dc:license": {"@id": project.licence},
        "dialect": {"encoding": "utf-8", "delimiter": ",", "header": True, "lineTerminators": ["\r\n", "\n"]},
        "tableSchema": {"columns": columns, "primaryKey": "adresse"},
    }
    if name == "conventions":  # one row a town: an agreement of two towns has two
        document["tableSchema"]["primaryKey"] = ["adresse", "code_commune"]
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


@lru_cache(maxsize=1)
def column_texts() -> dict[str, Json]:
    """Return what each column of the lists is, by its name."""
    text = files("endpoints").joinpath("tables", "columns.json").read_text(encoding="utf-8")
    found: dict[str, Json] = json.loads(text)
    return found


def _code(term: Any) -> str:
    return str(term.value).rpartition("/")[2]


def _solutions(query: str, terms: Terms) -> QuerySolutions:
    return Queries(serving().project, served_release().store).solutions(query, terms)


def _query(filters: Mapping[str, str | list[str]]) -> str:
    return f"?{urlencode(filters, doseq=True)}" if filters else ""
