"""The command `annuaire smoke URL`: a verdict on a deployed instance, one line a check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from endpoints.smoke import check_instance
from endpoints.smoke_visits import is_address
from publisher.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from endpoints.console import Console
    from endpoints.smoke import Check


def add_smoke_command(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command; `add` is the command line's own way to add one."""
    command = add("smoke", _smoke, "vérifier de l'extérieur une instance en service, comme ses clients")
    command.add_argument("url", metavar="URL", help="adresse de l'instance : http://127.0.0.1:8000")


def _smoke(options: argparse.Namespace, console: Console) -> int:
    if not is_address(options.url):
        raise UsageError(f"« {options.url} » n'est pas une adresse http(s)", f"'{options.url}' is no http(s) address")
    verdict = check_instance(options.url, lambda check: _tell(check, console))
    named = ", ".join(sorted(verdict.releases))
    if verdict.misses:
        console.say(
            f"{verdict.misses} manques sur {len(verdict.checks)} contrôles (version {named})",
            f"{verdict.misses} misses in {len(verdict.checks)} checks (release {named})",
        )
    else:
        console.say(
            f"conforme : {len(verdict.checks)} contrôles (version {named})",
            f"all is well: {len(verdict.checks)} checks (release {named})",
        )
    console.result(verdict.as_dict())
    return 1 if verdict.misses else 0


def _tell(check: Check, console: Console) -> None:
    time = f"{check.milliseconds:6.0f} ms"
    if check.trouble is None:
        console.say(*[f"ok    {time}  {check.name}"] * 2)
    else:
        fr, en = check.trouble["fr"], check.trouble["en"]
        console.say(f"MANQUE{time}  {check.name} : {fr}", f"MISS  {time}  {check.name}: {en}")
