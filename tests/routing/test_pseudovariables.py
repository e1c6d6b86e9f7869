"""Format texts: what they compile to, what they give, and what the error of a malformed one says."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.routing.requests import context, request
from txdispatcher.errors import FormatError
from txdispatcher.proxy.context import Context
from txdispatcher.routing.pseudovariables import NULL, compile_format, compile_target
from txdispatcher.routing.variables import variables_of

HEADERS = ("X-Key: one", "x-key: two, three", "Subject: s")


def text(format_text: str, found: Context | None = None) -> bytes:
    return compile_format(format_text).text(found or context(request(headers=HEADERS)))


@pytest.mark.parametrize(
    ("format_text", "expected"),
    [
        ("", b""),
        ("plain é", "plain é".encode()),
        ("$fU@$fd:$hdr(X-Key)", b"caller@example.com:one"),
        ("100$$ of $(ci)x$$$$", b"100$ of 1@xx$$"),
        ("$ci[1]", b"1@x[1]"),
        ("<$null|$tt|$avp(a)|$(null)>", b"<<null>|<null>|<null>|<null>>"),
        ("$si:$sp/$pr", b"10.0.0.1:5070/udp"),
        ("$(hdr(X-Key)[0])+$(hdr(X-Key)[-1])+$(hdr(X-Key)[*])+$(hdr(X-Key)[2])", b"one+two, three+one,two, three+<null>"),
        ("$hdr(s)$hdr(i)$hdr(None)", b"s1@x<null>"),
        ("$var(a)", b"0"),
        ("$(fU{s.toupper})|$(avp(a){s.len})|$(hdr(X-Key)[0]{s.substr,$var(a),2}{s.rm,n})|", b"CALLER||o|"),
    ],
)
def test_what_a_text_gives(format_text, expected):
    assert text(format_text) == expected


def test_the_variables_of_a_script():
    found = context(request())
    variables = variables_of(found)
    variables.push_avp("a", 1)
    variables.push_avp("a", b"two")
    variables.push_avp(273, 7)
    variables.push_xavp("x", {"f": b"q"})
    variables.push_xavp("x", {"f": b"r", "g": 7})
    variables.set_var("v", b"t")
    variables.dst_uri = b"sip:127.0.0.1"
    for format_text, expected in [
        ("$avp(a) $avp(s:a) $(avp(a)[1]) $(avp(a)[2]) $(avp(a)[*])", b"two two 1 <null> two, 1"),
        ("$avp(i:273) $avp(273) $avp(s:273)", b"7 <null> <null>"),
        ("$xavp(x=>f) $xavp(x[1]=>f) $xavp(x[-1]=>f) $xavp(x=>g) $xavp(x[1]=>g) $xavp(y=>f)", b"r q q 7 <null> <null>"),
        ("$var(v) $var(w) $du", b"t 0 sip:127.0.0.1"),
    ]:
        assert text(format_text, found) == expected


def test_a_lone_variable_has_a_value_of_its_own():
    found = context(request())
    assert compile_format("$sp").value(found) == 5070
    assert compile_format("$avp(a)").value(found) is None
    assert compile_format("x").value(found) == b"x"
    assert compile_format("x$avp(a)").value(found) == b"x" + NULL


def test_the_names_of_its_variables():
    assert compile_format("$fU@$(hdr(X)[1])$fU$$").names == {"fU", "hdr"}


@pytest.mark.parametrize(
    ("format_text", "column", "reason"),
    [
        ("a $", 3, "a $ without a name; allowed: $ci $fu $fU"),
        ("a$ b", 2, "a $ without a name"),
        ("$ (ci)", 1, "a $ without a name"),
        ("$( ci)", 1, "a $ without a name"),
        ("$fUx", 1, "$fUx is unknown; did you mean $fU"),
        ("$ci.x", 1, "$ci.x is unknown"),
        ("x$CI", 2, "$CI is unknown"),
        ("$(ci", 5, "$(ci has no end; allowed: )"),
        ("$(ci )", 5, "$(ci has no end"),
        ("$(ci[1])", 1, "$ci takes no index"),
        ("$ci(x)", 1, "$ci takes no name in parentheses"),
        ("$(ci(x))", 1, "$ci takes no name in parentheses"),
        ("$(ru{s.lenn})", 1, "{s.lenn} is no transformation that is known; did you mean {s.len}"),
        ("$(ru{s.len)", 1, "$(ru has no end"),
        ("$(ru{s.len}x)", 12, "$(ru has no end"),
        ("$hdr(x", 5, "$hdr( has no )"),
        ("$(hdr(x)[1", 9, "has no ]"),
        ("$hdr", 1, "$hdr needs the name of a header field"),
        ("$hdr()", 1, "$hdr needs the name"),
        ("$hdr(X A)", 1, "$hdr needs the name"),
        ("$hdr($var(x))", 1, "$hdr needs the name"),
        ("$(hdr(x)[y])", 1, "$hdr has the index 'y'; allowed: a number or *"),
        ("$avp", 1, "$avp needs a name"),
        ("$avp()", 1, "$avp needs a name"),
        ("$avp(i:x)", 1, "$avp needs a name"),
        ("$avp(i:-1)", 1, "$avp needs a name"),
        ("$avp(u:a)", 1, "$avp needs a name"),
        ("$(avp(a)[-1])", 1, "$avp takes an index of 0 or more"),
        ("$var()", 1, "$var needs a name"),
        ("$(var(a)[0])", 1, "$var takes no index"),
        ("$xavp(x)", 1, "$xavp needs a name and a field"),
        ("$xavp(x[a]=>f)", 1, "$xavp needs a name and a field"),
    ],
)
def test_a_malformed_variable_names_text_column_and_what_is_allowed(format_text, column, reason):
    with pytest.raises(FormatError) as caught:
        compile_format(format_text)
    assert (caught.value.text, caught.value.column) == (format_text, column)
    assert reason in caught.value.reason
    assert f"column {column}" in str(caught.value)


@given(st.text(alphabet="$()[]{}ciavphdrx:=>*0-1 é") | st.text())
@example("$(avp(a)[999999])")
def test_any_text_is_compiled_or_refused_with_a_column_in_it(format_text):
    refusal = None
    try:
        given = text(format_text)
    except FormatError as error:
        refusal = error
    if refusal is not None:
        assert 1 <= refusal.column <= len(format_text) + 1
    else:
        assert b"$" in given or "$$" not in format_text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_whose_dollars_are_doubled_is_itself(literal):
    assert text(literal.replace("$", "$$")) == literal.encode()


def test_writing_variables():
    found = context(request())
    for name, value in [("$avp(a)", 1), ("$avp(a)", b"two"), ("$avp(i:2)", 3), ("$var(v)", b"x"), ("$xavp(x=>f)", b"q")]:
        compile_target(name).assign(found, value)
    compile_target("$xavp(x=>f)").assign(found, b"r")
    compile_target("$xavp(x[1]=>g)").assign(found, 7)
    assert text("$(avp(a)[*]) $avp(i:2) $var(v) $xavp(x=>f) $xavp(x[1]=>f) $xavp(x[1]=>g)", found) == b"two, 1 3 x r q 7"
    for name in ("$avp(a)", "$var(v)", "$xavp(x=>f)"):
        compile_target(name).assign(found, None)
    assert text("$avp(a) $var(v) $xavp(x=>f) $xavp(x[1]=>f)", found) == b"1 0 <null> q"


@pytest.mark.parametrize(
    ("name", "column", "reason"),
    [
        ("a", 1, "no variable; allowed: $avp(name)"),
        ("$ci", 1, "$ci cannot be written"),
        ("$avp(a)b", 8, "'b' behind the variable"),
        ("$(avp(a)[1])", 1, "$avp is written without an index"),
        ("$var(a b)", 1, "$var needs a name"),
        ("$hdr(a)", 1, "$hdr cannot be written"),
    ],
)
def test_what_cannot_be_written(name, column, reason):
    with pytest.raises(FormatError) as caught:
        compile_target(name)
    assert caught.value.column == column
    assert reason in caught.value.reason
