"""What the system says when it refuses something, in both languages: its own words are those of its settings."""

from __future__ import annotations

import errno
import os
import re
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.errors import Texts

_REASONS = {
    errno.ENOENT: ("fichier ou dossier introuvable", "no such file or directory"),
    errno.EACCES: ("accès interdit", "permission denied"),
    errno.EPERM: ("opération interdite", "operation not permitted"),
    errno.EROFS: ("système de fichiers en lecture seule", "read-only file system"),
    errno.ENOSPC: ("disque plein", "no space left on device"),
    errno.EDQUOT: ("quota de disque atteint", "disk quota exceeded"),
    errno.EFBIG: ("fichier trop grand", "file too large"),
    errno.EIO: ("erreur de lecture ou d'écriture", "input/output error"),
    errno.EISDIR: ("c'est un dossier, non un fichier", "is a directory"),
    errno.ENOTDIR: ("ce n'est pas un dossier", "not a directory"),
    errno.EEXIST: ("existe déjà", "exists already"),
    errno.ENOTEMPTY: ("le dossier n'est pas vide", "the directory is not empty"),
    errno.EBUSY: ("occupé par un autre programme", "busy"),
    errno.ENAMETOOLONG: ("nom trop long", "name too long"),
    errno.ELOOP: ("liens en boucle", "too many levels of links"),
    errno.EXDEV: ("sur un autre disque", "on another device"),
    errno.EMFILE: ("trop de fichiers ouverts", "too many open files"),
    errno.ENFILE: ("trop de fichiers ouverts", "too many open files"),
    errno.ENOMEM: ("mémoire insuffisante", "not enough memory"),
    errno.EADDRINUSE: ("adresse déjà prise", "address already in use"),
    errno.EADDRNOTAVAIL: ("adresse qui n'est pas de cette machine", "not an address of this machine"),
    errno.ECONNREFUSED: ("connexion refusée", "connection refused"),
    errno.ECONNRESET: ("connexion coupée", "connection reset"),
    errno.EHOSTUNREACH: ("hôte injoignable", "host unreachable"),
    errno.ENETUNREACH: ("réseau injoignable", "network unreachable"),
    errno.ETIMEDOUT: ("délai dépassé", "timed out"),
}


_PLACE = re.compile(r"\(?\b(?:at )?line (?P<line>[0-9]+)(?:,? (?:between )?columns? (?P<column>[0-9]+))?[^):]*\)?:? ?")
_FILE = re.compile(r" \([^()]*, line [0-9]+\)$")
"""Where parsers of TOML, JSON and Turtle say that they stopped; the last one names the file again."""


def refusal_reason(error: OSError) -> Texts:
    """Return why the system refuses, without the file's name; in its own words where we have none."""
    if isinstance(error, socket.gaierror):
        fr, en = "nom d'hôte inconnu", "unknown host name"
    else:
        own = error.strerror or str(error) or type(error).__name__
        fr, en = _REASONS.get(error.errno or 0, (own, own))
    return {"fr": fr, "en": en}


def explain_refusal(error: OSError) -> Texts:
    """Return why the system refuses, and at which file if it says so."""
    name = error.filename if error.filename2 is None else error.filename2
    place = "" if name is None else os.fsdecode(name) if isinstance(name, (str, bytes)) else str(name)
    reason = refusal_reason(error)
    return {"fr": f"{place} : {reason['fr']}", "en": f"{place}: {reason['en']}"} if place else reason


def unreadable_reason(error: Exception) -> Texts:
    """Return why a file cannot be read: what the system says, its encoding, or the line where its syntax goes wrong."""
    if isinstance(error, OSError):
        return refusal_reason(error)
    if isinstance(error, UnicodeDecodeError):
        return {"fr": "n'est pas en UTF-8 ; l'enregistrer ainsi", "en": "not UTF-8; save it so"}
    said = _FILE.sub("", " ".join(str(error).split()))
    found = _PLACE.search(said)
    if found is None:
        return {"fr": said, "en": said}
    detail = (said[: found.start()] + said[found.end() :]).removeprefix("Parser error ").strip(" :")
    line, column = found["line"], found["column"]
    fr, en = (f", colonne {column}", f", column {column}") if column else ("", "")
    return {
        "fr": f"erreur d'écriture à la ligne {line}{fr} ({detail})",
        "en": f"syntax error in line {line}{en} ({detail})",
    }
