"""What is typed after `annuaire`: argparse, whose own words are English, in French by default, in English if asked."""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_WRONG_USE = 2
_FRENCH = (
    (r"the following arguments are required: (?P<names>.+)", "il manque : {names}"),
    (r"unrecognized arguments: (?P<names>.+)", "non reconnu : {names}"),
    (r"argument (?P<name>.+): expected (?:one|at least one) argument", "{name} : une valeur est attendue"),
    (r"argument (?P<name>.+): ignored explicit argument (?P<value>.+)", "{name} : aucune valeur attendue ({value})"),
    (r"argument (?P<name>.+): not allowed with argument (?P<other>.+)", "{name} ne va pas avec {other}"),
    (
        r"argument (?P<name>.+): invalid choice: (?P<value>.+) \(choose from (?P<choices>.+)\)",
        "{name} : {value} n'en est pas ; choisir parmi {choices}",
    ),
    (r"argument (?P<name>.+): invalid (?:int|float) value: (?P<value>.+)", "{name} : nombre attendu, non {value}"),
    (
        r"argument (?P<name>.+): (?P<value>.+) is not from (?P<least>.+) to (?P<most>.+)",
        "{name} : {value} n'est pas compris entre {least} et {most}",
    ),
    (
        r"argument (?P<name>.+): (?P<value>.+) is not (?P<least>\S+) or more",
        "{name} : {value} est inférieur à {least}",
    ),
    (r"ambiguous option: (?P<name>.+) could match (?P<choices>.+)", "{name} : lequel, parmi {choices} ?"),
)


class Parser(argparse.ArgumentParser):
    """A parser that speaks French, or English after `--lang en`; its subcommands are of the same kind."""

    def __init__(self, *, add_help: bool = True, **options: Any) -> None:
        super().__init__(add_help=False, **options)
        self._positionals.title, self._optionals.title = "arguments", "options"
        self._lang = "fr"
        if add_help:
            self.add_argument("-h", "--help", action="help", help="ce texte, puis fin")

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Read what is typed, the language of errors first; argparse has one signature for each kind of namespace."""
        typed = list(sys.argv[1:] if args is None else args)
        self._lang = "en" if re.search(r"(?:^| )--lang[ =]en(?: |$)", " ".join(typed)) else "fr"
        return super().parse_known_args(typed, namespace)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with what was typed, and how it is used; exit with 2."""
        self.print_usage(sys.stderr)
        self.exit(_WRONG_USE, f"{self.prog}: {message if self._lang == 'en' else _in_french(message)}\n")


def whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return what reads a whole number within limits, for the `type` of an argument."""

    def read(text: str) -> int:
        number = int(text)
        if most is not None and not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{number} is not from {least} to {most}")
        if number < least:
            raise argparse.ArgumentTypeError(f"{number} is not {least} or more")
        return number

    read.__name__ = "int"  # argparse names it where the text is no number at all
    return read


def _in_french(message: str) -> str:
    for pattern, words in _FRENCH:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return words.format(**found.groupdict())
    return message
