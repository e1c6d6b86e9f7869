"""What hypothesis feeds to the tests of `sip`: damaged messages, and well-formed ones in every legal disguise."""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

from fuzz.corpus import MESSAGES
from fuzz.mutation import mutate

#: Short byte strings that are rich in what the grammar turns on.
_DENSE = [*(bytes((c,)) for c in b'<>"\\;:,= \t\r\n\x00\xffaZb9'), b"\r\n", b"\r\n ", b";a=", b'\\"']
DENSE = st.lists(st.sampled_from(_DENSE), max_size=30).map(b"".join)

_BLANK = st.sampled_from([b"", b" ", b"  ", b"\t", b"\r\n ", b" \r\n\t "])
_WORD = st.text("abcXYZ019-.!%*_+`'~", min_size=1, max_size=8).map(str.encode)


@st.composite
def damaged(draw: st.DrawFn, corpus: list[bytes] = MESSAGES) -> bytes:
    """One of the corpus, mutated."""
    return mutate(Random(draw(st.integers(0, 2**32))), corpus)


@st.composite
def vias(draw: st.DrawFn) -> bytes:
    """One Via value with any blanks, parameters in any order, quoted values among them."""
    gap = draw(_BLANK.filter(bool))
    blank = draw(_BLANK)
    sent_by = draw(st.sampled_from([b"192.0.2.1", b"h.example.com", b"[2001:db8::1]", b"[::1]"]))
    if draw(st.booleans()):
        sent_by += blank + b":" + blank + b"%d" % draw(st.integers(1, 65_535))
    params = draw(
        st.lists(
            st.one_of(
                st.sampled_from(
                    [b"rport", b"rport=5062", b"received=192.0.2.9", b'x=";,<"', b"ttl = 1", b"received=2001:db8::1"]
                ),
                _WORD.map(lambda word: b"branch=z9hG4bK" + word),
                _WORD,
            ),
            max_size=4,
        )
    )
    return b"SIP" + blank + b"/2.0/UDP" + gap + sent_by + b"".join(blank + b";" + blank + param for param in params)


@st.composite
def routes(draw: st.DrawFn) -> bytes:
    """One Route value."""
    name = draw(st.sampled_from([b"", b'"A, \\"B\\" <C>" ', b"Proxy One ", b"p"]))
    uri = draw(st.sampled_from([b"<sip:p1.example.com;lr>", b"<sip:u,v@[::1]:9;lr>", b"<sip:a@b?c=d,e>"]))
    return name + uri + draw(st.sampled_from([b"", b";x", b" ;x=y", b';x=",;"']))


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A well-formed request or response: fields in any order and spelling, lists folded, split or in one line, any body."""
    method = draw(st.sampled_from([b"INVITE", b"BYE", b"x-!odd"]))
    lines = [
        _line(draw, [b"From", b"f", b"FROM"], b'"A" <sip:a@example.com>;tag=' + draw(_WORD)),
        _line(draw, [b"To", b"t", b"tO"], b"<sip:b@example.com>" + draw(st.sampled_from([b"", b";tag=x", b" ; x"]))),
        _line(draw, [b"Call-ID", b"i", b"CALL-id"], draw(_WORD)),
        _line(draw, [b"CSeq", b"cseq"], b"%d%b%b" % (draw(st.integers(0, 2**31 - 1)), draw(_BLANK.filter(bool)), method)),
    ]
    lines += [_line(draw, [b"X-Other", b"via-x", b"s"], draw(st.sampled_from([b"", b"a, b", b'"'])))] * draw(st.integers(0, 2))
    lines = draw(st.permutations(lines))
    for names, values in (([b"Via", b"v", b"VIA"], vias()), ([b"Route", b"ROUTE"], routes())):
        at = draw(st.integers(0, len(lines)))
        made = draw(st.lists(st.lists(values, min_size=1, max_size=3), min_size=1, max_size=3))
        lines[at:at] = [_line(draw, names, (draw(_BLANK) + b"," + draw(_BLANK)).join(group)) for group in made]
    body = draw(st.binary(max_size=20))
    if draw(st.booleans()):
        lines.append(_line(draw, [b"Content-Length", b"l"], b"%d" % len(body)))
    start = method + b" sip:b@192.0.2.1 SIP/2.0" if draw(st.booleans()) else b"SIP/2.0 404 Not here"
    return start + b"\r\n" + b"".join(lines) + b"\r\n" + body


def _line(draw: st.DrawFn, names: list[bytes], value: bytes) -> bytes:
    blank = draw(st.sampled_from([b"", b" ", b"\t "]))
    return draw(st.sampled_from(names)) + blank + b":" + draw(_BLANK) + value + draw(_BLANK) + b"\r\n"


@st.composite
def edits(draw: st.DrawFn) -> tuple[bytes, list[tuple[int, int, bytes]]]:
    """Bytes, and edits of them that do not overlap, in any order."""
    data = draw(st.binary(max_size=40))
    edges = sorted(draw(st.lists(st.integers(0, len(data)), max_size=8)))
    made = [(start, end, draw(st.binary(max_size=3))) for start, end in zip(edges[::2], edges[1::2], strict=False)]
    made += [(at, at, draw(st.binary(max_size=3))) for at in edges[::2]]
    return data, draw(st.permutations(made))
