"""AVPs, XAVPs and script variables."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.routing.requests import context, request
from txdispatcher.routing.variables import Variables, variables_of, written


def test_a_request_has_no_variables_until_one_is_written():
    found = context(request())
    assert written(found) is None
    variables = variables_of(found)
    assert variables is variables_of(found) is written(found)
    assert (variables.avp("a"), variables.xavp("a"), variables.var("a"), variables.dst_uri) == (None, None, 0, None)


def test_a_later_value_of_an_avp_hides_the_earlier():
    variables = Variables()
    variables.push_avp("a", 1)
    variables.push_avp("a", b"two")
    variables.push_avp(273, b"by number")
    assert (variables.avp("a"), variables.avp("a", 1), variables.avp("a", 2), variables.avp("a", -1)) == (b"two", 1, None, None)
    assert variables.avps("a") == [b"two", 1]
    assert (variables.avp(273), variables.avp("273")) == (b"by number", None)
    assert variables.pop_avp("a") == b"two"
    assert variables.avp("a") == 1
    variables.clear_avp("a")
    assert (variables.avps("a"), variables.pop_avp("a")) == ([], None)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", 1]), st.none() | st.integers() | st.binary())))
def test_an_avp_is_a_stack(steps):
    variables = Variables()
    model = {"a": [], "b": [], 1: []}
    for name, value in steps:
        if value is None:
            assert variables.pop_avp(name) == (model[name].pop(0) if model[name] else None)
        else:
            variables.push_avp(name, value)
            model[name].insert(0, value)
        assert variables.avps(name) == model[name]


def test_xavps_are_lists_of_fields():
    variables = Variables()
    fields = {"uri": b"sip:a", "grp": 1}
    variables.push_xavp("dst", fields)
    variables.push_xavp("dst", {"uri": b"sip:b"})
    fields["uri"] = b"changed"
    assert variables.xavps("dst") == [{"uri": b"sip:b"}, {"uri": b"sip:a", "grp": 1}]
    assert (variables.xavp("dst", 1), variables.xavp("dst", -1), variables.xavp("dst", 2)) == (
        {"uri": b"sip:a", "grp": 1},
        {"uri": b"sip:a", "grp": 1},
        None,
    )
    assert variables.set_field("dst", 0, "grp", 2)
    assert variables.set_field("dst", 1, "grp", None)
    assert not variables.set_field("dst", 2, "grp", 2)
    assert not variables.set_field("other", 0, "grp", 2)
    assert variables.pop_xavp("dst") == {"uri": b"sip:b", "grp": 2}
    assert variables.xavp("dst") == {"uri": b"sip:a"}
    variables.clear_xavp("dst")
    assert (variables.xavps("dst"), variables.pop_xavp("dst")) == ([], None)


def test_a_script_variable_is_0_until_it_is_set_and_when_it_is_taken_back():
    variables = Variables()
    variables.set_var("a", b"x")
    assert variables.var("a") == b"x"
    variables.set_var("a", None)
    assert variables.var("a") == 0
