from __future__ import annotations

import pytest

from txdispatcher.sip.reasons import reason_phrase


@pytest.mark.parametrize(
    ("status", "phrase"),
    [
        (100, b"Trying"),
        (200, b"OK"),
        (403, b"Forbidden"),
        (416, b"Unsupported URI Scheme"),
        (420, b"Bad Extension"),
        (481, b"Call/Transaction Does Not Exist"),
        (482, b"Loop Detected"),
        (483, b"Too Many Hops"),
        (487, b"Request Terminated"),
        (503, b"Service Unavailable"),
        (505, b"Version Not Supported"),
        (513, b"Message Too Large"),
    ],
)
def test_phrases_of_the_rfc(status: int, phrase: bytes) -> None:
    assert reason_phrase(status) == phrase


@pytest.mark.parametrize(
    ("status", "phrase"),
    [
        (199, b"Trying"),
        (299, b"OK"),
        (399, b"Multiple Choices"),
        (499, b"Bad Request"),
        (599, b"Server Internal Error"),
        (699, b"Busy Everywhere"),
    ],
)
def test_an_unknown_code_has_the_phrase_of_its_class(status: int, phrase: bytes) -> None:
    assert reason_phrase(status) == phrase
