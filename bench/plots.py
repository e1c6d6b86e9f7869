"""Curves as PNG under docs/plots/. Needs matplotlib, from the project's extra `bench`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from servers import HERE

FOLDER = HERE.parent / "docs/plots"
Points = Sequence[tuple[float, float]]


def plot(name: str, title: str, x: str, y: str, curves: Mapping[str, Points], *, logarithmic: bool = False) -> None:
    """Draw `curves` into FOLDER under `name`; without matplotlib, say why there is no plot. `logarithmic` is for x."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print(f'{name} is not drawn: matplotlib is not installed (.venv/bin/pip install -e ".[bench]")')
        return
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    for label, points in curves.items():
        axes.plot([each[0] for each in points], [each[1] for each in points], marker="." if logarithmic else None, label=label)
    axes.set(title=title, xlabel=x, ylabel=y)
    if logarithmic:
        axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    if len(curves) > 1:
        axes.legend()
    file = Path(FOLDER, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    # Nothing in the file but what was measured: two runs of the same figures are the same bytes.
    figure.savefig(file, dpi=100, metadata={"Software": None})
    print(f"{file.relative_to(HERE.parent)} is drawn")
