"""What KSR's functions, and python_exec(), give in a real Kamailio: the same values as here."""

from __future__ import annotations

import glob
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.config.test_app_python import EXECUTED
from tests.config.test_app_python import KEMI as CALLED
from tests.kamailio import KamailioProcess
from tests.peers import missing
from tests.routing.python.bench import SETS
from tests.routing.python.test_kemi import CALLS, CALLS_OF_MODULES, METHODS
from tests.test_samples import KEMI_ANSWERS
from txdispatcher.testing import request

#: What depends on where the two listen and where the request comes from.
ELSEWHERE = ("$sp", "src_address", '5060")')
PATIENCE = 15.0
CONF = Path(__file__).parents[3] / "conf"
ALL = [*CALLS, *CALLS_OF_MODULES]

_CONFIG = """\
loadmodule "tmx.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "sanity.so"
loadmodule "corex.so"
loadmodule "htable.so"
loadmodule "textopsx.so"
loadmodule "nathelper.so"
loadmodule "kemix.so"
loadmodule "app_python3.so"
modparam("htable", "htable", "t=>size=4;")
modparam("htable", "htable", "i=>size=4;initval=5;")
modparam("dispatcher", "flags", 2)
modparam("dispatcher", "xavp_dst", "_dsdst_")
modparam("dispatcher", "xavp_ctx", "_dsctx_")
modparam("app_python3", "load", "{folder}/kemi.py")
{engine}
"""
_EXECUTING = """\
request_route {
    $var(two) = "";
    switch ($(hdr(X-Number){s.int})) {
%s
    }
    append_to_reply("X-Value: $rc $var(two)\\r\\n");
    sl_send_reply("200", "OK");
}
"""
_SCRIPT = """\
import KSR as KSR
CALLS = {calls!r}
def mod_init():
    return Routes()
class Routes:
{methods}
    def child_init(self, rank):
        return 0
    def ksr_request_route(self, msg):
        value = eval(CALLS[int(KSR.hdr.get("X-Number"))])
        KSR.hdr.append_to_reply("X-Value: " + repr(value) + "\\r\\n")
        KSR.sl.sl_send_reply(200, "OK")
        return 1
"""

Ask = Callable[[int], str]


@pytest.fixture(scope="module")
def kamailio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Asks a real one for the value of a call, by its number."""
    script = _SCRIPT.format(calls=[call for call, _ in ALL], methods=METHODS)
    with running(tmp_path_factory.mktemp("kemi"), script, 'cfgengine "python"') as ask:
        yield ask


@pytest.fixture(scope="module")
def executing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Asks one whose own routes call the methods, for the return code."""
    cases = "".join(f"        case {number}: {call}; break;\n" for number, (call, _) in enumerate(EXECUTED))
    with running(tmp_path_factory.mktemp("executing"), CALLED, _EXECUTING % cases) as ask:
        yield ask


def require_app_python() -> None:
    if not glob.glob("/usr/lib/*/kamailio/modules/app_python3.so"):
        missing("kamailio-python3-modules is not installed")


def exchanged(caller: socket.socket, process: KamailioProcess, data: bytes) -> str:
    """The answer to a request, which is sent again until there is one."""
    data = data.replace(b"127.0.0.1:5070", b"127.0.0.1:%d" % caller.getsockname()[1])
    call_id = data.partition(b"Call-ID: ")[2].partition(b"\r")[0].decode()
    give_up = time.monotonic() + PATIENCE
    while True:
        caller.sendto(data, ("127.0.0.1", process.port))
        try:
            answer = caller.recv(65_535).decode()
        except (TimeoutError, ConnectionError):
            assert not process.ended, process.log
            assert time.monotonic() < give_up, process.log
            continue
        if f"Call-ID: {call_id}" in answer:
            return answer


@contextmanager
def running(folder: Path, script: str, engine: str) -> Iterator[Ask]:
    require_app_python()
    (folder / "kemi.py").write_text(script)
    (folder / "dispatcher.list").write_text("".join(f"1 {uri} 0 {9 - index}\n" for index, uri in enumerate(SETS[1])))
    process = KamailioProcess(folder, _CONFIG.format(folder=folder, engine=engine))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.bind(("127.0.0.1", 0))
        caller.settimeout(0.5)

        def ask(number: int) -> str:
            answer = exchanged(caller, process, request(headers=[f"X-Number: {number}"]))
            return answer.partition("X-Value: ")[2].partition("\r\n")[0].strip()

        try:
            yield ask
        finally:
            process.close()


@pytest.mark.peer
@pytest.mark.parametrize(
    ("number", "call", "value"),
    [(index, call, value) for index, (call, value) in enumerate(ALL) if not any(each in call for each in ELSEWHERE)],
)
def test_a_function_gives_the_same(kamailio: Ask, number: int, call: str, value: Any) -> None:
    assert kamailio(number) == repr(value)


@pytest.mark.peer
def test_the_sample_answers_the_same(tmp_path: Path) -> None:
    """conf/kemi.py, by way of conf/kemi.cfg"""
    require_app_python()
    (tmp_path / "dispatcher.list").write_text("1 sip:127.0.0.1:9\n")
    process = KamailioProcess(tmp_path, script=CONF / "kemi.cfg", defined={"SCRIPT": f'"{CONF}/kemi.py"'})
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.bind(("127.0.0.1", 0))
        caller.settimeout(0.5)
        try:
            for data, reason in KEMI_ANSWERS:
                assert exchanged(caller, process, data).partition("\r\n")[0].split(" ", 2)[2] == reason
        finally:
            process.close()


@pytest.mark.peer
@pytest.mark.parametrize(("number", "printed"), [(number, printed) for number, (_, printed) in enumerate(EXECUTED)])
def test_a_method_gives_the_same(executing: Ask, number: int, printed: str) -> None:
    assert executing(number) == printed.strip()
