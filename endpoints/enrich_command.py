"""The command `annuaire enrich`: public contracts of our companies, or SIRENE's facts, proposed, then taken over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from endpoints.sirene_command import SIRENE_OPTIONS, add_sirene_options, run_sirene
from publisher.enrich.acceptance import accept
from publisher.enrich.decp import propose_contracts
from publisher.enrich.proposals import (
    DECIDED,
    HELD,
    NOT_AUTHORITY,
    PERSON,
    UNUSABLE,
    WITHHELD,
)
from publisher.errors import UsageError
from publisher.project import load_project

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from endpoints.console import Console
    from publisher.enrich.decp import Enrichment

_LEFT_OUT = {
    HELD: ("déjà dans marches.csv", "in marches.csv already"),
    DECIDED: ("déjà décidés", "decided already"),
    NOT_AUTHORITY: ("l'acheteur n'est pas une collectivité", "the buyer is no local authority"),
    PERSON: ("le nom du titulaire peut être celui d'une personne", "the holder's name may be a person's"),
    WITHHELD: ("SIREN retenu (siren_ambigus.csv)", "SIREN held back (siren_ambigus.csv)"),
    UNUSABLE: ("sans acheteur, identifiant ou objet", "no buyer, identifier or object"),
}

_LAYOUTS = {
    "csv-holder": ("CSV, une ligne par titulaire", "CSV, a row a holder"),
    "csv-contract": ("CSV, une ligne par marché", "CSV, a row a contract"),
    "json-2018": ("JSON, format de 2018", "JSON, format of 2018"),
    "json-2022": ("JSON, format de 2022", "JSON, format of 2022"),
}


def add_enrich_command(add: Callable[..., argparse.ArgumentParser], project: argparse.ArgumentParser) -> None:
    """Add the command; `add` is the command line's own way to add one."""
    command = add("enrich", _enrich, "proposer ce qu'une source dit de nos entreprises, sans rien écraser", project)
    command.add_argument(
        "subject", choices=("decp", "sirene"), metavar="decp|sirene", help="marchés publics, ou faits de SIRENE"
    )
    command.add_argument("file", type=Path, nargs="?", metavar="FICHIER", help="decp : fichier, formats 2018 et 2022")
    command.add_argument(
        "--accept", type=Path, metavar="RELU", help="reprendre une proposition relue, CSV, XLSX ou ODS"
    )
    add_sirene_options(command)


def _enrich(options: argparse.Namespace, console: Console) -> int:
    if options.subject == "sirene":
        return run_sirene(options, console)
    if given := [name for name in SIRENE_OPTIONS if getattr(options, name)]:
        raise UsageError(f"--{given[0]} ne va qu'avec sirene", f"--{given[0]} goes with sirene only")
    if (options.file is None) == (options.accept is None):
        raise UsageError(
            "donner un fichier DECP, ou --accept et une proposition relue",
            "give a DECP file, or --accept and a reviewed proposal",
        )
    if options.accept:
        return _accept(options, console)
    load_project(options.project)
    found = propose_contracts(options.project, options.file, console.progress)
    console.clear()
    _tell(options.file, found, console)
    console.result({
        "layout": found.declared.layout,
        "records": found.declared.records,
        "proposed": len(found.proposals.rows),
        "with_domain": found.with_domain,
        "left_out": dict(found.proposals.left_out),
        "proposal": str(found.path) if found.path else None,
    })  # fmt: skip
    return 0


def _tell(file: Path, found: Enrichment, console: Console) -> None:
    layout, records, proposed = _LAYOUTS[found.declared.layout], found.declared.records, len(found.proposals.rows)
    console.say(f"{file} : {records} enregistrements ({layout[0]})", f"{file}: {records} records ({layout[1]})")
    console.say(
        f"{proposed} marchés proposés, dont {found.with_domain} avec un domaine",
        f"{proposed} contracts proposed, {found.with_domain} with a domain",
    )
    for reason, number in found.proposals.left_out.items():
        fr, en = _LEFT_OUT[reason]
        console.say(f"  laissés de côté : {number} ({fr})", f"  left out: {number} ({en})")
    if found.path:
        console.say(
            f"  à relire : {found.path} ; remplir « decision » (garder, ecarter) et « motif », puis --accept",
            f"  to review: {found.path}; fill in 'decision' (garder, ecarter) and 'motif', then --accept",
        )


def _accept(options: argparse.Namespace, console: Console) -> int:
    done = accept(options.project, options.accept, console.step)
    console.clear()
    console.say(
        f"{done.kept} marchés gardés, {done.dropped} écartés, {done.undecided} sans décision",
        f"{done.kept} contracts kept, {done.dropped} dropped, {done.undecided} undecided",
    )
    for name, number in done.added.items():
        console.say(f"  data/{name} : +{number}", f"  data/{name}: +{number}")
    console.result({"kept": done.kept, "dropped": done.dropped, "undecided": done.undecided, "added": done.added})
    return 0
