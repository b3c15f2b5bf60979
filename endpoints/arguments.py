"""What is typed after `annuaire`: argparse, whose own words are English, in French by default, in English if asked."""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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
    """A parser that speaks French, or English after `--lang en`; its subcommands are of the same kind.

    The language is that of the whole command line, whatever the machine's: who keeps a server chose that one.
    """

    _lang: ClassVar[str] = "fr"

    def __init__(self, *, add_help: bool = True, **options: Any) -> None:
        super().__init__(add_help=False, **options)
        self._positionals.title, self._optionals.title = "arguments", "options"
        if add_help:
            self.add_argument("-h", "--help", action="help", help="ce texte, puis fin")

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Read what is typed, the language of errors first; argparse has one signature for each kind of namespace."""
        typed = list(sys.argv[1:] if args is None else args)
        if found := re.search(r"(?:^| )--lang[ =](en|fr)(?: |$)", " ".join(typed)):
            Parser._lang = found[1]
        elif args is None or self.is_whole:
            Parser._lang = "fr"
        return super().parse_known_args(typed, namespace)

    @property
    def is_whole(self) -> bool:
        """Whether this reads a whole command line, not what follows the name of a command."""
        return " " not in self.prog

    def format_help(self) -> str:
        """Return the help in the language asked for."""
        with self._spoken():
            return super().format_help()

    @contextmanager
    def _spoken(self) -> Iterator[None]:
        """Have every text in English meanwhile, if that is asked for."""
        if self._lang == "fr":
            yield
            return
        english, french, described = read_help(), [(each, each.help) for each in self._texts()], self.description
        self.description = english.get(described or "", described)
        for each, text in french:
            each.help = english.get(text or "", text)
        try:
            yield
        finally:
            self.description = described
            for each, text in french:
                each.help = text

    def _texts(self) -> Iterator[argparse.Action]:
        """Yield what has a text of help: arguments, options, and the commands below."""
        for each in self._actions:
            yield each
            yield from getattr(each, "_choices_actions", ())

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with what was typed, and how it is used; exit with 2."""
        self.print_usage(sys.stderr)
        self.exit(_WRONG_USE, f"{self.prog}: {message if self._lang == 'en' else _in_french(message)}\n")


@cache
def read_help() -> dict[str, str]:
    """Return the English of the texts of help, by their French."""
    return tomllib.loads(files("endpoints").joinpath("translations/help.toml").read_text(encoding="utf-8"))


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
