"""The outlines of France as SVG paths: the mainland, overseas along the left edge, the centre of Île-de-France apart.

Points are placed in the same frames, so that a town falls where its département is drawn.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

WIDTH, HEIGHT = 1000, 1066
_MAINLAND = (-5.2, 9.7, 41.3, 51.2)
_GRID = 2
"""Points of a large map lie this far apart at least: neighbours still meet, and the home page is a fifth lighter."""

_INSET = 124
_CENTRE = ("75", "92", "93", "94")
"""Paris and its neighbours, too small on a map of France: drawn again, larger, in the upper right corner."""

_CENTRE_SIDE, _CENTRE_MARGIN = 170, 12
Ring = list[list[float]]


@lru_cache(maxsize=4)
def outline_paths(path: Path, reduction: int = 1) -> tuple[tuple[str, str, str], ...]:
    """Return the code, name and path of each département: the mainland, overseas along the left edge, the centre.

    A reduced map is this many times smaller, with as many points less.
    """
    features = _features(path)
    frames = {code: frame.reduced(reduction) for code, frame in _frames(path).items()}
    grid = _GRID if reduction == 1 else 1
    found = [(code, name, _path(rings, frames[code], grid)) for code, name, rings in features]
    centre = [each for each in features if each[0] in _CENTRE]
    if centre:
        frame = _centre_frame([ring for _, _, rings in centre for ring in rings]).reduced(reduction)
        found += [(code, name, _path(rings, frame, 1)) for code, name, rings in centre]
    return tuple(found)


def place_points(towns: Iterable[tuple[str, str, float, float]], path: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the name and place of towns, given by name, code of département, longitude and latitude."""
    frames = _frames(path)
    for name, code, east, north in towns:
        if code in frames:
            yield name, frames[code].place((east, north))


@lru_cache(maxsize=4)
def _features(path: Path) -> tuple[tuple[str, str, list[Ring]], ...]:
    """Return the code, name and outer rings of each département, the mainland first; none without outlines."""
    if not path.is_file():
        return ()
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    found = [(f["properties"]["code"], f["properties"]["nom"], list(_rings(f["geometry"]))) for f in features]
    return tuple(sorted(found, key=lambda each: (not _inside(each[2][0][0]), each[0])))


@lru_cache(maxsize=4)
def _frames(path: Path) -> dict[str, _Frame]:
    """Return the frame in which a map shows each département, by code."""
    overseas = [(code, rings) for code, _, rings in _features(path) if not _inside(rings[0][0])]
    frames = {code: _overseas_frame(rings, number) for number, (code, rings) in enumerate(overseas)}
    return dict.fromkeys((code for code, _, _ in _features(path)), _frame_of_mainland()) | frames


def _rings(geometry: dict[str, Any]) -> Iterator[Ring]:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    for polygon in polygons:
        yield polygon[0]


def _inside(point: Sequence[float]) -> bool:
    west, east, south, north = _MAINLAND
    return west <= point[0] <= east and south <= point[1] <= north


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a part of the world is drawn: its north-west corner, degrees to units, and the place of the corner."""

    west: float
    north: float
    across: float
    down: float
    left: float
    top: float

    def place(self, point: Sequence[float]) -> tuple[int, int]:
        x = self.left + (point[0] - self.west) * self.across
        y = self.top + (self.north - point[1]) * self.down
        return round(x), round(y)

    def reduced(self, reduction: int) -> _Frame:
        """Return the same frame on a map that many times smaller."""
        across, down, left, top = (each / reduction for each in (self.across, self.down, self.left, self.top))
        return replace(self, across=across, down=down, left=left, top=top)


def _frame_of_mainland() -> _Frame:
    west, east, south, north = _MAINLAND
    shrink = math.cos(math.radians((south + north) / 2))
    down = min(HEIGHT / (north - south), (WIDTH - _INSET / 3) / ((east - west) * shrink))
    return _Frame(west, north, down * shrink, down, WIDTH - (east - west) * down * shrink, 0)


def _overseas_frame(rings: list[Ring], number: int) -> _Frame:
    return _fitted(rings, _INSET - 20, 4, HEIGHT - (5 - number) * _INSET + 6)


def _centre_frame(rings: list[Ring]) -> _Frame:
    return _fitted(rings, _CENTRE_SIDE, WIDTH - _CENTRE_SIDE - _CENTRE_MARGIN, _CENTRE_MARGIN)


def _fitted(rings: list[Ring], room: float, left: float, top: float) -> _Frame:
    """Return the frame that draws these outlines in a square."""
    xs, ys = [p[0] for ring in rings for p in ring], [p[1] for ring in rings for p in ring]
    shrink = math.cos(math.radians((min(ys) + max(ys)) / 2))
    down = room / max((max(xs) - min(xs)) * shrink, max(ys) - min(ys))
    return _Frame(min(xs), max(ys), down * shrink, down, left, top)


def _path(rings: Iterable[Ring], frame: _Frame, grid: int) -> str:
    """Return the outline as an SVG path of relative steps, without the points that the others make superfluous."""
    parts = []
    for ring in rings:
        placed = [(x - x % grid, y - y % grid) for x, y in map(frame.place, ring)]
        kept = _straightened([placed[0], *(b for a, b in pairwise(placed) if a != b)])
        if len(kept) > 3:  # noqa: PLR2004 — fewer points enclose nothing
            steps = (f"{bx - ax},{by - ay}" for (ax, ay), (bx, by) in pairwise(kept))
            parts.append(f"M{kept[0][0]},{kept[0][1]}l{' '.join(steps)}z")
    return "".join(parts)


def _straightened(line: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return a line without the points that lie straight between the one before and the one after."""
    bends = [
        b
        for a, b, c in zip(line, line[1:], line[2:], strict=False)
        if (b[0] - a[0]) * (c[1] - b[1]) != (b[1] - a[1]) * (c[0] - b[0])
    ]
    return [line[0], *bends, *line[1:][-1:]]
