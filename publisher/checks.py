"""Syntax of cells: the mapping's columns → set queries → findings; the uniqueness of keys with them.

One query a table tells which columns hold anything to say; one more for each of these classifies its cells at once, so
that a million rows cost about what a hundred do. The order of the rules below is their precedence: a cell has at most
one finding.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from publisher import sql
from publisher.duplicates import find_duplicates
from publisher.errors import Finding, Severity, shown
from publisher.formats import describe_format
from publisher.local_ids import is_local
from publisher.mailboxes import holds_named_mailbox
from publisher.messages import message
from publisher.notations import AMBIGUOUS, SCIENTIFIC, swapped_date
from publisher.notations import is_siren as is_right_siren
from publisher.siren import explain_siren, is_siren
from publisher.table import ROW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from publisher.mapping import Column, Mapping
    from publisher.table import Table

# C0 (but tab, newline, carriage return), C1, soft hyphen, bidirectional controls and marks, line separators,
# invisible joiners and marks of no width, the replacement character, noncharacters. (Emoji need U+200D.)
_FORBIDDEN = (
    r"[\x{00}-\x{08}\x{0B}\x{0C}\x{0E}-\x{1F}\x{7F}-\x{9F}\x{AD}\x{61C}\x{200B}\x{200E}\x{200F}"
    r"\x{2028}-\x{202E}\x{2060}\x{2066}-\x{2069}\x{FDD0}-\x{FDEF}\x{FEFF}\x{FFFD}-\x{FFFF}]"
)
_FORBIDDEN_HERE = re.compile(re.sub(r"\\x\{([0-9A-F]+)\}", lambda m: f"\\U{int(m[1], 16):08x}", _FORBIDDEN))
_DAMAGED = "Ã[©¨ª«®´¹»¼§¢]|â€[™œ“”]"
_MARKUP = r"<[A-Za-z/!?][^>]*>|&(#[0-9]+|#x[0-9A-Fa-f]+|[a-z]{2,8});"
# What a formula that failed shows, in English and in French, and a column too narrow in the place of a date.
_FAILED = (
    r"#(?:N/?[AD]|REF ?!|DIV/0 ?!|VALUE!|VALEUR ?!|NAME\?|NOM ?\?|NUM!|NOMBRE ?!|NULL!|NUL ?!|SPILL!|PROPAGATION ?!"
    r"|CALC!|BUSY!|FIELD!|GETTING_DATA)|Err ?:[0-9]{3}|#{4,}"
)
_NOTHING = r"[\p{Z}\p{C}\p{Pd}?._/*]+"
"""What people write in a cell that must be filled, and that they have nothing to fill with (RE2)."""
_SPACES = r"  |^[\s\x{A0}\x{202F}]|[\s\x{A0}\x{202F}]$"
# All of these at once, in the cells of a row put together; a cell that holds the sign between may give a false alarm.
_BETWEEN = "·"
_ANYWHERE = frozenset({"caractere-interdit", "balise", "texte-abime", "erreur-tableur", "espaces"})
_UNWANTED = "|".join(
    [_FORBIDDEN, _MARKUP, _DAMAGED, f"(^|·)({_FAILED})(·|$)", r"  |(^|·)[\s\x{A0}\x{202F}]|[\s\x{A0}\x{202F}](·|$)"]
)
_WARNINGS = frozenset({"espaces", "separateur-texte"})
# Signs typed in the place of a separator: a name may hold a comma, a decimal number too, an address almost any.
_APART = r"[;\n\t|]|,\s"
_APART_CODES = r"[;,\n\t|/]"
_APART_ADDRESSES = r"[;,|\s]+https?://"
_Rule = tuple[str, str]
_SIREN = "siren"
_MAILBOX = "boite-nominative"


def check_table(connection: DuckDBPyConnection, table: Table, readable: set[str]) -> list[Finding]:
    """Return what is wrong with a table taken alone: cells, then duplicate keys.

    `readable` are the labels of the tables that could be read: keys held back by another count no duplicate.
    """
    if not table.rows:
        return []
    columns = table.mapping.source_columns
    mailboxes = _hold_mailboxes(connection, table, columns)
    rules = [
        _cell_rules(table.mapping, column, number, mailboxes=mailboxes[number]) for number, column in enumerate(columns)
    ]
    findings: list[Finding] = []
    for number in _suspects(connection, table, rules):
        findings += _check_column(connection, table, number, rules[number])
    findings += find_duplicates(connection, table, readable)
    return findings


def _hold_mailboxes(connection: DuckDBPyConnection, table: Table, columns: Sequence[Column]) -> tuple[bool, ...]:
    """Return which columns hold an @: their mailboxes alone are looked at, whose expressions take long to compile."""
    held = ", ".join(f"coalesce(bool_or(contains({sql.name(column.name)}, '@')), false)" for column in columns)
    found: tuple[bool, ...] | None = connection.execute(f"SELECT {held} FROM {table.relation}").fetchone()
    return found or ()


def _suspects(connection: DuckDBPyConnection, table: Table, rules: Sequence[Sequence[_Rule]]) -> Sequence[int]:
    """Return the numbers of the columns that may break a rule: most have nothing to say, and a query is long to plan.

    What no cell at all may hold is looked for in whole rows at once.
    """
    columns = table.mapping.source_columns
    cells = ", ".join(_cell(column, number) for number, column in enumerate(columns))
    row = f"concat_ws({sql.text(_BETWEEN)}, {', '.join(f'v{number}' for number in range(len(columns)))})"
    of_columns = [[condition for rule, condition in each if rule not in _ANYWHERE] for each in rules]
    conditions = [f"regexp_matches({row}, {sql.text(_UNWANTED)})", *map(_or, of_columns)]
    broken = ", ".join(f"coalesce(bool_or({condition}), false)" for condition in conditions)
    found = connection.execute(f"SELECT {broken} FROM (SELECT {cells} FROM {table.relation})").fetchone() or ()
    return range(len(columns)) if found[0] else [number for number, each in enumerate(found[1:]) if each]


def _or(conditions: Sequence[str]) -> str:
    return " OR ".join(f"({condition})" for condition in conditions) or "false"


def _check_column(connection: DuckDBPyConnection, table: Table, number: int, rules: Sequence[_Rule]) -> list[Finding]:
    column = table.mapping.source_columns[number]
    cases = " ".join(f"WHEN {condition} THEN {sql.text(rule)}" for rule, condition in rules)
    query = (
        f"SELECT row, v{number}, CASE {cases} END AS rule FROM (SELECT {ROW} AS row, {_cell(column, number)} "
        f"FROM {table.relation}) WHERE rule IS NOT NULL ORDER BY row"
    )
    return [
        _finding(table.mapping, column, row, value, rule) for row, value, rule in connection.execute(query).fetchall()
    ]


def _cell(column: Column, number: int) -> str:
    """Return the SQL of a column's cell, raw (`v` and its number) and cleaned (`c`)."""
    raw, cleaned = sql.name(column.name), sql.clean(column.name, null=column.null, default=column.default)
    return f"coalesce({raw}, '') AS v{number}, {cleaned} AS c{number}"


def _cell_rules(mapping: Mapping, column: Column, number: int, *, mailboxes: bool) -> list[_Rule]:
    """Return (rule, SQL condition) in order of precedence, over the names that `_cell` gives."""
    v, c = f"v{number}", f"c{number}"
    refers = mapping.reference(column.name) is not None
    local = refers or (mapping.local is not None and column.name in mapping.primary_key)
    says_nothing = f"{c} IS NULL OR regexp_full_match({c}, {sql.text(_NOTHING)})"
    rules = [("cellule-vide", f"({says_nothing})")] if column.required else []
    rules.append(("erreur-tableur", f"{c} IS NOT NULL AND regexp_full_match({c}, {sql.text(_FAILED)})"))
    rules.append(("formule", f"starts_with({c}, '=')"))
    rules.append(("caractere-interdit", f"regexp_matches({v}, {sql.text(_FORBIDDEN)})"))
    if mailboxes:
        rules.append((_MAILBOX, holds_named_mailbox(v)))
    if column.scheme and not column.separator:
        other = f" OR {is_local(c)}" if local else ""
        rules.append((_SIREN, f"{c} IS NOT NULL AND NOT ({is_right_siren(c)}{other})"))
    if column.datatype.base == "string":
        rules.append(("balise", f"regexp_matches({v}, {sql.text(_MARKUP)})"))
        rules.append(("texte-abime", f"regexp_matches({v}, {sql.text(_DAMAGED)})"))
    if column.separator:
        inner = sql.items(c, column.separator)
        raw_items = f"string_split({c}, {sql.text(column.separator)})"
        rules.append(("item-vide", f"list_bool_or(list_transform({raw_items}, lambda i: trim(i) = ''))"))
        of_items = _value_rules(column, "i")
        if column.scheme:
            of_items.append((_SIREN, f"NOT ({is_right_siren('i')})"))
        if not refers:  # what is no code may be a name, with a comma or not: references are resolved later
            told, apart = _other_separators(column)
            of_items.insert(0 if told == "separateur" else len(of_items), (told, apart))
        rules += [
            (rule, f"list_bool_or(list_transform({inner}, lambda i: {condition}))") for rule, condition in of_items
        ]
    else:
        rules += [(rule, f"{c} IS NOT NULL AND {condition}") for rule, condition in _value_rules(column, c)]
    rules.append(("espaces", f"regexp_matches({v}, {sql.text(_SPACES)})"))
    return rules


def _other_separators(column: Column) -> tuple[str, str]:
    """Return the rule broken by an item `i` that other signs separate, and its condition: codes hold no such sign."""
    base, form = column.datatype.base, column.datatype.format
    if base == "anyURI":
        return "separateur", f"regexp_matches(i, {sql.text(_APART_ADDRESSES)})"
    if form:
        codes = f"regexp_matches(i, {sql.text(_APART_CODES)})"
        return "separateur", f"{codes} AND NOT regexp_full_match(i, {sql.text(form)})"
    if column.scheme or base in {"gYear", "boolean"}:
        return "separateur", f"regexp_matches(i, {sql.text(_APART_CODES)})"
    return "separateur-texte" if base == "string" else "separateur", f"regexp_matches(i, {sql.text(_APART)})"


def _value_rules(column: Column, v: str) -> list[tuple[str, str]]:
    datatype = column.datatype
    rules: list[tuple[str, str]] = []
    if datatype.base in AMBIGUOUS:
        rules.append(("nombre-ambigu", f"regexp_full_match({v}, {sql.text(AMBIGUOUS[datatype.base])})"))
        rules.append(("nombre-scientifique", f"regexp_full_match({v}, {sql.text(SCIENTIFIC)})"))
    if datatype.base == "date":
        rules.append(("date-mois-jour", swapped_date(v)))
    if datatype.pattern:
        malformed = f"NOT regexp_full_match({v}, {sql.text(datatype.pattern)})"
        if datatype.base == "date":
            malformed += f" OR try_cast({v} AS DATE) IS NULL"
        rules.append((datatype.rule, f"({malformed})"))
    if datatype.format:
        rules.append(("format", f"NOT regexp_full_match({v}, {sql.text(datatype.format)})"))
    if datatype.max_length is not None:
        rules.append(("trop-long", f"length({v}) > {int(datatype.max_length)}"))
    if datatype.min_length is not None:
        rules.append(("trop-court", f"length({v}) < {int(datatype.min_length)}"))
    # A number too large for DECIMAL casts to NULL: its sign says on which side of the limit it is.
    kind = "DATE" if datatype.base == "date" else "DECIMAL(38, 6)"
    if datatype.minimum is not None:
        least = f"CAST({sql.text(datatype.minimum)} AS {kind})"
        rules.append(("trop-petit", f"coalesce(try_cast({v} AS {kind}) < {least}, starts_with({v}, '-'))"))
    if datatype.maximum is not None:
        most = f"CAST({sql.text(datatype.maximum)} AS {kind})"
        rules.append(("trop-grand", f"coalesce(try_cast({v} AS {kind}) > {most}, NOT starts_with({v}, '-'))"))
    return rules


def _separated(column: Column, value: str) -> str:
    """Return a cell with its own separator in the place of others."""
    separator = column.separator or ""
    if column.datatype.base == "anyURI":
        return re.sub(r"[;,|\s]+(?=https?://)", separator.replace("\\", r"\\"), value)
    exact = column.scheme or column.datatype.format or column.datatype.base == "gYear"
    parts = re.split(f"{_APART_CODES if exact else _APART}|{re.escape(separator)}", value)
    return separator.join(part.strip() for part in parts if part.strip())


def _finding(mapping: Mapping, column: Column, row: int, value: str, rule: str) -> Finding:
    fields: dict[str, object] = {}
    datatype = column.datatype
    proposal: object = None
    if rule == _SIREN:
        items = [item.strip() for item in value.split(column.separator)] if column.separator else [value]
        rule, fields = explain_siren(next((item for item in items if item and not is_siren(item)), value))
        proposal = None if column.separator else fields.get("proposal")
    elif rule == "caractere-interdit":
        found = _FORBIDDEN_HERE.search(value)
        fields = {"code": f"{ord(found[0]):04X}" if found else "?"}
    elif rule == "format":
        form, padded = datatype.format or "", f"0{value.strip()}"
        fields = {"format": describe_format(form), "proposal": padded}
        if padded.isdigit() and re.fullmatch(form, padded):
            rule, proposal = "format-zero", padded
    elif rule in {"trop-long", "trop-court"}:
        items = value.split(column.separator) if column.separator else [value]
        lengths = [len(item.strip()) for item in items]
        long = rule == "trop-long"
        limit = datatype.max_length if long else datatype.min_length
        fields = {"found": max(lengths) if long else min(lengths), "limit": limit}
    elif rule in {"trop-petit", "trop-grand"}:
        fields = {"limit": datatype.minimum if rule == "trop-petit" else datatype.maximum}
    elif rule in {"separateur", "separateur-texte"}:
        proposal = _separated(column, value)
        fields = {"separator": column.separator, "proposal": shown(proposal)}
    elif rule == "item-vide":
        fields = {"separator": column.separator}
    severity = Severity.WARNING if rule in _WARNINGS else Severity.VIOLATION
    said = None if rule in {"cellule-vide", _MAILBOX} else value  # a report repeats no one's address
    finding = Finding(mapping.label, row, column.name, said, severity, rule, message(rule, **fields))
    return replace(finding, proposal=str(proposal)) if proposal else finding
