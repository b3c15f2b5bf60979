"""The commands on releases already published: `annuaire releases | diff | rollback | prune | verify`."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import Store

from endpoints.arguments import whole_number
from endpoints.release_list import describe_damaged, describe_row, list_steps
from publisher.changes import CREATE, DELETE, UPDATE
from publisher.differences import compare_releases
from publisher.errors import shown
from publisher.history import open_history
from publisher.release import current_release
from publisher.signature import Signature
from publisher.upkeep import KEPT, find_release, prune, roll_back
from publisher.verification import list_leftovers, verify_directory, verify_history, verify_release

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from endpoints.console import Console
    from endpoints.field_changes import FieldChange
    from publisher.differences import Difference, ThingDifference

_WORDS = {
    CREATE: ("+", "ajouté", "added"),
    UPDATE: ("~", "modifié", "changed"),
    DELETE: ("-", "retiré", "withdrawn"),
}
_LINES = 50
"""How many things of a kind `diff` names for a person; `--json` and `--nt` give all."""


def add_history_commands(
    add: Callable[..., argparse.ArgumentParser],
    var: argparse.ArgumentParser,
) -> None:
    """Add the commands; `add` is the command line's own way to add one."""
    add("releases", _releases, "lister les versions publiées, ce que chacune a changé, par qui et pourquoi", var)
    command = add("diff", _diff, "dire ce qui diffère entre deux versions", var)
    command.add_argument("before", metavar="A", help="nom ou numéro de version")
    command.add_argument("after", metavar="B", help="nom ou numéro de version")
    command.add_argument("--nt", type=Path, metavar="DIR", help="écrire added.nt et removed.nt dans ce dossier")
    command = add("rollback", _rollback, "remettre en ligne une version antérieure", var)
    command.add_argument("release", nargs="?", metavar="ID", help="nom ou numéro (celle d'avant)")
    add_signature(command)
    command = add("prune", _prune, "supprimer les anciennes versions, jamais celle en ligne", var)
    command.add_argument("--keep", type=whole_number(0), default=KEPT, metavar="N", help=f"versions à garder ({KEPT})")
    command = add("verify", _verify, "vérifier une version et l'historique", var)
    command.add_argument("release", nargs="?", metavar="ID", help="nom ou numéro (celle en ligne)")


def add_signature(command: argparse.ArgumentParser) -> None:
    """Add the options that say who publishes, or goes back, and why."""
    command.add_argument("--par", metavar="QUI", help="organisme ou rôle qui agit, jamais une personne : c'est publié")
    command.add_argument("--motif", metavar="TEXTE", help="pourquoi ; publié aussi")


def _diff(options: argparse.Namespace, console: Console) -> int:
    release = current_release(options.var)
    with closing(open_history(options.var, release.name)) as history:
        difference = compare_releases(history, options.before, options.after)
        if options.nt:
            _write_patch(difference, options.nt)
        things = list(difference.things())
        came, went = difference.others()
    fields = _fields_of(Store.read_only(str(release.store)), console.lang, things)
    _tell_things(console, things, fields)
    console.say(
        f"territoires et vocabulaire : +{len(came)} -{len(went)} triplets",
        f"territories and vocabulary: +{len(came)} -{len(went)} triples",
    )
    console.result(
        {
            "before": difference.before.release,
            "after": difference.after.release,
            "things": [
                {
                    "iri": each.change.thing,
                    "class": each.change.kind,
                    "label": each.change.labels,
                    "change": _WORDS[each.action][2],
                    "fields": [field.as_dict() for field in fields.get(each.change.thing, [])],
                    "added": each.added,
                    "removed": each.removed,
                }
                for each in things
            ],
            "others": {"added": came, "removed": went},
        }
    )
    return 0


def _fields_of(store: Store, lang: str, things: list[ThingDifference]) -> dict[str, list[FieldChange]]:
    from endpoints.field_changes import list_fields  # noqa: PLC0415 — a third of the time that a command takes to start

    changed = (each for each in things if each.action == UPDATE)
    return {each.change.thing: list_fields(store, lang, each.added, each.removed) for each in changed}


def _tell_things(console: Console, things: list[ThingDifference], fields: Mapping[str, list[FieldChange]]) -> None:
    """Say what was added, changed and withdrawn, and of what changed, which fields from what to what."""
    for action, (mark, fr, en) in _WORDS.items():
        chosen = [each for each in things if each.action == action]
        console.say(f"{fr} : {len(chosen)}", f"{en}: {len(chosen)}")
        for each in chosen[:_LINES]:
            console.say(*[f"  {mark} {each.change.label(console.lang)}  {each.change.thing}"] * 2)
            for field in fields.get(each.change.thing, []):
                console.say(*[f"      {shown(field.line())}"] * 2)
        if len(chosen) > _LINES:
            console.say("  …", "  …")


def _write_patch(difference: Difference, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    names = ("removed.nt", "added.nt")
    with ExitStack() as files:
        streams = [files.enter_context((directory / name).open("w", encoding="utf-8")) for name in names]
        for came, line in difference.patch():
            streams[came].write(f"{line}\n")


def _rollback(options: argparse.Namespace, console: Console) -> int:
    release = roll_back(options.var, options.release, Signature(options.par, options.motif))
    console.say(f"version {release.name} remise en ligne", f"release {release.name} is current again")
    console.result({"release": release.name})
    return 0


def _releases(options: argparse.Namespace, console: Console) -> int:
    rows = list_steps(options.var)
    for row in rows:
        console.say(describe_row(row, "fr"), describe_row(row, "en"))
    for fr, en in describe_damaged(options.var):
        console.say(fr, en)
    if not rows:
        console.say(f"aucune version dans {options.var}", f"no release in {options.var}")
    console.result({"releases": [row for row in rows if row["kept"] and not row["rollback"]], "steps": rows})
    return 0


def _prune(options: argparse.Namespace, console: Console) -> int:
    removed = prune(options.var, options.keep)
    for name in removed:
        console.say(f"version {name} supprimée", f"release {name} removed")
    if not removed:
        console.say(
            "rien à supprimer (une version qui était en ligne il y a dix minutes est gardée)",
            "nothing to remove (a release that was current ten minutes ago is kept)",
        )
    console.result({"removed": removed})
    return 0


def _verify(options: argparse.Namespace, console: Console) -> int:
    release = find_release(options.var, options.release) if options.release else current_release(options.var)
    faults = [*verify_release(release), *verify_history(options.var), *verify_directory(options.var)]
    faults = list({fault["fr"]: fault for fault in faults}.values())
    for fault in faults:
        console.say(fault["fr"], fault["en"])
    leftovers = list_leftovers(options.var)
    for name in leftovers:
        console.say(f"reste d'une opération interrompue : {name}", f"left by an interrupted operation: {name}")
    if not faults:
        files = len(release.manifest["files"])
        console.say(
            f"version {release.name} intacte : {files} fichiers, {release.manifest['triples']} triplets",
            f"release {release.name} is whole: {files} files, {release.manifest['triples']} triples",
        )
    console.result({"release": release.name, "faults": faults, "leftovers": leftovers})
    return 3 if faults else 0
