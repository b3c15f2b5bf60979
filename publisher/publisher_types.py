"""Who may publish an instance: the values of the setting `editeur.type`."""

PUBLISHER_TYPES = {
    "Academia-ScientificOrganisation": ("établissement scientifique", "academia or scientific organisation"),
    "Company": ("entreprise", "company"),
    "IndustryConsortium": ("groupement d'entreprises", "industry consortium"),
    "LocalAuthority": ("collectivité locale", "local authority"),
    "NationalAuthority": ("autorité nationale", "national authority"),
    "NonGovernmentalOrganisation": ("organisation non gouvernementale", "non-governmental organisation"),
    "NonProfitOrganisation": ("organisme à but non lucratif", "non-profit organisation"),
    "PrivateIndividual(s)": ("particulier", "private individual"),
    "RegionalAuthority": ("autorité régionale", "regional authority"),
    "StandardisationBody": ("organisme de normalisation", "standardisation body"),
    "SupraNationalAuthority": ("autorité supranationale", "supra-national authority"),
}
"""Who publishes, in ADMS's list (http://purl.org/adms/publishertype/1.0)."""
