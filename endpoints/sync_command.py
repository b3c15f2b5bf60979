"""The command `annuaire sync territories`: what the sources of the territories say that our tables do not."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from publisher.errors import UsageError
from publisher.project import load_project
from publisher.sync import LEVELS, compare_territories
from publisher.sync_sources import INSEE_ENDPOINT, TIMEOUT, WIKIDATA_ENDPOINT

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from endpoints.console import Console
    from publisher.sync import Comparison

_LINES = 50
"""How many differences of a table are printed for a person; `--json` and the proposal hold all."""


def add_sync_command(add: Callable[..., argparse.ArgumentParser], project: argparse.ArgumentParser) -> None:
    """Add the command; `add` is the command line's own way to add one."""
    command = add("sync", _sync, "comparer nos tables à leurs sources, sans rien écraser", project)
    command.add_argument("subject", choices=("territories",), metavar="territories", help="ce qu'il faut comparer")
    command.add_argument(
        "--endpoint", default=INSEE_ENDPOINT, metavar="URL", help=f"ontologie Insee ({INSEE_ENDPOINT})"
    )
    command.add_argument("--wikidata", default=WIKIDATA_ENDPOINT, metavar="URL", help=f"liens ({WIKIDATA_ENDPOINT})")
    command.add_argument("--no-wikidata", action="store_true", help="ne pas comparer les liens vers Wikidata")
    command.add_argument("--table", action="append", choices=tuple(LEVELS), help="seulement cette table (répétable)")
    command.add_argument(
        "--timeout", type=float, default=TIMEOUT, metavar="S", help=f"secondes par réponse ({TIMEOUT:g})"
    )


def _sync(options: argparse.Namespace, console: Console) -> int:
    addresses = [options.endpoint] + ([] if options.no_wikidata else [options.wikidata])
    for address in addresses:
        if urlsplit(address).scheme not in {"http", "https"} or not urlsplit(address).hostname:
            raise UsageError(f"« {address} » n'est pas une adresse http(s)", f"'{address}' is no http(s) address")
    if options.timeout <= 0:
        raise UsageError("--timeout : un nombre de secondes positif", "--timeout: a positive number of seconds")
    wikidata = None if options.no_wikidata else options.wikidata
    project = load_project(options.project)
    tables = options.table or tuple(LEVELS)
    found = compare_territories(project.directory, options.endpoint, wikidata, tables, options.timeout)
    for comparison in found:
        _tell(comparison, console)
    console.result({"tables": [_plain(comparison) for comparison in found]})
    return 0


def _tell(comparison: Comparison, console: Console) -> None:
    changes = comparison.changes
    console.say(
        f"{comparison.table} : {comparison.rows} lignes, {len(changes)} différences",
        f"{comparison.table}: {comparison.rows} rows, {len(changes)} differences",
    )
    for change in changes[:_LINES]:
        console.say(*[f"  {change.code} {change.texts[lang]}" for lang in ("fr", "en")])
    if len(changes) > _LINES:
        console.say(f"  … et {len(changes) - _LINES} autres", f"  … and {len(changes) - _LINES} more")
    if comparison.proposal:
        console.say(f"  proposition : {comparison.proposal}", f"  proposal: {comparison.proposal}")


def _plain(comparison: Comparison) -> dict[str, object]:
    return {
        "table": comparison.table,
        "rows": comparison.rows,
        "changes": [change.as_dict() for change in comparison.changes],
        "proposal": str(comparison.proposal) if comparison.proposal else None,
    }
