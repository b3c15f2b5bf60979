"""What the software carries for a new directory: ontology, shapes, descriptions of tables, reference territories.

The wheel has them in `publisher/shipped/`; a checkout has them at its root, where they are edited.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
STARTER = _PACKAGE / "starter"


def shipped(name: str) -> Path:
    """Return the directory `ontology`, `shapes` or `data`."""
    packaged = _PACKAGE / "shipped" / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / name
