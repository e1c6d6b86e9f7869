"""balancing.latency: averages, deviation and estimate of ping times."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.balancing.latency import Latency


@given(st.lists(st.floats(0, 10_000), min_size=1, max_size=50))
def test_figures_are_those_of_the_samples(samples: list[float]) -> None:
    latency = Latency()
    for sample in samples:
        latency.sample(sample, 0.9)
    assert (latency.count, latency.last, latency.maximum) == (len(samples), samples[-1], max(samples))
    assert latency.average == pytest.approx(statistics.fmean(samples), abs=1e-6)
    assert latency.deviation == pytest.approx(statistics.pstdev(samples), abs=1e-3)


def test_the_estimate_is_the_average_of_few_samples_and_then_follows_the_newest() -> None:
    latency = Latency()
    for _ in range(9):
        latency.sample(10.0, 0.9)
    assert latency.estimate == pytest.approx(10.0)
    latency.sample(20.0, 0.9)
    assert latency.estimate == pytest.approx(11.0)
    latency.sample(20.0, 0.5)
    assert latency.estimate == pytest.approx(15.5)


def test_what_the_attribute_gives_weighs_as_in_kamailio() -> None:
    """The figures of 5.6.3 for latency=24 after answers of 0, 0 and 1 ms."""
    latency = Latency(24.0)
    for sample in (0.0, 0.0, 1.0):
        latency.sample(sample, 0.9)
    assert (latency.average, latency.deviation, latency.estimate) == pytest.approx((23.9929, 0.41, 17.596), abs=1e-3)
    assert latency.maximum == 24.0


def test_timeouts_are_counted_apart() -> None:
    latency = Latency()
    latency.timeout()
    assert (latency.timeouts, latency.count, latency.deviation) == (1, 0, 0.0)
