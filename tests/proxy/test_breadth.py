"""RFC 5393 5: branches that are sent at once share what the request has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.proxy.bench import Bench, Sent, gateway, relay, request, words
from txdispatcher.proxy.breadth import MOST, shares
from txdispatcher.sip.message import Request, parse


def sent_with(headers: bytes, *numbers: int) -> list[list[bytes]]:
    """The Max-Breadth of each branch of a request with `headers` that goes to the gateways with these numbers."""
    return [each.values(b"Max-Breadth") for each in branches(Bench(relay(*numbers)).receive(request(headers=headers)))]


def branches(sent: list[Sent]) -> list[Sent]:
    return [each for each in sent if each.word == b"INVITE"]


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        (b"", [b"20", b"20", b"20"]),
        (b"Max-Breadth: 5\r\n", [b"2", b"2", b"1"]),
        (b"Max-Breadth: 3\r\n", [b"1", b"1", b"1"]),
        (b"max-breadth : 100\r\n", [b"20", b"20", b"20"]),
        (b"Max-Breadth: many\r\n", [b"20", b"20", b"20"]),
    ],
)
def test_it_is_divided_among_branches_that_are_sent_at_once(headers: bytes, wanted: list[bytes]) -> None:
    scene = Bench(relay(1, 2, 3))
    found = branches(scene.receive(request(headers=headers)))
    name = headers.partition(b":")[0].strip() or b"Max-Breadth"
    assert [each.data.count(name) for each in found] == [1, 1, 1]
    values = [line.partition(b":")[2].strip() for each in found for line in each.data.split(b"\r\n") if line.startswith(name)]
    assert values == wanted


@pytest.mark.parametrize("breadth", [0, 2])
def test_with_less_than_one_for_each_it_is_a_440(breadth: int) -> None:
    decision = relay(1, 2, 3)
    decision.watched = True
    scene = Bench(decision)
    sent = scene.receive(request(headers=b"Max-Breadth: %d\r\n" % breadth))
    assert [each.first for each in sent] == [b"SIP/2.0 440 Max-Breadth Exceeded"]
    # The router had counted it.
    assert [status for _, status, _ in scene.router.endings] == [440]
    assert scene.is_empty()


@pytest.mark.parametrize("headers", [b"", b"Max-Breadth: 1\r\n", b"Max-Breadth: 0\r\n", b"Max-Breadth: 99\r\n"])
def test_one_branch_gets_what_came(headers: bytes) -> None:
    assert sent_with(headers, 1) == [[headers[13:-2]] if headers else []]


def test_the_next_destination_has_the_share_of_the_one_that_failed() -> None:
    scene = Bench(relay(1, 2))
    first, second = branches(scene.receive(request(headers=b"Max-Breadth: 5\r\n")))
    scene.router.following = [(gateway(3), None)]
    [again] = branches(scene.answer(first, 503))
    assert (first.values(b"Max-Breadth"), second.values(b"Max-Breadth"), again.values(b"Max-Breadth")) == ([b"3"], [b"2"], [b"3"])
    assert words(scene.answer(second, 180)) == [b"180"]


@given(st.integers(0, 2 * MOST), st.integers(2, 2 * MOST))
def test_together_they_have_what_came(breadth: int, number: int) -> None:
    message = parse(request(headers=b"Max-Breadth: %d\r\n" % breadth))
    assert isinstance(message, Request)
    found = shares(message, number)
    if number > min(breadth, MOST):
        assert found == []
    else:
        assert sum(found) == min(breadth, MOST)
        assert len(found) == number
        assert max(found) - min(found) <= 1
