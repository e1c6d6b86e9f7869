"""balancing.plan: what a load would change, held against a load."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.balancing.destination import Record
from txdispatcher.balancing.plan import plan_of
from txdispatcher.balancing.sets import Sets

RECORDS = st.lists(
    st.builds(
        Record,
        set_id=st.integers(1, 2),
        uri=st.sampled_from(["sip:a", "sip:b", "sip:c"]),
        flags=st.sampled_from([0, 8]),
        priority=st.integers(0, 1),
    ),
    max_size=6,
)


def key(record: Record) -> tuple[int, str]:
    return record.set_id, record.uri


@given(RECORDS, RECORDS)
def test_a_plan_is_what_a_load_does(before: list[Record], after: list[Record]) -> None:
    sets = Sets()
    sets.load(before)
    plan = plan_of(sets, after)
    assert len(plan.added) + len(plan.changed) + plan.same == len(after)
    assert len(plan.removed) + len(plan.changed) + plan.same == len(before)
    left = [key(record) for record in before]
    for record in plan.removed:
        left.remove(key(record))
    assert sorted(left + [key(record) for record in plan.added]) == sorted(key(record) for record in after)
    sets.load(after)
    again = plan_of(sets, after)
    assert (again.added, again.removed, again.changed, again.same) == ([], [], [], len(after))
