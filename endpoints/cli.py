"""The command line: `annuaire check | publish | watch | serve | smoke | releases | enrich | derive`.

Exit codes: 0 done, 1 the data do not conform, 2 wrong use, 3 the environment fails.
"""

from __future__ import annotations

import io
import os
import sys
from argparse import SUPPRESS
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from endpoints.arguments import Parser, whole_number
from endpoints.console import Console
from endpoints.enrich_command import add_enrich_command
from endpoints.history_commands import add_history_commands, add_signature
from endpoints.init_command import add_init_command
from endpoints.smoke_command import add_smoke_command
from endpoints.sync_command import add_sync_command
from endpoints.watch_command import add_watch_command
from publisher.annotated_tables import write_annotated
from publisher.derive.conventions import derive_conventions
from publisher.derive.inov import derive_inov
from publisher.derive.marches import derive_marches
from publisher.derive.sites import derive_sites
from publisher.derive.territoires import derive_territoires
from publisher.errors import AnnuaireError, NotConformantError, ProjectError, SourceError, UsageError
from publisher.fingerprint import software_version
from publisher.pipeline import check, publish
from publisher.project import DUCKDB, ENGINES, load_project
from publisher.refusals import explain_refusal, unreadable_reason
from publisher.release import find_current
from publisher.report import findings_of
from publisher.signature import Signature
from publisher.store.remote import open_remote
from publisher.supply import supply

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from publisher.errors import Finding
    from publisher.mapping import Mapping
    from publisher.project import Project

_EXIT_CODES: tuple[tuple[type[AnnuaireError], int], ...] = (
    (NotConformantError, 1),
    (ProjectError, 1),
    (SourceError, 1),
    (UsageError, 2),
    (AnnuaireError, 3),
)
_INTERRUPTED = 130
_PORTS, _WORKERS = 65_535, 256


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    for stream in (sys.stdout, sys.stderr):  # a terminal that lacks a character shows another, and goes on
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        return _run(options, Console(options.lang, options.json))
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough (`annuaire check | head`)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(options: argparse.Namespace, console: Console) -> int:
    run: Callable[[argparse.Namespace, Console], int] = options.run
    try:
        return run(options, console)
    except NotConformantError as refusal:
        console.clear()
        console.findings(refusal.findings, getattr(options, "project", None))
        if options.json:
            console.report(refusal.report, getattr(options, "project", Path()))
        else:
            console.error(refusal)
        return 1
    except AnnuaireError as error:
        console.error(error)
        return next(code for kind, code in _EXIT_CODES if isinstance(error, kind))
    except BrokenPipeError:
        raise
    except OSError as error:  # disk full, file taken away: the environment, not the data
        reason = explain_refusal(error)
        console.error(AnnuaireError(f"le système refuse : {reason['fr']}", f"the system refuses: {reason['en']}"))
        return 3


def _parser() -> Parser:
    common = Parser(add_help=False)
    common.add_argument("--lang", choices=("fr", "en"), default=SUPPRESS, help="langue des messages (fr)")
    common.add_argument("--json", action="store_true", help="résultat en JSON")
    project = Parser(add_help=False)
    project.add_argument("--project", type=Path, default=Path(), metavar="DIR", help="dossier du projet (.)")
    var = Parser(add_help=False)
    var.add_argument("--var", type=Path, default=Path("var"), metavar="DIR", help="dossier des versions (./var)")
    parser = Parser(prog="annuaire", description="Des tableaux aux données liées : vérifier, publier, servir.")
    parser.add_argument(
        "--version", action="version", version=f"annuaire {software_version()}", help="version du logiciel, puis fin"
    )
    parser.add_argument("--lang", choices=("fr", "en"), default="fr", help="langue des messages (fr)")
    commands = parser.add_subparsers(required=True, metavar="COMMANDE")

    def add(name: str, run: Callable[[argparse.Namespace, Console], int], text: str, *parents: Parser) -> Parser:
        command = commands.add_parser(name, help=text, description=text, parents=[*parents, common])
        command.set_defaults(run=run)
        return command

    command = add("check", _check, "vérifier les tableaux sans rien publier", project, var)
    command.add_argument("--annotate", type=Path, metavar="DIR", help="y écrire les tables avec leurs constats")
    command = add("publish", _publish, "vérifier puis publier une nouvelle version", project, var)
    command.add_argument("--force", action="store_true", help="publier même si rien n'a changé")
    command.add_argument("--store", metavar="URL", help="charger aussi ce moteur SPARQL, qui répondra à /sparql")
    command.add_argument("--engine", choices=ENGINES, default=DUCKDB, help=f"moteur de la conversion ({DUCKDB})")
    add_signature(command)
    add_watch_command(add, project, var)
    command = add("serve", _serve, "servir la version active", project, var)
    command.add_argument("--host", default="127.0.0.1", help="adresse d'écoute (127.0.0.1)")
    command.add_argument("--port", type=whole_number(0, _PORTS), default=8000, help="port d'écoute (8000)")
    command.add_argument("--workers", type=whole_number(1, _WORKERS), default=2, metavar="N", help="processus web (2)")
    add_history_commands(add, var)
    add_init_command(add)
    add_smoke_command(add)
    add_sync_command(add, project)
    add_enrich_command(add, project)
    command = add("derive", _derive, "refaire une table d'après sa source ouverte", project)
    command.add_argument("table", choices=tuple(_DERIVATIONS), help="table(s) à refaire")
    command.add_argument("source", type=Path, help="fichier ou dossier source")
    return parser


def _check(options: argparse.Namespace, console: Console) -> int:
    project = load_project(options.project)
    with TemporaryDirectory(prefix="annuaire-") as workspace:
        mappings = supply(project, options.var, Path(workspace), console.step)
        try:
            conformant = check(project, mappings, Path(workspace), console.step, None)
        except NotConformantError as refusal:
            _annotate(options, console, mappings, refusal.findings)
            raise
        findings = findings_of(conformant.report)
        _annotate(options, console, mappings, findings)
    console.clear()
    console.findings(findings, options.project)
    _warn_settings(project, console)
    console.say(
        f"conforme : {conformant.size} triplets ({conformant.report['gate']})",
        f"conforms: {conformant.size} triples ({conformant.report['gate']})",
    )
    console.report(conformant.report, options.project)
    return 0


def _annotate(
    options: argparse.Namespace, console: Console, mappings: Sequence[Mapping], findings: Sequence[Finding]
) -> None:
    """Write the tables back with their findings, if that is asked for."""
    if options.annotate is None:
        return
    console.clear()
    for path in write_annotated(mappings, findings, options.annotate, options.lang):
        console.say(f"table et ses constats : {path}", f"table with its findings: {path}")


def _publish(options: argparse.Namespace, console: Console) -> int:
    project = replace(load_project(options.project), engine=options.engine)
    signature = Signature(options.par, options.motif)
    if last := find_current(options.var):
        console.expect(last.manifest.get("durations", {}))
    store = open_remote(options.store) if options.store else None
    publication = publish(project, options.var, console.step, force=options.force, store=store, signature=signature)
    console.clear()
    release = publication.release
    console.findings(findings_of(release.report) if publication.fresh else publication.notices, options.project)
    if publication.fresh:
        _warn_settings(project, console)
    count = release.manifest["triples"]
    if publication.fresh:
        console.say(f"version {release.name} publiée : {count} triplets", f"release {release.name}: {count} triples")
    else:
        console.say(f"rien n'a changé : version {release.name}", f"nothing has changed: release {release.name}")
    console.result({"release": release.name, "fresh": publication.fresh, "manifest": release.manifest})
    return 0


def _serve(options: argparse.Namespace, _console: Console) -> int:
    from endpoints.server import serve  # noqa: PLC0415 — the web server is loaded only to serve

    serve(load_project(options.project), options.var, host=options.host, port=options.port, workers=options.workers)
    return 0


def _derive(options: argparse.Namespace, console: Console) -> int:
    try:
        counts = _DERIVATIONS[options.table](options.source, options.project)
    except (KeyError, TypeError, ValueError) as error:  # JSON of another make
        why = unreadable_reason(error)
        raise SourceError(
            f"ce n'est pas la source attendue ({why['fr']})", f"not the source expected ({why['en']})",
            path=options.source,
        ) from error  # fmt: skip
    for name, number in counts.items():
        console.say(*[f"{name}: {number}"] * 2)
    console.result({"rows": counts})
    return 0


def _warn_settings(project: Project, console: Console) -> None:
    if project.base_is_example:
        console.say(
            f"avertissement : {project.base_uri} est un domaine d'exemple ; mettre le vrai dans annuaire.toml",
            f"warning: {project.base_uri} is an example domain; put the real one in annuaire.toml",
        )
    if project.legal.missing:
        listed = ", ".join(project.legal.missing)
        console.say(
            f"avertissement : mentions légales à compléter dans annuaire.toml : {listed}",
            f"warning: legal notice to complete in annuaire.toml: {listed}",
        )


_DERIVATIONS: dict[str, Callable[[Path, Path], dict[str, int]]] = {
    "territoires": lambda source, project: derive_territoires(
        source,
        project / "data" / "territoires",
        reference=project / "data" / "derivation" / "territoires",
    ),
    "inov": lambda source, project: derive_inov(
        source, project / "data" / "derivation" / "inov_decisions.csv", project / "data"
    ),
    "marches": lambda source, project: derive_marches(
        source, project / "data" / "derivation" / "marches_decisions.csv", project / "data"
    ),
    "sites": lambda source, project: {"sites_web.csv": derive_sites(source, project / "data")},
    "conventions": lambda source, project: {
        "conventions.csv": derive_conventions(source, project / "data" / "conventions.csv")
    },
}

if __name__ == "__main__":
    sys.exit(main())
