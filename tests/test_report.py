"""The report lists what was found, one finding a cell, and counts what it lists."""

from __future__ import annotations

from publisher.errors import Finding, Severity
from publisher.report import findings_of, has_violation, in_order, summarise

TEXTS = {"fr": "x", "en": "x"}


def found(severity: Severity, row: int | None = 2, column: str | None = "nom", rule: str = "r") -> Finding:
    """Return a finding."""
    return Finding("data/t.csv", row, column, "v", severity, rule, TEXTS)


def test_one_finding_a_cell_the_gravest() -> None:
    """Of two findings on one cell, the violation stays."""
    listed = in_order([found(Severity.WARNING), found(Severity.VIOLATION, rule="s")])
    assert [finding.rule for finding in listed] == ["s"]


def test_violations_come_first_then_place() -> None:
    """Violations, then what is held back, then warnings; each by table, row and column."""
    listed = in_order(
        [
            found(Severity.WARNING, 2),
            found(Severity.VIOLATION, 9),
            found(Severity.WITHHELD, 5),
            found(Severity.VIOLATION, 3),
        ]
    )
    assert [finding.row for finding in listed] == [3, 9, 5, 2]


def test_what_concerns_no_row_is_told_rule_by_rule() -> None:
    """Two rules broken by a whole table are two findings; one rule twice is one."""
    listed = in_order([found(Severity.WARNING, None, None, rule) for rule in "aab"])
    assert [finding.rule for finding in listed] == ["a", "b"]


def test_the_counts_are_those_of_the_list() -> None:
    """The report counts the findings it lists, and gives them back the same."""
    findings = [found(Severity.WARNING), found(Severity.WARNING), found(Severity.VIOLATION, 3)]
    report = summarise(findings, [], gate=None)
    assert report["counts"] == {"violation": 1, "warning": 1, "withheld": 0}
    assert report["rules"] == {"r": 2}
    assert report["conforms"] is False
    assert findings_of(report) == in_order(findings)


def test_only_a_violation_stops() -> None:
    """Warnings and rows held back stop nothing."""
    assert not has_violation([found(Severity.WARNING), found(Severity.WITHHELD)])
    assert summarise([found(Severity.WARNING)], [], gate="g")["conforms"] is True
