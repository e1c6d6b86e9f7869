"""What a source remembers from one reading to the next."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.stores.list_file import read_list
from txdispatcher.stores.source import Known

_LINES = st.lists(st.sampled_from(["1 sip:a", "1 sip:a 2", "2 sip:b 8 3 duid=x", "1 c", "1 c 2", "x", "# x", ""]), max_size=6)


@given(st.lists(_LINES, max_size=4))
def test_a_reading_is_the_same_whatever_is_remembered(texts: list[list[str]]) -> None:
    """Records, errors and warnings, those of lines that have not changed among them."""
    known: Known[str] = Known()
    for lines in texts:
        data = "\n".join(lines).encode()
        found, fresh = read_list(data, "list", known), read_list(data, "list")
        assert (found.records, found.warnings) == (fresh.records, fresh.warnings)
        assert list(map(str, found.errors)) == list(map(str, fresh.errors))


def test_a_line_that_stays_is_the_same_record_in_another_place_too() -> None:
    known: Known[str] = Known()
    first, second = read_list(b"1 sip:a 8\n1 sip:b", "list", known).records
    [moved, changed] = read_list(b"1 sip:b\n\n1 sip:a 0", "list", known).records
    assert moved is second
    assert changed is not first


def test_what_is_gone_is_forgotten() -> None:
    known: Known[str] = Known()
    [first] = read_list(b"1 sip:a", "list", known).records
    read_list(b"", "list", known)
    [again] = read_list(b"1 sip:a", "list", known).records
    assert again == first
    assert again is not first
