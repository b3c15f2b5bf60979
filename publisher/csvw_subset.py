"""The keys that a CSVW description may have: the subset of the standard that is read, and our annotations."""

from __future__ import annotations

from publisher.vocabulary import ASC

PER_ITEM = str(ASC.perItem)
SCHEME = str(ASC.identifierScheme)
TEXT = str(ASC.textTemplate)
OTHER_CODES = str(ASC.otherCodes)
NOT_TO_CONFUSE = str(ASC.notToConfuseWith)
WITHHELD = str(ASC.withheld)
COG_YEAR = str(ASC.cogYear)
LOCAL_IDS = str(ASC.localIdentifiers)
NAMED_BY = str(ASC.namedBy)
OPTIONAL = str(ASC.optionalColumn)
ROLE = str(ASC.columnRole)

ROLES = ("diffusion", "legalCategory", "legalBasis", "recordStatus", "verifiedOn", "verifiedBy")
"""What a column may be for besides its statements; at most one column of a table has each role."""

DC = ("dc:title", "dc:description", "dc:source", "dc:license", "dc:publisher", "dc:modified")
KEYS: dict[str, frozenset[str]] = {
    "table": frozenset(
        {"@context", "url", "tableSchema", "notes", OTHER_CODES, NOT_TO_CONFUSE, WITHHELD}
        | {COG_YEAR, NAMED_BY, LOCAL_IDS, *DC}
    ),
    "tableSchema": frozenset({"aboutUrl", "primaryKey", "foreignKeys", "columns"}),
    "columns": frozenset(
        {
            "name", "titles", "dc:description", "datatype", "lang", "separator", "required", "null", "default",
            "aboutUrl", "propertyUrl", "valueUrl", "virtual", "suppressOutput", PER_ITEM, SCHEME, TEXT, OPTIONAL, ROLE,
        }
    ),
    "foreignKeys": frozenset({"columnReference", "reference"}),
    "reference": frozenset({"resource", "columnReference"}),
    OTHER_CODES: frozenset(
        {"resource", "columnReference", "currentReference", "labelReference", "sinceReference", "kind"}
    ),
    NOT_TO_CONFUSE: frozenset({"resource", "columnReference", "insteadReference", "labelReference", "kind"}),
    LOCAL_IDS: frozenset({"columnReference", "toldApartBy"}),
    NAMED_BY: frozenset({"columnReference", "toldApartBy", "postalReference"}),
    WITHHELD: frozenset({"resource", "columnReference", "reasonReference"}),
}  # fmt: skip
"""Every key that is read, by the object that holds it."""
