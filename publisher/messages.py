"""The only home of finding texts: one entry a rule, French and English, saying what is wrong and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.errors import texts

if TYPE_CHECKING:
    from publisher.errors import Texts

_MESSAGES: dict[str, tuple[str, str]] = {
    # reading a table
    "table-absente": (
        "table introuvable ; la déposer dans le dossier data/, ou retirer sa description CSVW",
        "table not found; put it in the data/ folder, or remove its CSVW description",
    ),
    "table-illisible": (
        "fichier illisible ({reason}) ; le rouvrir dans le tableur et l'enregistrer en CSV UTF-8",
        "unreadable file ({reason}); open it in the spreadsheet and save it as CSV UTF-8",
    ),
    "plusieurs-fichiers": (
        "plusieurs fichiers pour cette table ({files}) ; n'en garder qu'un",
        "several files for this table ({files}); keep one",
    ),
    "parquet-illisible": (
        "fichier Parquet illisible ({reason}) ; l'exporter de nouveau, ou en CSV UTF-8",
        "unreadable Parquet file ({reason}); export it again, or as CSV UTF-8",
    ),
    "parquet-type": (
        "colonne de type {kind} ; l'exporter en texte, plusieurs valeurs séparées comme dans la table en CSV",
        "column of type {kind}; export it as text, several values separated as in the CSV table",
    ),
    "classeur-ancien": (
        "classeur d'Excel 97-2003 (.xls) ou protégé par un mot de passe ; l'enregistrer en XLSX sans mot de passe",
        "workbook of Excel 97-2003 (.xls) or protected by a password; save it as XLSX without a password",
    ),
    "classeur-illisible": (
        "classeur illisible ({reason}) ; le rouvrir dans le tableur, l'enregistrer en XLSX sans mot de passe ou en CSV",
        "unreadable workbook ({reason}); open it in the spreadsheet and save it as XLSX without a password, or as CSV",
    ),
    "classeur-trop-grand": (
        "classeur de plus de {limit} Mio une fois décompressé ; n'y garder que la feuille à lire",
        "workbook of more than {limit} MiB once unpacked; keep only the sheet to be read",
    ),
    "cellule-eloignee": (
        "feuille de {rows} lignes sur {columns} colonnes ; effacer la cellule remplie loin en bas ou à droite",
        "sheet of {rows} rows by {columns} columns; delete the cell filled far down or far right",
    ),
    "trop-de-colonnes": (
        "{found} colonnes, {limit} au plus ; est-ce bien cette table ?",
        "{found} columns, {limit} at most; is this the right table?",
    ),
    "trop-de-lignes": (
        "plus de {limit} lignes ; découper la table, ou la vérifier avec « annuaire check »",
        "more than {limit} rows; split the table, or check it with 'annuaire check'",
    ),
    "table-non-reconnue": (
        "aucune table de l'annuaire n'a ces colonnes ; choisir la table dans la liste pour savoir ce qui manque",
        "no table of the directory has these columns; choose the table in the list to learn what is missing",
    ),
    "depot-inconnu": (
        "aucune table ne porte ce nom ; {meant}",
        "no table has this name; {meant}",
    ),
    "depot-vide": (
        "aucune ligne : toutes celles de la table seraient retirées ; pour cela, vider la table dans data/ et publier",
        "no row: all those of the table would be withdrawn; for that, empty the table in data/ and publish",
    ),
    "depot-format": (
        "format non lu ; enregistrer la table en CSV UTF-8, XLSX, ODS ou Parquet",
        "format not read; save the table as CSV UTF-8, XLSX, ODS or Parquet",
    ),
    "encodage": (
        "encodage {encoding} non accepté ; enregistrer en « CSV UTF-8 » (UTF-8, UTF-16 et Windows-1252 sont lus)",
        "encoding {encoding} is not accepted; save as 'CSV UTF-8' (UTF-8, UTF-16 and Windows-1252 are read)",
    ),
    "guillemets": (
        "guillemets mal fermés près d'ici ; dans une cellule entre guillemets, écrire chaque guillemet deux fois",
        "badly closed quotes near here; in a quoted cell, write each quote twice",
    ),
    "cellule-sans-fin": (
        "cellule de plus de {limit} caractères ; sans doute un guillemet ouvert et jamais fermé",
        "cell of more than {limit} characters; probably a quote opened and never closed",
    ),
    "nombre-de-cellules": (
        "{found} cellules au lieu de {expected} ; une virgule ou un guillemet de trop ou en moins ?",
        "{found} cells instead of {expected}; a comma or a quote too many or too few?",
    ),
    "sans-entete": (
        "aucune ligne d'en-tête ; la première ligne doit nommer les colonnes",
        "no header row; the first row must name the columns",
    ),
    "entete-plus-bas": (
        "aucun nom de colonne ici ; l'en-tête semble être à la ligne {found} : retirer les lignes au-dessus",
        "no name of a column here; the header seems to be row {found}: remove the rows above it",
    ),
    "colonne-sans-nom": (
        "la colonne {letters} a une valeur ici et pas de nom en première ligne ; la nommer, ou la vider",
        "column {letters} has a value here and no name in the first row; name it, or empty it",
    ),
    "colonne-inconnue": (
        "colonne inconnue{near} ; la renommer, la retirer, ou la décrire dans {metadata}",
        "unknown column{near}; rename it, remove it, or describe it in {metadata}",
    ),
    "colonne-absente": (
        "colonne absente, et obligatoire ; l'ajouter",
        "missing column, and a required one; add it",
    ),
    "colonne-facultative": (
        "colonne facultative absente : lue comme vide à chaque ligne",
        "optional column missing: read as empty in every row",
    ),
    "colonne-ignoree": (
        "colonne que l'annuaire ne connaît pas : elle n'est pas reprise",
        "column that the directory does not know: it is not taken",
    ),
    "colonne-double": ("colonne présente deux fois ; n'en garder qu'une", "column present twice; keep one"),
    "encodage-windows": (
        "lu en Windows-1252 ; préférer « CSV UTF-8 » à l'enregistrement",
        "read as Windows-1252; prefer 'CSV UTF-8' when saving",
    ),
    # cells
    "cellule-vide": ("cellule obligatoire vide ; la remplir", "required cell is empty; fill it in"),
    "erreur-tableur": (
        "erreur laissée par le tableur ; corriger la formule ou élargir la colonne, ou vider la cellule",
        "error left by the spreadsheet; mend the formula or widen the column, or empty the cell",
    ),
    "caractere-interdit": (
        "caractère de contrôle ou illisible (U+{code}) ; le supprimer et retaper le texte",
        "control or unreadable character (U+{code}); delete it and type the text again",
    ),
    "boite-nominative": (
        "adresse électronique d'une personne ; la retirer, ou donner une adresse de service (contact@…, accueil@…)",
        "a person's e-mail address; remove it, or give that of an office (contact@…, info@…)",
    ),
    "balise": (
        "balise HTML dans le texte ; écrire du texte simple",
        "HTML markup in the text; write plain text",
    ),
    "texte-abime": (
        "accents abîmés par un mauvais encodage (« Ã© » pour « é ») ; retaper le texte",
        "accents damaged by a wrong encoding ('Ã©' for 'é'); type the text again",
    ),
    "espaces": (
        "espaces en trop (doublés, au début ou à la fin) ; les retirer",
        "superfluous spaces (doubled, leading or trailing); remove them",
    ),
    "nombre-entier": ("nombre entier attendu, par exemple 12", "whole number expected, for instance 12"),
    "nombre-decimal": (
        "nombre attendu, sans unité, par exemple 1234,56 ou 1234.56",
        "number expected, without a unit, for instance 1234.56 or 1234,56",
    ),
    "nombre-ambigu": (
        "milliers ou décimales ? écrire sans séparateur de milliers, par exemple 1234 ou 1,2340",
        "thousands or decimals? write it without a thousands separator, for instance 1234 or 1.234",
    ),
    "nombre-scientifique": (
        "nombre abrégé par un tableur, des chiffres peuvent manquer ; l'écrire en entier",
        "number shortened by a spreadsheet, digits may be missing; write it in full",
    ),
    "date": (
        "date inexistante ou mal écrite ; écrire AAAA-MM-JJ ou JJ/MM/AAAA, par exemple 2018-09-27",
        "date malformed or non-existent; write YYYY-MM-DD or DD/MM/YYYY, for instance 2018-09-27",
    ),
    "date-mois-jour": (
        "date sans doute écrite le mois d'abord ; écrire AAAA-MM-JJ ou JJ/MM/AAAA, et vérifier toute la colonne",
        "date probably written month first; write YYYY-MM-DD or DD/MM/YYYY, and check the whole column",
    ),
    "date-serie": (
        "numéro de jour d'un tableur : lu {proposal} (mettre la colonne au format date)",
        "day number of a spreadsheet: read as {proposal} (make it a date column)",
    ),
    "annee": (
        "année attendue sur quatre chiffres, par exemple 2018",
        "four-digit year expected, for instance 2018",
    ),
    "booleen": ("oui ou non attendu (ou true, false)", "yes or no expected (or true, false)"),
    "adresse-web": (
        "adresse web mal formée ; écrire une adresse complète, par exemple https://exemple.fr/page",
        "malformed web address; write a complete address, for instance https://example.org/page",
    ),
    "format": (
        "ne suit pas le format attendu : {format}",
        "does not follow the expected format: {format}",
    ),
    "trop-long": ("{found} caractères, {limit} au plus ; raccourcir", "{found} characters, {limit} at most; shorten"),
    "trop-court": ("{found} caractères, {limit} au moins", "{found} characters, {limit} at least"),
    "trop-petit": ("valeur inférieure à {limit}", "value below {limit}"),
    "trop-grand": ("valeur supérieure à {limit}", "value above {limit}"),
    "separateur": (
        "plusieurs valeurs ? les séparer par « {separator} » : {proposal}",
        "several values? separate them with '{separator}': {proposal}",
    ),
    "separateur-texte": (
        "une seule valeur ? s'il y en a plusieurs, les séparer par « {separator} » : {proposal}",
        "one value? if there are several, separate them with '{separator}': {proposal}",
    ),
    "item-vide": (
        "élément vide entre deux « {separator} » ; retirer le séparateur en trop",
        "empty item between two '{separator}'; remove the superfluous separator",
    ),
    # identifiers
    "siren-espaces": (
        "SIREN écrit avec autre chose que ses neuf chiffres : lu {proposal}",
        "SIREN written with more than its nine digits: read as {proposal}",
    ),
    "siren-zero-perdu": (
        "{length} chiffres, zéros de tête perdus dans un tableur : lu {proposal} (mettre la colonne au format texte)",
        "{length} digits, leading zeros lost in a spreadsheet: read as {proposal} (make it a text column)",
    ),
    "siren-scientifique": (
        "nombre abrégé par un tableur, des chiffres sont perdus ; retaper le SIREN (colonne au format texte)",
        "number shortened by a spreadsheet, digits are lost; type the SIREN again (text column)",
    ),
    "siren-longueur": (
        "un SIREN compte neuf chiffres ; vérifier sur annuaire-entreprises.data.gouv.fr",
        "a SIREN has nine digits; check on annuaire-entreprises.data.gouv.fr",
    ),
    "siren-cle": (
        "clé SIREN invalide ; vérifier les neuf chiffres sur annuaire-entreprises.data.gouv.fr",
        "invalid SIREN check digit; check the nine digits on annuaire-entreprises.data.gouv.fr",
    ),
    "siren-zeros": (
        "000000000 n'est le SIREN d'aucune entreprise ; chercher le vrai sur annuaire-entreprises.data.gouv.fr",
        "000000000 is no company's SIREN; look the real one up on annuaire-entreprises.data.gouv.fr",
    ),
    "siren-siret": (
        "c'est un SIRET (14 chiffres) : lu le SIREN qu'il contient, {proposal}",
        "this is a SIRET (14 digits): read as the SIREN that it holds, {proposal}",
    ),
    "siren-siret-cle": (
        "SIRET dont la clé est fausse, à la place d'un SIREN ; vérifier, puis écrire neuf chiffres : {proposal} ?",
        "SIRET with a wrong check digit, in the place of a SIREN; check, then write nine digits: {proposal}?",
    ),
    "siren-tva": (
        "c'est un numéro de TVA, pas un SIREN ; écrire ses neuf derniers chiffres : {proposal}",
        "this is a VAT number, not a SIREN; write its last nine digits: {proposal}",
    ),
    "siren-autre-registre": (
        "forme d'un identifiant {scheme}, pas d'un SIREN ; cette colonne n'admet que le répertoire SIRENE",
        "form of a {scheme} identifier, not of a SIREN; this column takes companies registered in SIRENE only",
    ),
    # sources
    "source-copie": (
        "{reason} : la dernière bonne copie, du {date}, est utilisée",
        "{reason}: the last good copy, of {date}, is used",
    ),
    "source-absente": (
        "{reason}, et aucune copie n'en a encore été gardée ; vérifier l'adresse et réessayer",
        "{reason}, and no copy of it has been kept yet; check the address and try again",
    ),
    "identifiant-local": (
        "sans SIREN : publiée sous {id} ({register}) ; l'écrire ici avant de changer le nom, ou compléter le SIREN",
        "no SIREN: published as {id} ({register}); write it here before changing the name, or add the SIREN",
    ),
    "cle-connue": (
        "sans SIREN ici ; {register} le connaît : {now}",
        "no SIREN here; {register} knows it: {now}",
    ),
    "identifiant-remplace": (
        "{id} a maintenant ce SIREN : son ancienne adresse renvoie à la nouvelle",
        "{id} now has this SIREN: its former address leads to the new one",
    ),
    "identifiant-local-inconnu": (
        "identifiant local que {register} n'a pas attribué ; laisser la cellule vide pour en recevoir un",
        "local id that {register} has not given; leave the cell empty to receive one",
    ),
    "homonymes-sans-cle": (
        "même nom et même {apart} qu'à la ligne {first}, sans SIREN ni l'une ni l'autre ; compléter l'un des deux",
        "same name and same {apart} as row {first}, neither with a SIREN; complete one of them",
    ),
    "valeur-ecartee": (
        "valeur écartée : {other}, source prioritaire, dit {value}",
        "value set aside: {other}, which has priority, says {value}",
    ),
    # references
    "cle-double": (
        "identifiant déjà présent à la ligne {first} ; une seule ligne par identifiant",
        "identifier already present at row {first}; one row per identifier",
    ),
    "reference-inconnue": (
        "{what} inconnu{near}",
        "unknown {what}{near}",
    ),
    "reference-incoherente": (
        "ne va pas avec {other} « {value} » ; la référence dit {expected}",
        "does not go with {other} '{value}'; the reference says {expected}",
    ),
    "code-remplace": (
        "{kind}{label}{since} : rattaché à « {current} »",
        "{kind}{label}{since}: attached to '{current}'",
    ),
    "code-complete": (
        "zéro de tête manquant, ou en trop : lu « {current} » ; mettre la colonne au format texte",
        "leading zero missing, or superfluous: read as '{current}'; set the column to text",
    ),
    "nom-seul": (
        "lu « {current} » d'après le nom seul ; écrire ce code, ou ajouter le code postal ou le département",
        "read as '{current}' from the name alone; write this code, or add the postal code or the département",
    ),
    "reference-ambigue": (
        "{what} à préciser : {candidates} ; écrire l'un de ces codes",
        "{what} to be specified: {candidates}; write one of these codes",
    ),
    "code-a-ne-pas-confondre": (
        "c'est le code de « {label} » ({kind}), pas celui attendu ici{instead}",
        "this is the code of '{label}' ({kind}), not the one expected here{instead}",
    ),
    "identifiant-retenu": (
        "fiche retenue, non publiée : {reason}",
        "record withheld, not published: {reason}",
    ),
    "personne-physique": (
        "personne physique (catégorie juridique {reason}) : retenue, non publiée, tant que « base_legale » est vide",
        "natural person (legal category {reason}): withheld, not published, as long as 'base_legale' is empty",
    ),
    "personne-physique-sirene": (
        "personne physique (catégorie juridique {reason}) : ses données SIRENE ne sont pas publiées",
        "natural person (legal category {reason}): its SIRENE data are not published",
    ),
    "reference-personne": (
        "ligne retenue, non publiée : elle renvoie à une personne physique, elle-même retenue",
        "row withheld, not published: it refers to a natural person, itself withheld",
    ),
    "fiche-brouillon": (
        "brouillon : non publié",
        "draft: not published",
    ),
    "fiche-archivee": (
        "fiche archivée : retirée de l'annuaire",
        "archived record: withdrawn from the directory",
    ),
    "etat-inconnu": (
        "état de fiche inconnu ; écrire brouillon, publiée, à revoir ou archivée, ou laisser vide",
        "unknown state of a record; write brouillon, publiée, à revoir or archivée, or leave empty",
    ),
    "verificateur-inconnu": (
        "organisation attendue, jamais une personne : {listed} ; en ajouter dans annuaire.toml, revue.organisations",
        "organisation expected, never a person: {listed}; add others to annuaire.toml, revue.organisations",
    ),
    "fiche-a-revoir": ("fiche à revoir, selon son état", "record to be reviewed, by its state"),
    "verification-ancienne": (
        "fiche à revoir : vérifiée il y a {months} mois ou plus ; la vérifier, et mettre la date du jour",
        "record to be reviewed: checked {months} months ago or more; check it, and write today's date",
    ),
    "verification-future": (
        "vérification datée d'un jour à venir",
        "check dated a day to come",
    ),
    "non-diffuse": (
        "{cells} cellule(s) « [ND] » (non diffusées par SIRENE) lues comme vides ; lignes écartées : {rows}",
        "{cells} cell(s) '[ND]' (not disclosed by SIRENE) read as empty; rows left out: {rows}",
    ),
    "diffusion-partielle": (
        "{count} ligne(s) à diffusion partielle écartée(s) : leurs données SIRENE ne sont pas publiées",
        "{count} row(s) of partial diffusion left out: their SIRENE data are not published",
    ),
    "reference-retenue": (
        "ligne retenue, non publiée : elle renvoie à « {value} », lui-même retenu",
        "row withheld, not published: it refers to '{value}', itself withheld",
    ),
}


def message(rule: str, **fields: object) -> Texts:
    """Return the texts of a rule with its fields filled in.

    A field may itself be a text by language: pass a dict and each language takes its own.
    """
    fr, en = _MESSAGES[rule]
    filled = {"fr": fr, "en": en}
    per_language = {
        lang: {key: value[lang] if isinstance(value, dict) else value for key, value in fields.items()}
        for lang in filled
    }
    return {lang: texts({lang: template}, **per_language[lang])[lang] for lang, template in filled.items()}


def proposals(values: list[str]) -> Texts:
    """Return the tail that proposes the nearest real values, or nothing when there is none."""
    if not values:
        return {"fr": "", "en": ""}
    listed = ", ".join(f"« {value} »" for value in values)
    return {"fr": f" ; le plus proche : {listed}", "en": f"; nearest: {listed}"}


def candidates(values: list[str], count: int) -> Texts:
    """Return the real values among which to choose; `count` is how many there are."""
    more = count - len(values)
    listed = ", ".join(f"« {value} »" for value in values)
    if more <= 0:
        return {"fr": listed, "en": listed}
    return {"fr": f"{listed} et {more} autres", "en": f"{listed} and {more} more"}
