"""The reply codes of pings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.sip.reply_codes import parse_reply_codes


def test_any_2xx_is_good_whatever_the_text_says():
    assert [status for status in range(100, 700) if status in parse_reply_codes("")] == list(range(200, 300))
    assert 299 in parse_reply_codes("code=403")


def test_classes_and_codes():
    codes = parse_reply_codes("class=2;code=403; code=488;class=300;")
    assert [status for status in range(400, 700) if status in codes] == [403, 488]
    assert 302 in codes
    assert 180 not in codes


@pytest.mark.parametrize("text", ["403", "code=40", "code=700", "class=7", "class=402", "code=403,code=404", "codes=403"])
def test_anything_else_is_refused_by_name(text):
    with pytest.raises(ValueError, match="is no reply code; allowed") as caught:
        parse_reply_codes(f"class=2;{text}")
    assert repr(text) in str(caught.value)


@given(st.sets(st.integers(1, 6)), st.sets(st.integers(100, 699)))
def test_the_text_of_some_codes_names_just_these(classes, codes):
    found = parse_reply_codes(";".join([*(f"class={each}" for each in classes), *(f"code={each}" for each in codes)]))
    for status in range(100, 700):
        assert (status in found) == (status in codes or status // 100 in classes | {2})
