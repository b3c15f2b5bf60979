"""Declarations of a file of public contracts → rows of marches.csv, proposed for a person to keep or to drop.

The rules are those of the first selection (data/derivation/README.md): buyers are local authorities; a holder whose
name may be a person's, or whose SIREN is held back, stays out; facts come over as the source writes them, and what a
person must look at is said in a column of its own.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from publisher.derive.acheteurs import SOURCE
from publisher.derive.marches import CONTRACT_COLUMNS, Award, contract_row
from publisher.enrich.buyers import Buyers, is_authority
from publisher.enrich.classification import Classification
from publisher.enrich.reviewed import DECISION, REASON
from publisher.identifiers import slug
from publisher.names import LEGAL_FORMS, WEAK_WORDS, fold, words
from publisher.siren import is_siren, siren_within

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from publisher.derive.tables import Row
    from publisher.enrich.declarations import Declaration
    from publisher.enrich.holdings import Holdings

BUYER_COLUMNS = {
    "acheteur_nom": "nom",
    "acheteur_type": "type",
    "acheteur_epci": "epci",
    "acheteur_region": "region",
    "acheteur_source": "source",
}
"""Columns of a proposal that describe a buyer, and theirs in collectivites.csv."""

COLUMNS = (DECISION, REASON, "pourquoi", "a_verifier", "titulaire_nom", *CONTRACT_COLUMNS, *BUYER_COLUMNS)
_LEAST, _MOST = Decimal(100), Decimal(100_000_000)
"""Amounts in euros that a contract worth publishing may have; others are doubtful."""

_FIRST_YEAR = 2000
_LONGEST = 300
_LOST = re.compile("[\ufffd\x80-\x9f]|\\w\\?\\w")
_MARKUP = re.compile(r"<[a-z/]|&(?:[a-z]+|#[0-9]+);", re.IGNORECASE)
_CPV = re.compile(r"([0-9]{8})(?:-[0-9])?")
_CIVILITIES = frozenset({"m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle", "maitre", "dr", "docteur"})
_LONGEST_PERSON = 4

HELD, NOT_AUTHORITY, PERSON, WITHHELD, DECIDED, UNUSABLE = (
    "already_held", "buyer_no_authority", "name_may_be_a_person", "withheld", "already_decided", "unusable",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proposals:
    """The rows proposed, those with a domain first, and how many were left out for each reason."""

    rows: list[Row]
    left_out: Counter[str]


def propose(declarations: Iterable[Declaration], holdings: Holdings, data: Path) -> Proposals:
    """Return the contracts of the directory's companies that it does not have yet."""
    buyers, classification = Buyers(data, holdings.buyers), Classification(data)
    left_out: Counter[str] = Counter()
    rows = []
    contracts: dict[tuple[str, str], list[Declaration]] = defaultdict(list)
    for each in declarations:
        contracts[siren_within(each.buyer), slug(each.identifier)].append(each)
    for (buyer, _), group in contracts.items():
        holders: dict[str, list[Declaration]] = defaultdict(list)
        for each in group:
            holders[_holder(each)].append(each)
        for siren, versions in holders.items():
            if siren not in holdings.names:
                continue
            award = _award(versions, buyer, siren, shared=len(holders) > 1)
            if reason := _left_out(award, versions, holdings):
                left_out[reason] += 1
                continue
            rows.append(_row(award, versions, buyers, classification, holdings))
    _say_twins(rows, holdings)
    return Proposals(sorted(rows, key=lambda row: (not row["domaines"], row["marche"])), left_out)


def _holder(declared: Declaration) -> str:
    """Return a holder's SIREN, or what the file calls it where it has none (another country, another register)."""
    french = fold(declared.scheme) in {"", "siret", "siren", "tva"}
    return (siren_within(declared.holder) if french else "") or f"{declared.scheme} {declared.holder}"


def _award(versions: list[Declaration], buyer: str, siren: str, *, shared: bool) -> Award:
    """Return what the first version declares; an amount that two declarations of it give differently is doubtful."""
    versions.sort(key=lambda each: (int(each.version) if each.version.isdigit() else 0, each.notified))
    first = versions[0]
    same = {amount(each.amount) for each in versions if each.version == first.version}
    value = amount(first.amount)
    doubtful = len(same) > 1 or (value is not None and not _LEAST <= value < _MOST)
    cpv = _CPV.fullmatch(first.cpv)
    source = {
        "acheteur_siren": buyer,
        "titulaire_siren": siren,
        "titulaire_nom": first.holder_name,
        "id_marche": first.identifier,
        "objet": first.subject if len(first.subject) <= _LONGEST else first.subject[: _LONGEST - 1] + "…",
        "cpv": cpv[1] if cpv else "",
        "nature": first.nature,
        "procedure": first.procedure,
        "date_notification": day(first.notified),
        "montant_eur": "" if value is None else f"{value:f}",
        "montant_douteux": "oui" if doubtful else "",
        "source_flux": first.flow,
        "source_fichier": first.source if first.source.startswith("https://") else SOURCE,
    }
    return Award(source, {"objet_retabli": "", "domaines": "", "montant_douteux": ""}, shared=shared)


def _left_out(award: Award, versions: Sequence[Declaration], holdings: Holdings) -> str:
    buyer = award.source["acheteur_siren"]
    if not is_siren(buyer) or "--" in award.identifier or not award.source["objet"]:
        return UNUSABLE
    if award.identifier in holdings.contracts:
        return HELD
    if award.identifier in holdings.decided:
        return DECIDED
    if not is_authority(buyer):
        return NOT_AUTHORITY
    if award.siren in holdings.withheld:
        return WITHHELD
    return PERSON if may_be_a_person(versions[0].holder_name, holdings.names[award.siren]) else ""


def may_be_a_person(name: str, known: Sequence[str]) -> bool:
    """Return whether a holder's name may be a person's: a few words, no legal form, nothing of the company's names."""
    parts = fold(name).split()
    if _CIVILITIES.intersection(parts[:1]):
        return True
    if not parts or _names_overlap(name, known) or LEGAL_FORMS.difference({"ei"}).intersection(parts):
        return False
    return len(parts) <= _LONGEST_PERSON and all(part.isalpha() for part in parts)


def _names_overlap(name: str, known: Iterable[str]) -> bool:
    said = set(words(name)) - WEAK_WORDS
    ours = {word for each in known for word in words(each)} - WEAK_WORDS
    joined = "".join(words(name))
    return bool(said & ours) or any("".join(words(each)) in joined for each in known)


def amount(text: str) -> Decimal | None:
    """Return an amount as the file writes it, `1.5E3` and a decimal comma included; None when it is no amount."""
    try:
        value = Decimal(text.replace(" ", "").replace(",", "."))
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 <= value < Decimal(10) ** 18 else None


def day(text: str) -> str:
    """Return the day of a date or date and time, or an empty text: no such day, or long before these contracts."""
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return ""
    return found.isoformat() if _FIRST_YEAR <= found.year < _FIRST_YEAR + 100 else ""


def _row(
    award: Award, versions: Sequence[Declaration], buyers: Buyers, classification: Classification, holdings: Holdings
) -> Row:
    first = versions[0]
    buyer, unsure = buyers.describe(award.source["acheteur_siren"], first)
    proposal = classification.propose(award.source["cpv"], award.source["objet"])
    award.decision["domaines"] = "|".join(proposal.domains)
    contract = contract_row(award, buyer, holdings.towns)
    names = holdings.names[award.siren]
    remarks = [
        *_remarks(contract, first),
        *(["acheteur à situer ou à qualifier"] if unsure else []),
        *(["le fichier nomme autrement le titulaire"] if first.holder_name and not _names_overlap(
            first.holder_name, names) else []),
        *(["modifié depuis"] if {each.version for each in versions} != {first.version} else []),
    ]  # fmt: skip
    return {
        DECISION: "",
        REASON: "",
        "pourquoi": "titulaire dans l'annuaire ; domaines proposés : " + (" ; ".join(proposal.reasons) or "aucun"),
        "a_verifier": " ; ".join(remarks),
        "titulaire_nom": names[0],
        **contract,
        **{column: buyer[ours] for column, ours in BUYER_COLUMNS.items()},
    }


def _remarks(contract: Row, first: Declaration) -> list[str]:
    found = {
        "accents perdus à la source": bool(_LOST.search(contract["objet"])),
        "balise ou entité HTML dans l'objet": bool(_MARKUP.search(contract["objet"])),
        "objet abrégé": len(first.subject) > _LONGEST,
        "montant douteux": bool(contract["montant_douteux"]),
        f"montant illisible ({first.amount[:30]})": bool(first.amount and not contract["montant"]),
        f"date impossible ({first.notified[:30]})": bool(first.notified and not contract["date_notification"]),
        f"CPV illisible ({first.cpv[:30]})": bool(first.cpv and not contract["cpv"]),
    }
    return [remark for remark, said in found.items() if said]


def _say_twins(rows: Sequence[Row], holdings: Holdings) -> None:
    """Say which rows may be one contract declared twice: same buyer, holder and object."""
    keys = [(row["acheteur"], row["titulaire"], fold(row["objet"])) for row in rows]
    times = Counter(keys)
    for row, key in zip(rows, keys, strict=True):
        remarks = [row["a_verifier"]] if row["a_verifier"] else []
        if times[key] > 1:
            remarks.append(f"même objet sur {times[key]} lignes proposées")
        if key in holdings.subjects:
            remarks.append(f"même objet que le marché {holdings.subjects[key]} de l'annuaire")
        row["a_verifier"] = " ; ".join(remarks)
