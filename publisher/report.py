"""The report of a check or a publication, as data: what the gate and the checks found, and on what."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from publisher.errors import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.table import Table


def summarise(findings: Sequence[Finding], tables: Sequence[Table], gate: str | None) -> dict[str, Any]:
    """Return the report as plain JSON values; `gate` is None when the SHACL gate did not run."""
    listed = in_order(findings)
    severities = Counter(finding.severity for finding in listed)
    return {
        "conforms": severities[Severity.VIOLATION] == 0,
        "gate": gate,
        "counts": {severity.value: severities[severity] for severity in Severity},
        "rules": dict(sorted(Counter(finding.rule for finding in listed).items())),
        "tables": {table.mapping.label: table.rows for table in tables},
        "findings": [finding.as_dict() for finding in listed],
    }


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """Return one finding a cell, the gravest first met, violations first, then by table, row and column."""
    weight = {Severity.VIOLATION: 0, Severity.WITHHELD: 1, Severity.WARNING: 2}
    ordered = sorted(findings, key=lambda f: (weight[f.severity], f.table, f.row or 0, f.column or ""))
    kept: dict[tuple[str, int | None, str | None, str | None], Finding] = {}
    for finding in ordered:
        rule = finding.rule if finding.row is None else None  # what concerns no row may be found twice in one place
        kept.setdefault((finding.table, finding.row, finding.column, rule), finding)
    return list(kept.values())


def has_violation(findings: Sequence[Finding]) -> bool:
    """Return whether a finding stops the publication."""
    return any(finding.severity is Severity.VIOLATION for finding in findings)


def findings_of(report: dict[str, Any]) -> list[Finding]:
    """Return the findings of a report made by `summarise`."""
    return [Finding(**{**each, "severity": Severity(each["severity"])}) for each in report["findings"]]
