from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.balancing.attributes import Attributes
from txdispatcher.balancing.overload import Overload


def test_a_report_holds_for_its_validity() -> None:
    overload = Overload(Attributes())
    assert overload.report(20, 0.5, 1.0, 10.0)
    assert [overload.rate(now) for now in (10.0, 10.4, 10.5)] == [20, 20, 0]


def test_a_report_that_is_not_newer_changes_nothing() -> None:
    overload = Overload(Attributes())
    assert overload.report(20, 1.0, 5.0, 10.0)
    assert not overload.report(90, 1.0, 5.0, 10.1)
    assert not overload.report(90, 1.0, 4.9, 10.1)
    assert overload.rate(10.2) == 20
    assert overload.report(90, 1.0, 5.1, 10.3)
    assert overload.rate(10.4) == 90


def test_a_validity_of_0_ends_the_control() -> None:
    overload = Overload(Attributes())
    overload.report(20, 5.0, 1.0, 10.0)
    overload.report(0, 0.0, 2.0, 11.0)
    assert overload.rate(11.0) == 0


@pytest.mark.parametrize(("reported", "rate"), [(5, 10), (50, 50), (95, 90)])
def test_a_report_is_kept_within_the_bounds(reported: int, rate: int) -> None:
    overload = Overload(Attributes(ocmin=10, ocmax=90))
    overload.report(reported, 1.0, 1.0, 0.0)
    assert overload.rate(0.5) == rate


def test_without_a_report_the_attribute_counts() -> None:
    overload = Overload(Attributes(ocrate=30))
    assert overload.rate(0.0) == 30
    overload.report(70, 1.0, 1.0, 0.0)
    assert [overload.rate(now) for now in (0.5, 1.0)] == [70, 30]


@given(st.integers(0, 100))
def test_of_every_hundred_as_many_are_shed_as_the_rate_says(rate: int) -> None:
    overload = Overload(Attributes(ocrate=rate))
    for _ in range(3):
        assert sum(overload.sheds(0.0) for _ in range(100)) == rate
