"""SIRENE beside the directory: what it says of our companies, as a table to review; nothing is accepted unread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from publisher.enrich.directory import read_directory
from publisher.enrich.register_api import ask, is_address, read_saved
from publisher.enrich.register_changes import PROPOSAL_COLUMNS, find_changes
from publisher.enrich.register_table import TABLE, read_accepted, read_refused, write_accepted
from publisher.enrich.reviewed import write_review
from publisher.enrich.stock_join import read_stock
from publisher.project import load_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from publisher.enrich.register_changes import Changes
    from publisher.enrich.register_facts import Progress, Unit

    Reader = Callable[[Iterable[str], Progress], dict[str, Unit]]

_PROPOSAL = "sirene"


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What was found for how many companies, what is proposed, where (None: nothing new), whose facts were removed."""

    companies: int
    found: int
    changes: Changes
    path: Path | None
    removed: tuple[str, ...]


def propose_from_stock(project: Path, units: Path, sites: Path | None, progress: Progress) -> Enrichment:
    """Hold the stock files against the directory; see `propose`."""

    def read(sirens: Iterable[str], progress: Progress) -> dict[str, Unit]:
        with TemporaryDirectory(prefix="annuaire-") as scratch:
            return read_stock(units, sites, sirens, Path(scratch), progress)

    return propose(project, read, progress, whole=True)


def propose_from_api(project: Path, source: str, progress: Progress) -> Enrichment:
    """Hold answers of the API against the directory: saved in a folder or file, or asked at an address."""
    if is_address(source):
        return propose(project, partial(ask, source), progress, whole=True)
    return propose(project, partial(read_saved, Path(source)), progress, whole=False)


def propose(project: Path, read: Reader, progress: Progress, *, whole: bool) -> Enrichment:
    """Write the changes that SIRENE's facts call for into `data/propositions/sirene.csv`.

    Facts accepted of a company that now objects to being spread, or that is a natural person, are taken out of
    sirene.csv at once. A source that is not `whole` says nothing of the companies that it does not name.

    Raises:
        UsageError: no such file, or no project with these tables.
        SourceError: the source is not what it should be.
        NotConformantError: a table of the project cannot be read.
    """
    directory = read_directory(load_project(project))
    data = project / "data"
    accepted, refused = read_accepted(data), read_refused(data)
    units = read(directory.companies, progress)
    asked = None if whole else [siren for siren in units if siren in directory.companies]
    changes = find_changes(units, directory, accepted, refused, asked)
    removed = _remove(data, accepted, changes.withheld)
    path = write_review(data / "propositions", _PROPOSAL, PROPOSAL_COLUMNS, changes.rows) if changes.rows else None
    return Enrichment(len(directory.companies), len(units), changes, path, removed)


def _remove(data: Path, accepted: dict[str, dict[str, str]], withheld: set[str]) -> tuple[str, ...]:
    """Take rows out of sirene.csv, in one step; return their SIRENs."""
    removed = tuple(sorted(withheld & accepted.keys()))
    if removed:
        beside = data / f".{TABLE}.new"
        write_accepted(beside, {siren: row for siren, row in accepted.items() if siren not in withheld})
        beside.replace(data / TABLE)
    return removed
