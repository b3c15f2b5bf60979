"""The part of `annuaire enrich` about SIRENE: facts proposed to a person, then accepted or refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from publisher.enrich.register_acceptance import EVERY, accept_facts, fields_named
from publisher.enrich.register_api import API
from publisher.enrich.register_changes import HIDDEN, PARTIAL, PERSON, REFUSED, UNKNOWN_CODE
from publisher.enrich.register_table import FIELDS
from publisher.enrich.sirene import propose_from_api, propose_from_stock
from publisher.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from endpoints.console import Console
    from publisher.enrich.sirene import Enrichment

_LEFT_OUT = {
    PARTIAL: ("entreprises en diffusion partielle : aucun fait repris", "companies that object to being spread"),
    PERSON: ("personnes physiques (catégorie 1…) : aucun fait repris", "natural persons (category 1…): no fact taken"),
    HIDDEN: ("valeurs non diffusées ([ND])", "values not disseminated ([ND])"),
    UNKNOWN_CODE: ("codes absents des tables de référence", "codes that the reference tables do not have"),
    REFUSED: ("faits déjà refusés", "facts refused before"),
}
SIRENE_OPTIONS = ("unites", "etablissements", "api", "garder", "ecarter")
_SHOWN = 20


def add_sirene_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `enrich sirene`."""
    options = command.add_argument_group("sirene")
    options.add_argument(
        "--unites", type=Path, metavar="FICHIER", help="StockUniteLegale de l'Insee : CSV, ZIP, Parquet"
    )
    options.add_argument("--etablissements", type=Path, metavar="FICHIER", help="StockEtablissement, pour les sièges")
    options.add_argument(
        "--api", nargs="?", const=API, metavar="URL|DOSSIER",
        help=f"au lieu des stocks : l'API Recherche d'entreprises ({API}), ou ses réponses enregistrées",
    )  # fmt: skip
    options.add_argument(
        "--garder", metavar="CHAMPS", help=f"avec --accept, garder les lignes sans décision : {EVERY}, ou des champs"
    )
    options.add_argument("--ecarter", metavar="CHAMPS", help=f"les écarter : {EVERY}, ou parmi {', '.join(FIELDS)}")


def run_sirene(options: argparse.Namespace, console: Console) -> int:
    """Propose facts, or take over reviewed ones."""
    _refuse_mixture(options)
    if options.accept:
        return _accept(options, console)
    if options.api:
        found = propose_from_api(options.project, options.api, console.progress)
    else:
        found = propose_from_stock(options.project, options.unites, options.etablissements, console.progress)
    console.clear()
    _tell(found, console)
    changes = found.changes
    console.result({
        "companies": found.companies,
        "found": found.found,
        "proposed": len(changes.rows),
        "left_out": dict(changes.left_out),
        "absent": changes.absent,
        "ceased": changes.ceased,
        "moved": changes.moved,
        "removed": list(found.removed),
        "proposal": str(found.path) if found.path else None,
    })  # fmt: skip
    return 0


def _refuse_mixture(options: argparse.Namespace) -> None:
    given = [name for name in ("unites", "api", "accept") if getattr(options, name)]
    if len(given) != 1 or options.file:
        raise UsageError(
            "donner --unites FICHIER, ou --api, ou --accept et une proposition relue",
            "give --unites FILE, or --api, or --accept and a reviewed proposal",
        )
    if options.etablissements and not options.unites:
        raise UsageError("--etablissements va avec --unites", "--etablissements goes with --unites")
    if (options.garder or options.ecarter) and not options.accept:
        raise UsageError("--garder et --ecarter vont avec --accept", "--garder and --ecarter go with --accept")


def _tell(found: Enrichment, console: Console) -> None:
    changes, number = found.changes, found.companies
    console.say(
        f"{found.found} entreprises de l'annuaire trouvées sur {number} ; {len(changes.rows)} faits proposés",
        f"{found.found} companies of the directory found of {number}; {len(changes.rows)} facts proposed",
    )
    for reason, times in changes.left_out.items():
        fr, en = _LEFT_OUT[reason]
        console.say(f"  laissés de côté : {times} ({fr})", f"  left out: {times} ({en})")
    _list("retirées de data/sirene.csv", "taken out of data/sirene.csv", found.removed, console)
    _list("cessées", "ceased", changes.ceased, console)
    _list("siège dans un autre département, ou à l'étranger", "head office elsewhere", changes.moved, console)
    _list("absentes de cette source", "absent from this source", changes.absent, console)
    if found.path:
        console.say(
            f"  à relire, en CSV ou en XLSX : {found.path} ; remplir « decision » (garder, ecarter), puis --accept",
            f"  to review, as CSV or XLSX: {found.path}; fill in 'decision' (garder, ecarter), then --accept",
        )


def _list(fr: str, en: str, sirens: list[str] | tuple[str, ...], console: Console) -> None:
    if sirens:
        shown = ", ".join(sirens[:_SHOWN]) + ("…" if len(sirens) > _SHOWN else "")
        console.say(f"  {fr} : {len(sirens)} ({shown})", f"  {en}: {len(sirens)} ({shown})")


def _accept(options: argparse.Namespace, console: Console) -> int:
    keep, drop = fields_named(options.garder), fields_named(options.ecarter)
    done = accept_facts(options.project, options.accept, console.step, keep=keep, drop=drop)
    console.clear()
    console.say(
        f"{done.kept} faits gardés ({done.companies} entreprises), {done.dropped} écartés, {done.undecided} indécis",
        f"{done.kept} facts kept ({done.companies} companies), {done.dropped} dropped, {done.undecided} undecided",
    )
    console.result({
        "kept": done.kept, "dropped": done.dropped, "undecided": done.undecided, "companies": done.companies,
    })  # fmt: skip
    return 0
