"""One selection, and one whole call through the proxy in memory."""

from __future__ import annotations

import pytest
from journey import Journey, record, replay
from pytest_benchmark.fixture import BenchmarkFixture
from selection import ALGORITHMS, filled

#: Calls of a journey that are timed together.
CALLS = 500


@pytest.mark.parametrize("size", [10, 10_000])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_select(benchmark: BenchmarkFixture, algorithm: int, size: int) -> None:
    sets = filled(size)
    assert benchmark(sets.select, 1, algorithm, b"4711-call", b"example.org") is not None


def test_whole_call(benchmark: BenchmarkFixture) -> None:
    """The time shown is that of CALLS calls."""
    steps = record(Journey(), CALLS)

    def fresh() -> tuple[tuple[Journey], dict[str, object]]:
        return (Journey(),), {}

    finished = []

    def calls(journey: Journey) -> None:
        replay(journey, steps)
        finished.append(journey.proxy.transactions)

    benchmark.pedantic(calls, setup=fresh, rounds=20)
    assert set(finished) == {2 * CALLS}
