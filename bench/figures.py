"""Figures as the tables of docs/performance.md have them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def row(*cells: object) -> None:
    """Print a row of a Markdown table."""
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def header(*cells: str) -> None:
    row(*cells)
    print("|" + "---|" * len(cells))


def spread(values: Sequence[float], digits: int = 1) -> str:
    """The median, and in brackets the range if there are several."""
    median = f"{statistics.median(values):,.{digits}f}"
    return median if len(values) == 1 else f"{median} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"  # noqa: RUF001


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Of each pair, ours by theirs."""
    return [a / b for a, b in zip(ours, theirs, strict=True)]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least `share` of them (0.99 for the 99th percentile) do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """How much y grows for each unit of x: the line of least squares."""
    fitted = statistics.linear_regression([x for x, _ in points], [y for _, y in points])
    return fitted.slope
