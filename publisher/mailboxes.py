"""Mailboxes of people in the cells of a table: personal data, unlike `contact@` or `mairie@`."""

from __future__ import annotations

from publisher import sql

_MAILBOX = r"[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}"

_GENERIC = (
    "accueil achats? admin administratif administration adresse agence agglo aide alertes? annuaire appels? "
    "archives assistance asso association billetterie bonjour boutique bureau cabinet campus carrieres? ccas "
    "centre clients? collectivites? com commandes? commerce commercial(?:e|es|aux)? commune communication compta "
    "comptabilite conseil contacts? contrats? coordination courriel courrier csirt culture cyber data demandes? "
    "demo departement developpement devis devs? direction dg dga dgs digital directeur diffusion dispatch "
    "documentation donnees dpd dpo drh dsi eau ecole education emploi energie enquetes? entreprises? "
    "environnement equipe espace etudes? europe event evenements? expert export exposition facturation factures? "
    "finances? fondation formations? france gestion git government group groupe habitat hello help helpdesk hey "
    "hotline hr ict info infos information informatique innovation institutionnel intercommunalite international "
    "it jeunesse jobs juridique lab label laboratoire legal letter lettre logistique mail mairie maintenance "
    "maires? management marches? marchespublics marketing media medias mediation metropole mobilites? musee "
    "newsletter no nospam noreply numerique office ombudsman open opendata operations? opportunites ordres? "
    "organisation partenaires? partenariats? participation partners? patrimoine pole police postmaster prefecture "
    "presidence press presse privacy production projets? projects? promotion public publication qualite question "
    "questions recherche reclamations? recrutement region relations? renseignements? reservations? reseaux? "
    "resources responsable ressources rgpd rh rse sales salons? sante sav sciences? scolarite secretariat "
    "secretaire securite security services? siege sig site smart smartcity social societe solutions? sports? "
    "standard stage stages startup support syndicat team tech technical technique technologies? tourisme "
    "transport transports travaux tresorerie urbanisme usagers? vente ventes vie ville visites? voirie webmaster "
    "welcome"
)
_OF_ALL = rf"(^|[._+'-])({'|'.join(_GENERIC.split())})[0-9]*([._+'-]|$)"
"""A part of the local name that says a service, a place or a purpose; anything else may be someone's name."""


def holds_named_mailbox(v: str) -> str:
    """Return the SQL of whether a text holds the address of a mailbox that is nobody's office.

    An address that repeats its domain's name (`exemple@exemple.fr`) is that of the organisation.
    """
    local, domain = "split_part(i, '@', 1)", "split_part(i, '@', 2)"
    plain = f"lower(strip_accents({local}))"
    own = f"contains(lower(strip_accents({domain})), {plain})"
    personal = f"NOT regexp_matches({plain}, {sql.text(_OF_ALL)}) AND NOT {own}"
    found = f"regexp_extract_all({v}, {sql.text(_MAILBOX)})"
    return (
        f"CASE WHEN contains({v}, '@') THEN list_bool_or(list_transform({found}, lambda i: {personal})) ELSE false END"
    )
