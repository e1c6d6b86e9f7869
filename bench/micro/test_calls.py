"""One selection, and one whole call through the proxy in memory."""

from __future__ import annotations

import pytest
from journey import Journey, record, replay
from pytest_benchmark.fixture import BenchmarkFixture
from selection import ALGORITHMS, filled

from txdispatcher.balancing.sets import Sets

#: Calls of a journey that are timed together.
CALLS = 500


@pytest.fixture(scope="module", params=[10, 10_000])
def sets(request: pytest.FixtureRequest) -> Sets:
    """Set 1 with so many destinations."""
    return filled(request.param)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_select(benchmark: BenchmarkFixture, sets: Sets, algorithm: int) -> None:
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
