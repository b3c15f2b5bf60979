"""Every finding is said in French and in English, in one place, and nothing is written there for nothing."""

from __future__ import annotations

import ast
from string import Formatter

import pytest

from publisher.errors import Finding, Severity
from publisher.messages import message, proposals, read_messages
from tests.projects.small import ROOT

SOURCES = [path for path in sorted((ROOT / "publisher").glob("*.py")) if path.name != "messages.py"]


def constants() -> set[str]:
    """Return every text constant of the publisher's modules."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES)
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def rules_asked() -> set[str]:
    """Return the rules that calls of `message` name outright."""
    rules = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"message", "_finding"}
            ):
                rules |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return rules


def test_every_rule_is_used() -> None:
    """A rule that no module names is dead, and has no place here."""
    assert sorted(set(read_messages()) - constants()) == []


def test_every_rule_that_is_used_is_written() -> None:
    """Every rule that a module names has its texts."""
    assert sorted(rules_asked() - set(read_messages())) == []


@pytest.mark.parametrize("rule", sorted(read_messages()))
def test_both_languages_take_the_same_fields(rule: str) -> None:
    """A message has the same fields in French and in English, and differs between them."""
    french, english = read_messages()[rule]["fr"], read_messages()[rule]["en"]
    fields = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (french, english)]
    assert fields[0] == fields[1]
    assert french != english


def test_a_field_may_differ_by_language() -> None:
    """A field that is a text by language takes its own in each; braces in a value are left alone."""
    texts = message("reference-inconnue", what={"fr": "domaine", "en": "domain"}, near=proposals(["{x}"]))
    assert texts == {"fr": "domaine inconnu ; le plus proche : « {x} »", "en": "unknown domain; nearest: '{x}'"}


def test_a_finding_is_one_line() -> None:
    """A finding is one line, whatever its value: nothing acts on the terminal, nothing floods it."""
    finding = Finding(
        "data/t.csv", 2, "nom", "a\nb\x1b[2J\u202e" + "é" * 10_000, Severity.VIOLATION, "x", {"fr": "non"}
    )
    line = finding.line("en")
    assert line.startswith('data/t.csv:2: nom "a\\nb\\u{1b}[2J\\u{202e}ééé')
    assert line.endswith('…": non')
    assert len(line) < 300
    assert Finding("data/t.csv", None, None, None, Severity.WARNING, "x", {"fr": "non"}).line() == "data/t.csv: non"
