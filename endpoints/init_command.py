"""The command `annuaire init DIR`: a directory of one's own, ready for its first row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from publisher.errors import ProjectError, UsageError
from publisher.foundation import Founding, find_territory, found_directory
from publisher.vocabulary import LICENCE_OUVERTE

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from endpoints.console import Console
    from publisher.errors import AnnuaireError


def add_init_command(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command; `add` is the command line's own way to add one."""
    command = add("init", _init, "créer un annuaire à soi : réglages, tableaux vides, vocabulaire, territoires")
    command.add_argument("directory", type=Path, metavar="DIR", help="dossier à créer (absent ou vide)")
    command.add_argument("--titre", required=True, help="titre de l'annuaire")
    command.add_argument("--base-uri", required=True, metavar="URL", help="adresse publique de l'annuaire")
    command.add_argument("--editeur", required=True, help="qui publie")
    command.add_argument("--territoire", metavar="CODE", help="région ou département, par son code ou son nom (France)")
    command.add_argument("--licence", default=LICENCE_OUVERTE, metavar="URL", help="licence (Licence Ouverte)")
    command.add_argument("--courriel", metavar="ADRESSE", help="contact (contact@ l'hôte de --base-uri)")


def _init(options: argparse.Namespace, console: Console) -> int:
    territory = find_territory(options.territoire) if options.territoire else None
    founding = Founding(
        options.titre, options.base_uri, options.editeur, options.licence, territory, options.courriel or None
    )
    try:
        tables = found_directory(options.directory, founding)
    except ProjectError as error:
        raise _of_option(error) from error
    where = territory[1] if territory else "France"
    console.say(
        f"{options.directory} : annuaire créé ({where}), {len(tables)} tableaux à remplir ; lire LISEZMOI.md",
        f"{options.directory}: directory founded ({where}), {len(tables)} tables to fill in; read LISEZMOI.md",
    )
    if options.courriel is None:
        console.say(
            f"contact à vérifier dans annuaire.toml : {founding.contact}",
            f"contact to check in annuaire.toml: {founding.contact}",
        )
    console.result({"directory": str(options.directory), "territory": territory and territory[0], "tables": tables})
    return 0


_OPTIONS = {
    "titre.fr": "--titre",
    "base_uri": "--base-uri",
    "editeur.nom": "--editeur",
    "licence": "--licence",
    "contact.courriel": "--courriel",
}


def _of_option(error: ProjectError) -> AnnuaireError:
    """Return an error in a setting as one in the option that it comes from: no file is left to look at."""
    option = _OPTIONS.get(error.key or "")
    if option is None:
        return error
    fr, en = (error.texts[lang].partition(f"{error.key}: ")[2] for lang in ("fr", "en"))
    return UsageError(f"{option} : {fr}", f"{option}: {en}")
