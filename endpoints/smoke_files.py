"""A file that an instance's catalog leads to, against the size and the checksum that the catalog gives."""

from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING

from rdflib.namespace import DCAT

from endpoints.smoke_visits import expect
from publisher.vocabulary import SPDX

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

    from endpoints.smoke_visits import Visitor

_ALGORITHM = "checksumAlgorithm_"


def check_file(visitor: Visitor, catalog: Graph, distribution: Node, path: str) -> None:
    """Fetch a distribution's file.

    Raises:
        MissError: its size or checksum is not the one in the catalog, or it does not unpack.
    """
    body = visitor.get(path).body
    size = catalog.value(distribution, DCAT.byteSize)
    expect(size is None or int(str(size)) == len(body), f"{len(body)} octets ≠ {size}", f"{len(body)} bytes ≠ {size}")
    checksum = catalog.value(distribution, SPDX.checksum)
    if checksum is not None:
        name = str(catalog.value(checksum, SPDX.algorithm)).rpartition(_ALGORITHM)[2]
        expected = str(catalog.value(checksum, SPDX.checksumValue)).lower()
        expect(hashlib.new(name, body).hexdigest() == expected, f"empreinte {name} fausse", f"wrong {name} checksum")
    if path.endswith(".gz"):
        expect(gzip.decompress(body), "fichier vide", "empty file")
