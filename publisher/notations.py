"""How people write numbers, dates, truth and SIREN numbers → SQL of the one form that is published.

Each function takes the SQL of a trimmed text and returns that of its canonical form, or of the same text where what is
meant is not certain: the checks then refuse it. Nothing is guessed: `1,234` may be a thousand or a decimal, and
03/14/2024 is no date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.sql import text

if TYPE_CHECKING:
    from publisher.datatypes import Datatype

_SPACE = r"[ \x{A0}\x{202F}\x{2009}]"
_SIGN = r"[+\x{2212}-]?"
_PLAIN = rf"{_SIGN}([0-9]+|[0-9]{{1,3}}({_SPACE}[0-9]{{3}})+)([.,][0-9]+)?"
_DOTTED = rf"{_SIGN}[0-9]{{1,3}}((\.[0-9]{{3}})+,[0-9]+|(\.[0-9]{{3}}){{2,}})"
_ENGLISH = rf"{_SIGN}[0-9]{{1,3}}((,[0-9]{{3}})+\.[0-9]+|(,[0-9]{{3}}){{2,}})"
_CANONICAL = r"[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)"
AMBIGUOUS = {
    "decimal": rf"{_SIGN}[1-9][0-9]{{0,2}},[0-9]{{3}}",
    "integer": rf"{_SIGN}[1-9][0-9]{{0,2}}[.,][0-9]{{3}}",
}
"""Numbers that may be thousands or decimals, by the datatype of their column (RE2)."""

SCIENTIFIC = r"[+-]?[0-9]([.,][0-9]+)?[eE]\+?[0-9]+"
"""What a spreadsheet writes of a long number in a narrow column: digits are lost (RE2)."""

_DAY_FIRST = "([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})"
_YEAR_FIRST = "([0-9]{4})[/.-]([0-9]{1,2})[/.-]([0-9]{1,2})"
_MIDNIGHT = r"[T ]0?0:00(:00(\.0+)?)?$"
SERIAL = r"([2-7][0-9]{4})(\.0+)?"
"""The number of a day in a spreadsheet, five digits: no year is taken for one (RE2)."""

_FIRST_SERIAL, _LAST_SERIAL = 20_000, 73_050
"""4 October 1954 and 31 December 2099."""

_TRUTH = {"true": ("true", "vrai", "oui", "yes", "1"), "false": ("false", "faux", "non", "no", "0")}
_POSTE, _POSTE_SEAT = "356000000", "35600000000048"
_APART = r"""[ \t\n\f\r\x{A0}\x{202F}\x{2009}._'"=-]"""


def canonical(datatype: Datatype, v: str) -> str | None:
    """Return the SQL of a value's canonical form; None for datatypes that people write in one way only."""
    forms = {"decimal": _decimal, "integer": _integer, "date": _date, "gYear": _year, "boolean": _boolean}
    return forms[datatype.base](v) if datatype.base in forms else None


def swapped_date(v: str) -> str:
    """Return the condition of a date written month first, as no other order of its numbers is a date."""
    made = _assembled(v, _DAY_FIRST, "\\3", "\\1", "\\2")
    return f"(regexp_full_match({v}, {text(_DAY_FIRST)}) AND try_cast({made} AS DATE) IS NOT NULL)"


def is_siren(v: str) -> str:
    """Return the condition of a right SIREN: nine digits, Luhn's sum a multiple of ten, not all zeros."""
    return f"regexp_full_match({v}, '[0-9]{{9}}') AND {v} <> '000000000' AND {_luhn(v, 9)}"


def is_siret(v: str) -> str:
    """Return the condition of a right SIRET: fourteen digits from a right SIREN, Luhn's sum a multiple of ten.

    La Poste numbers its establishments otherwise: but for its head office, their digits add up to a multiple of five.
    """
    total = " + ".join(f"try_cast({v}[{place}] AS INTEGER)" for place in range(1, 15))
    of_poste = f"starts_with({v}, {text(_POSTE)}) AND {v} <> {text(_POSTE_SEAT)}"
    key = f"CASE WHEN {of_poste} THEN ({total}) % 5 = 0 ELSE {_luhn(v, 14)} END"
    return f"regexp_full_match({v}, '[0-9]{{14}}') AND {is_siren(f'{v}[:9]')} AND {key}"


def _luhn(v: str, length: int) -> str:
    """Return the condition of Luhn's sum: every second digit from the right but one counts double."""
    digits = [f"try_cast({v}[{place}] AS INTEGER)" for place in range(1, length + 1)]
    doubled = [
        f"(2 * {digit} - 9 * ({digit} // 5))" if (length - place) % 2 else digit
        for place, digit in enumerate(digits, start=1)
    ]
    return f"({' + '.join(doubled)}) % 10 = 0"


def canonical_siren(v: str) -> str:
    """Return the SQL of a SIREN without spaces, with the zeros that a spreadsheet dropped: its key must prove it.

    A SIRET whose key is right gives its SIREN.
    """
    bare = f"regexp_replace(regexp_replace({v}, '[.,]0$', ''), {text(_APART)}, '', 'g')"
    whole, siret = f"lpad({bare}, 9, '0')", f"lpad({bare}, 14, '0')"
    return (
        f"CASE WHEN {is_siren(v)} THEN {v} "
        f"WHEN regexp_full_match({bare}, '[0-9]{{6,9}}') AND {is_siren(whole)} THEN {whole} "
        f"WHEN regexp_full_match({bare}, '[0-9]{{12,14}}') AND {is_siret(siret)} THEN {siret}[:9] ELSE {v} END"
    )


def _decimal(v: str) -> str:
    minus = f"replace({v}, chr(8722), '-')"
    spaceless = f"regexp_replace({minus}, {text(_SPACE)}, '', 'g')"
    return (
        f"CASE WHEN {_is(v, _CANONICAL)} OR {_is(v, AMBIGUOUS['decimal'])} THEN {v} "
        f"WHEN {_is(v, _PLAIN)} THEN replace({spaceless}, ',', '.') "
        f"WHEN {_is(v, _DOTTED)} THEN replace(replace({minus}, '.', ''), ',', '.') "
        f"WHEN {_is(v, _ENGLISH)} THEN replace({minus}, ',', '') ELSE {v} END"
    )


def _integer(v: str) -> str:
    whole = f"regexp_replace({_decimal(v)}, '\\.0+$', '')"
    return (
        f"CASE WHEN {_is(v, '[+-]?[0-9]+')} OR {_is(v, AMBIGUOUS['integer'])} THEN {v} "
        f"WHEN {_is(whole, '[+-]?[0-9]+')} THEN {whole} ELSE {v} END"
    )


def _year(v: str) -> str:
    return f"CASE WHEN {_is(v, '[0-9]{4}')} THEN {v} WHEN {_is(v, '[0-9]{4}[.,]0+')} THEN {v}[:4] ELSE {v} END"


def _date(v: str) -> str:
    day = f"regexp_replace({v}, {text(_MIDNIGHT)}, '')"
    forms = [
        (_DAY_FIRST, _assembled(day, _DAY_FIRST, "\\3", "\\2", "\\1")),
        (_YEAR_FIRST, _assembled(day, _YEAR_FIRST, "\\1", "\\2", "\\3")),
    ]
    cases = " ".join(
        f"WHEN {_is(day, form)} AND try_cast({made} AS DATE) IS NOT NULL THEN {made}" for form, made in forms
    )
    number = f"try_cast(regexp_extract({v}, {text(SERIAL)}, 1) AS INTEGER)"
    serial = f"{_is(v, SERIAL)} AND {number} BETWEEN {_FIRST_SERIAL} AND {_LAST_SERIAL}"
    return (
        f"CASE WHEN {_is(v, '[0-9]{4}-[0-9]{2}-[0-9]{2}')} THEN {v} {cases} "
        f"WHEN {serial} THEN strftime(DATE '1899-12-30' + {number}, '%Y-%m-%d') ELSE {v} END"
    )


def _assembled(v: str, form: str, year: str, month: str, day: str) -> str:
    """Return the SQL of an ISO date made of the numbers of another; a lone digit gets its zero."""
    joined = f"regexp_replace({v}, {text(form)}, {text(f'{year}-0{month}-0{day}')})"
    return f"regexp_replace({joined}, '-0([0-9]{{2}})', '-\\1', 'g')"


def _boolean(v: str) -> str:
    cases = " ".join(
        f"WHEN lower({v}) IN ({', '.join(text(word) for word in words)}) THEN '{value}'"
        for value, words in _TRUTH.items()
    )
    return f"CASE {cases} ELSE {v} END"


def _is(v: str, form: str) -> str:
    return f"regexp_full_match({v}, {text(form)})"
