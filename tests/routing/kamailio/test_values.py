"""Variables, transformations and statements of a script: what each gives, and that a real Kamailio gives the same."""

from __future__ import annotations

import re
import socket
import time
from pathlib import Path

import pytest

from tests.kamailio import KamailioProcess
from tests.proxy.bench import values
from tests.routing.kamailio.script_bench import script
from tests.routing.kamailio.statements import BEFORE, ROUTES, STATEMENTS
from tests.routing.kamailio.statements import MESSAGE as STATEMENTS_MESSAGE
from tests.routing.kamailio.values import MESSAGE, SETUP, VALUES

PATIENCE = 15.0
_MODULES = "".join(
    f'loadmodule "{name}.so"\n'
    for name in ("rr", "pv", "xlog", "textops", "siputils", "tmx", "htable", "cfgutils", "sqlops", "kex", "maxfwd", "corex")
)
_SHARED = 'modparam("pv", "shvset", "deb=i:7")\n'


def route(texts: list[str]) -> str:
    """A script that answers with what each text gives."""
    lines = ['append_to_reply("X-Value: [{}]\\r\\n");'.format(text.replace("\\", "\\\\").replace('"', '\\"')) for text in texts]
    return "\n".join(["request_route {", SETUP, *lines, 'sl_send_reply("200", "OK");', "}\n"])


def shown(answer: bytes) -> list[str]:
    return [each[1:-1].decode() for each in values(answer, b"X-Value")]


def test_each_text_gives_what_kamailio_gives(tmp_path: Path) -> None:
    bench = script(tmp_path, "#!KAMAILIO\n" + _SHARED + route([text for text, _ in VALUES]))
    (answer,) = bench.receive(MESSAGE)
    assert list(zip([text for text, _ in VALUES], shown(answer.data), strict=True)) == VALUES


def asked(folder: Path, rest: str, message: bytes) -> bytes:
    """What a Kamailio with that script answers."""
    (folder / "dispatcher.list").write_text("1 sip:127.0.0.1:5100\n")
    process = KamailioProcess(folder, rest)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.connect(("127.0.0.1", process.port))
        caller.settimeout(0.5)
        give_up = time.monotonic() + PATIENCE
        try:
            while True:
                try:
                    caller.send(message)
                    return caller.recv(65_535)
                except (TimeoutError, ConnectionError):
                    assert not process.ended, process.log
                    assert time.monotonic() < give_up, process.log
        finally:
            process.close()


@pytest.mark.peer
def test_kamailio_gives_that(tmp_path: Path) -> None:
    answer = asked(tmp_path, _MODULES + _SHARED + route([text for text, _ in VALUES]), MESSAGE)
    assert list(zip([text for text, _ in VALUES], shown(answer), strict=True)) == VALUES


def statements() -> str:
    """A script that says before each statement which it is, and then what it prints."""
    lines = []
    for index, (statement, _) in enumerate(STATEMENTS):
        printing = re.sub(r"P\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)", r'append_to_reply("X-Value: [\1]\\r\\n");', statement)
        lines.append(f'$ru = "sip:bob@example.org"; append_to_reply("X-Value: {index}:\\r\\n");\n{printing}')
    return "\n".join(["request_route {", BEFORE, *lines, 'sl_send_reply("200", "OK");', "exit;", "}", ROUTES])


def printed(answer: bytes) -> list[tuple[str, list[str]]]:
    made: list[tuple[str, list[str]]] = []
    for value in values(answer, b"X-Value"):
        if value.endswith(b":"):
            made.append((STATEMENTS[int(value[:-1])][0], []))
        else:
            made[-1][1].append(value[1:-1].decode())
    return made


def test_each_statement_does_what_it_does_in_kamailio(tmp_path: Path) -> None:
    bench = script(tmp_path, "#!KAMAILIO\n" + statements())
    assert printed(bench.receive(STATEMENTS_MESSAGE)[-1].data) == STATEMENTS


@pytest.mark.peer
def test_kamailio_does_that(tmp_path: Path) -> None:
    assert printed(asked(tmp_path, _MODULES + statements(), STATEMENTS_MESSAGE)) == STATEMENTS
