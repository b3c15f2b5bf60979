"""Match a small table against the service whose address is given, with PyPI's `reconciler`; print what it says."""

import json
import sys
from importlib import import_module
from typing import Any

np: Any = import_module("numpy")
pd: Any = import_module("pandas")
np.__dict__.setdefault("NaN", np.nan)  # reconciler 0.2.2 still writes the name that NumPy 2 dropped
reconcile: Any = import_module("reconciler").reconcile

TABLE = pd.DataFrame(
    {
        "nom": ["LAMPADAIRES IMAGINAIRES SAS", "ebenisterie nuage", "Atlantide Fictive"],
        "departement": ["Rhône", "01", "69"],
    }
)


def matches(**options: object) -> list[list[object]]:
    """Return the identifier and the decision for each row."""
    found = reconcile(TABLE["nom"], type_id="company", reconciliation_endpoint=sys.argv[1], **options)
    rows = zip(found["id"], found["match"], strict=True)
    return [[id_ if isinstance(id_, str) else None, bool(match)] for id_, match in rows]


answers = {"plain": matches(), "placed": matches(property_mapping={"departement": TABLE["departement"]})}
sys.stdout.write(json.dumps(answers))
