"""A file of public contracts beside the directory: what it says of our companies, as a table to review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.enrich.declared_csv import read_csv
from publisher.enrich.declared_json import read_json
from publisher.enrich.holdings import read_holdings
from publisher.enrich.proposals import COLUMNS, propose
from publisher.enrich.reviewed import write_review
from publisher.errors import SourceError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.enrich.declarations import Declared, Progress
    from publisher.enrich.proposals import Proposals

TABLE = "decp"
_START = 4096


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What was read, what is proposed of it, and where the proposal was written (None when there is none)."""

    declared: Declared
    proposals: Proposals
    path: Path | None

    @property
    def with_domain(self) -> int:
        """How many of the rows proposed have a domain."""
        return sum(bool(row["domaines"]) for row in self.proposals.rows)


def propose_contracts(project: Path, file: Path, progress: Progress) -> Enrichment:
    """Write the contracts of the directory's companies that it does not have into `data/propositions/decp.csv`.

    Raises:
        UsageError: no such file, no such project.
        SourceError: the file holds no public contracts, or cannot be read to its end.
    """
    data = project / "data"
    holdings = read_holdings(data)
    read = read_json if _is_json(file) else read_csv
    declared = read(file, holdings.names.keys(), progress)
    proposals = propose(declared.declarations, holdings, data)
    path = write_review(data / "propositions", TABLE, COLUMNS, proposals.rows) if proposals.rows else None
    return Enrichment(declared, proposals, path)


def _is_json(file: Path) -> bool:
    if not file.is_file():
        raise UsageError(f"{file} : fichier introuvable", f"{file}: no such file")
    with file.open("rb") as stream:
        start = stream.read(_START).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise SourceError("fichier vide", "empty file", path=file)
    return start.startswith((b"{", b"["))
