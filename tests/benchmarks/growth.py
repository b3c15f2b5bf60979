"""How a publication grows with its size: `python -m tests.benchmarks.growth FIGURES docs/decisions/0017-growth.svg`.

FIGURES is what `python -m tests.benchmarks.build 1000 10000 … --figures FIGURES` wrote, a line a size. Printed: a table
in Markdown; written: a plot, both axes logarithmic.
"""

# ruff: noqa: T201 - it prints a table

from __future__ import annotations

import argparse
import json
from itertools import pairwise
from math import ceil, floor, log10
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH, HEIGHT, MARGIN = 640, 420, 60
RIGHT, BOTTOM = WIDTH - 2 * MARGIN, HEIGHT - MARGIN
_HEAD = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"
 font-family="sans-serif" font-size="12">
<title>Durée, processeur et mémoire d'une publication selon le nombre d'entreprises</title>
<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>"""


class Size(NamedTuple):
    """What a publication of so many companies took: seconds, processor seconds, MiB at most."""

    companies: int
    triples: int
    time: float
    processor: float
    memory: float


CURVES = {
    "time": ("horloge, s", "#1b5e9e"),
    "processor": ("processeur, s", "#b3441e"),
    "memory": ("mémoire, Mio", "#3f7d3a"),
}
"""The fields that are plotted, with their French labels and colours."""


def read_figures(path: Path) -> list[Size]:
    """Return the sizes of a file, the smallest first; of one measured twice, the last."""
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    sizes = {each["companies"]: Size(**each) for each in lines}
    return [sizes[count] for count in sorted(sizes)]


def write_table(sizes: list[Size]) -> str:
    """Return a table in Markdown; its last column: as what power of the statements processor time has grown."""
    rows = ["| companies | statements | clock, s | processor, s | memory, MiB | power |", "|---|---|---|---|---|---|"]
    powers = ["", *(f"{_power(one, other):.2f}" for one, other in pairwise(sizes))]
    for size, power in zip(sizes, powers, strict=True):
        rows.append(f"| {' | '.join(f'{value:,.0f}' for value in size)} | {power} |")
    return "\n".join(rows)


def _power(one: Size, other: Size) -> float:
    return log10(other.processor / one.processor) / log10(other.triples / one.triples)


def draw_plot(sizes: list[Size]) -> str:
    """Return the plot as SVG."""
    across = _Axis([each.companies for each in sizes], MARGIN, RIGHT)
    up = _Axis([getattr(each, name) for each in sizes for name in CURVES], BOTTOM, MARGIN / 2)
    parts = [_HEAD, *_grid(across, up)]
    for name, (label, colour) in CURVES.items():
        points = [(across.place(each.companies), up.place(getattr(each, name))) for each in sizes]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        x, y = points[-1]
        parts.append(f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" fill="{colour}">{label}</text>')
    parts.append(f'<text x="{(MARGIN + RIGHT) / 2:.1f}" y="{HEIGHT - 12}" text-anchor="middle">entreprises</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _grid(across: _Axis, up: _Axis) -> Iterator[str]:
    for power in across.powers:
        x = across.place(10.0**power)
        yield f'<line x1="{x:.1f}" y1="{MARGIN / 2}" x2="{x:.1f}" y2="{BOTTOM}" stroke="#dddddd"/>'
        yield f'<text x="{x:.1f}" y="{BOTTOM + 18}" text-anchor="middle">{_spaced(10.0**power)}</text>'
    for power in up.powers:
        y = up.place(10.0**power)
        yield f'<line x1="{MARGIN}" y1="{y:.1f}" x2="{RIGHT}" y2="{y:.1f}" stroke="#dddddd"/>'
        yield f'<text x="{MARGIN - 6}" y="{y + 4:.1f}" text-anchor="end">{_spaced(10.0**power)}</text>'


class _Axis:
    """A logarithmic axis from one place of the plot to another."""

    def __init__(self, values: list[float] | list[int], start: float, end: float) -> None:
        low, high = log10(min(values)), log10(max(values))
        self.powers = range(floor(low), max(ceil(high), floor(low) + 1) + 1)
        self._start, self._size = start, end - start

    def place(self, value: float) -> float:
        """Return where a value stands."""
        first, last = self.powers[0], self.powers[-1]
        return self._start + self._size * (log10(value) - first) / (last - first)


def _spaced(value: float) -> str:
    return f"{value:,.0f}".replace(",", "\u202f") if value >= 1 else f"{value:g}".replace(".", ",")


def main() -> None:
    """Print the table, write the plot."""
    parser = argparse.ArgumentParser(description="how a publication grows with its size")
    parser.add_argument("figures", type=Path)
    parser.add_argument("plot", type=Path, help="an SVG file to write")
    options = parser.parse_args()
    sizes = read_figures(options.figures)
    options.plot.write_text(draw_plot(sizes), encoding="utf-8")
    print(write_table(sizes))


if __name__ == "__main__":
    main()
