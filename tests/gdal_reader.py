"""What GDAL reads at an address, as JSON on standard output: a program of its own, as a GIS is.

(pyogrio holds Python's lock while GDAL waits for the network: a server in the same process could never answer.)
"""

from __future__ import annotations

import json
import sys
from typing import Any

import pyogrio


def main(url: str) -> None:
    """Print the layers of the API, with their features inside and outside a box; and a list's GeoJSON."""
    source = f"OAPIF:{url}/ogc"
    layers: dict[str, Any] = {}
    for name, _ in pyogrio.list_layers(source):
        meta, _, geometries, values = pyogrio.raw.read(source, layer=name)
        _, _, inside, _ = pyogrio.raw.read(source, layer=name, bbox=(4.5, 45.5, 5, 46))
        names = values[list(meta["fields"]).index("nom")]
        layers[str(name)] = {
            "crs": meta["crs"],
            "names": sorted(names),
            "placed": sum(geometry is not None for geometry in geometries),
            "inside": len(inside),
        }
    info = pyogrio.read_info(f"{url}/entreprises.geojson")
    geojson = {"features": info["features"], "crs": info["crs"], "geometry": info["geometry_type"]}
    json.dump({"layers": layers, "geojson": geojson}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
