"""sanity: each bit by itself, with the answers that Kamailio 5.6 gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from txdispatcher.testing import Bench, request

DIGEST = 'Authorization: Digest username="a", realm="b", nonce="c", uri="sip:x", response="0"'


def answer(folder: Path, data: bytes, *arguments: int) -> tuple[int, str]:
    """What comes of the request where those bits are checked."""
    file = folder / "k.cfg"
    shown = ", ".join(map(str, arguments))
    file.write_text(f'request_route {{ if (sanity_check({shown})) sl_send_reply("200", "Sane"); }}')
    (reply,) = Bench(file, {}).receive(data)
    return reply.status, reply.reason


@pytest.mark.parametrize(
    ("bit", "header", "reason"),
    [
        (256, "Expires: abc", "Expires value is illegal"),
        (256, "Expires: -1", "Expires value is illegal"),
        (256, "Expires: 4294967296", "Expires value is illegal"),
        (2048, "Authorization: Basic YTpi", "Bad Auth Header"),
        (2048, "Authorization: Digest garbage", "Bad Auth Header"),
        (2048, 'Authorization: Digest username="a"', "Bad Auth Credentials"),
        (8192, 'Proxy-Authorization: Digest username="a"', "Bad Auth Credentials"),
        (1024, "Contact: <sip:a:b:c:@>", "Bad Contact URI"),
    ],
)
def test_a_bad_header_field_is_refused_by_its_bit_alone(tmp_path: Path, bit: int, header: str, reason: str) -> None:
    data = request(headers=[header])
    assert answer(tmp_path, data, bit, 15) == (400, reason)
    others = 16383 & ~(bit | 2048 | 8192 if "Auth" in header else bit)
    assert answer(tmp_path, data, others, 15) == (200, "Sane")


@pytest.mark.parametrize(
    "header", ["Expires: 4294967295", DIGEST, "Authorization: Basic YTpi", "Contact: *", 'Contact: "a,b" <sip:c@d>, <sip:e@f>']
)
def test_a_good_one_is_not(tmp_path: Path, header: str) -> None:
    assert answer(tmp_path, request(headers=[header]), 16383 & ~2048, 15) == (200, "Sane")


@pytest.mark.parametrize(
    ("bit", "before", "after", "reason"),
    [
        (1024, b"From: <", b"From: <sip:@@", "Bad From URI"),
        (1024, b"To: <", b"To: <sip:@@", "Bad To URI"),
        (4096, b";tag=caller", b";tag=caller;tag=b", "Many From Tag Params"),
    ],
)
def test_a_bad_address_is_too(tmp_path: Path, bit: int, before: bytes, after: bytes, reason: str) -> None:
    data = request().replace(before, after)
    assert answer(tmp_path, data, bit) == (400, reason)
    assert answer(tmp_path, data, 16383 & ~bit & ~4096) == (200, "Sane")


def test_the_samples_bits(tmp_path: Path) -> None:
    assert answer(tmp_path, request(headers=["Expires: abc"]), 1511, 7) == (400, "Expires value is illegal")
    assert answer(tmp_path, request().replace(b"To: <", b"To: <sip:@@"), 1511, 7) == (400, "Bad To URI")
    assert answer(tmp_path, request(headers=['Authorization: Digest username="a"']), 1511, 7) == (200, "Sane")
    assert answer(tmp_path, request(headers=['Authorization: Digest username="a"'])) == (400, "Bad Auth Credentials")


def test_an_ack_gets_no_answer(tmp_path: Path) -> None:
    file = tmp_path / "k.cfg"
    file.write_text("request_route { sanity_check(256); }")
    assert Bench(file, {}).receive(request("ACK", headers=["Expires: abc"])) == []


@pytest.mark.parametrize(
    ("parameters", "text", "status", "logged"),
    [
        ({}, 'sanity_check(256); xlog("on");', 400, []),
        ({"autodrop": 0}, 'sanity_check(256); xlog("on $rc");', 400, ["on -1"]),
        ({"noreply": 1}, 'sanity_check(256); xlog("on");', 0, []),
        ({"noreply": 1, "autodrop": 0}, 'sanity_check(256); sanity_reply(); xlog("on");', 400, ["on"]),
        ({"noreply": 1, "autodrop": 0}, 'sanity_check(256); sl_send_reply("488", "Mine");', 488, []),
        ({"default_checks": 2}, 'sanity_check(); sl_send_reply("200", "Sane");', 200, []),
        ({"default_checks": 256}, 'sanity_check(); sl_send_reply("200", "Sane");', 400, []),
        ({}, 'sanity_reply(); sl_send_reply("200", "Sane");', 200, []),
    ],
)
def test_what_fails_is_answered_and_ends_the_script_as_the_parameters_say(
    tmp_path: Path, parameters: dict[str, int], text: str, status: int, logged: list[str]
) -> None:
    file = tmp_path / "k.cfg"
    said = "".join(f'modparam("sanity", "{name}", {value})\n' for name, value in parameters.items())
    file.write_text(f"{said}request_route {{ {text} }}")
    bench = Bench(file, {})
    answers = bench.receive(request(headers=["Expires: abc"]))
    assert [each.status for each in answers] == ([status] if status else [])
    assert [text for _, text in bench.logged] == logged
