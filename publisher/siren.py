"""What is wrong with a SIREN, and what was probably meant."""

from __future__ import annotations

import re

from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret

_OTHER_REGISTRIES = (
    # Forms as documented by each registry: RIDET (ISEE, Nouvelle-Calédonie) 6–7 digits, with 3 for the
    # establishment; numéro Tahiti (ISPF, Polynésie française) a letter or digit and 5 digits;
    # RCI (Monaco) two digits, a letter, five digits.
    ("Tahiti (Polynésie française)", re.compile(r"[A-Z][0-9]{5}(-?[0-9]{3})?")),
    ("RCI (Monaco)", re.compile(r"[0-9]{2}[A-Z][0-9]{5}")),
    ("RIDET (Nouvelle-Calédonie)", re.compile(r"[0-9]{6,7}([.\- ][0-9]{3})?|[0-9]{10}")),
)
_SEPARATORS = re.compile("[ \t\n\f\r\xa0\u202f\u2009._'\"=-]")
_DECIMAL = re.compile(r"[.,]0$")
_SCIENTIFIC = re.compile(r"[0-9][.,][0-9]+E\+?[0-9]+")
_VAT = re.compile(r"FR[0-9A-Z]{2}([0-9]{9})")
_SIREN_DIGITS, _SIRET_DIGITS = 9, 14
_FEWEST_DIGITS, _FEWEST_SIRET = 6, 12


def is_siren(value: str) -> bool:
    """Return whether a text is a SIREN: nine digits, a right key (Luhn), not 000000000."""
    return len(value) == _SIREN_DIGITS and value.isascii() and value.isdigit() and (
        value != "0" * _SIREN_DIGITS and bool(stdnum_siren.is_valid(value))
    )  # fmt: skip


def is_siret(value: str) -> bool:
    """Return whether a text is a SIRET: fourteen digits from a SIREN, a right key (La Poste has one of its own)."""
    return len(value) == _SIRET_DIGITS and is_siren(value[:_SIREN_DIGITS]) and (
        value.isascii() and value.isdigit() and bool(stdnum_siret.is_valid(value))
    )  # fmt: skip


def siren_within(value: str) -> str:
    """Return the SIREN that a SIREN, SIRET or French VAT number holds, or an empty text.

    A SIRET that went through a number has lost its leading zeros: they come back where the whole key is then right.
    """
    digits = _SEPARATORS.sub("", _DECIMAL.sub("", value)).upper()
    if vat := _VAT.fullmatch(digits):
        digits = vat[1]
    elif _SIREN_DIGITS < len(digits) < _SIRET_DIGITS and is_siret(digits.zfill(_SIRET_DIGITS)):
        digits = digits.zfill(_SIRET_DIGITS)
    if len(digits) not in {_SIREN_DIGITS, _SIRET_DIGITS}:
        return ""
    siren = digits[:_SIREN_DIGITS]
    return siren if digits.isdigit() and is_siren(siren) else ""


def explain_siren(value: str) -> tuple[str, dict[str, object]]:  # noqa: PLR0911 — one return a case
    """Return the rule that an invalid SIREN breaks (see `publisher.messages`) and the fields of its text."""
    text = value.strip().upper()
    digits = _SEPARATORS.sub("", _DECIMAL.sub("", text))
    if _SCIENTIFIC.fullmatch(text):
        return "siren-scientifique", {}
    if is_siren(digits):
        return "siren-espaces", {"proposal": digits}
    if (vat := _VAT.fullmatch(digits)) and is_siren(vat[1]):
        return "siren-tva", {"proposal": vat[1]}
    if rule := _siret_rule(digits):
        return rule, {"proposal": digits.zfill(_SIRET_DIGITS)[:_SIREN_DIGITS]}
    if digits and not digits.strip("0"):
        return "siren-zeros", {}
    if _FEWEST_DIGITS <= len(digits) < _SIREN_DIGITS and is_siren(padded := digits.zfill(_SIREN_DIGITS)):
        return "siren-zero-perdu", {"length": len(digits), "proposal": padded}
    for scheme, form in _OTHER_REGISTRIES:
        if form.fullmatch(text):
            return "siren-autre-registre", {"scheme": scheme}
    if len(digits) == _SIREN_DIGITS and digits.isascii() and digits.isdigit():
        return "siren-cle", {}
    return "siren-longueur", {}


def _siret_rule(digits: str) -> str | None:
    """Return what is to be said of a SIRET, its leading zeros lost or not; None if it is nothing of the kind."""
    if len(digits) >= _FEWEST_SIRET and is_siret(digits.zfill(_SIRET_DIGITS)):
        return "siren-siret"
    return "siren-siret-cle" if len(digits) == _SIRET_DIGITS and is_siren(digits[:_SIREN_DIGITS]) else None
