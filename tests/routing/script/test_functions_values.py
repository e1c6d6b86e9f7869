"""textopsx: the single values of header fields, as Kamailio 5.6.3 leaves them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import Sent, request
from tests.routing.kamailio.script_bench import ScriptBench, script

HEADERS = b"X-List: a, b,c\r\nX-List: d;p=1\r\nSupported: 100rel,path\r\n"


def left(folder: Path, text: str) -> tuple[ScriptBench, Sent]:
    """The script, and the request as it left."""
    bench = script(folder, f'{text} $du = "sip:198.51.100.9"; t_relay();')
    return bench, bench.receive(request(headers=HEADERS))[-1]


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ('include_hf_value("Supported", "gruu");', b"Supported", [b"100rel,path,gruu"]),
        ('include_hf_value("Supported", "PATH");', b"Supported", [b"100rel,path"]),
        ('include_hf_value("X-New", "v");', b"X-New", [b"v"]),
        ('exclude_hf_value("X-List", "b");', b"X-List", [b"a,c", b"d;p=1"]),
        ('exclude_hf_value("X-List", "a");', b"X-List", [b"b,c", b"d;p=1"]),
        ('exclude_hf_value("X-List", "d");', b"X-List", [b"a, b,c"]),
        ('exclude_hf_value("X-List", "z");', b"X-List", [b"a, b,c", b"d;p=1"]),
        ('append_hf_value("X-App", "one;stamp=1"); append_hf_value("X-App", "two");', b"X-App", [b"one;stamp=1", b"two"]),
        ('append_hf_value("X-List", "z");', b"X-List", [b"a, b,c", b"d;p=1", b"z"]),
        ('append_hf_value("X-List[1]", "z");', b"X-List", [b"a,z, b,c", b"d;p=1"]),
        ('append_hf_value("X-List[-1]", "z");', b"X-List", [b"a, b,c", b"d;p=1,z"]),
        ('insert_hf_value("X-List", "z");', b"X-List", [b"z", b"a, b,c", b"d;p=1"]),
        ('insert_hf_value("X-List[2]", "z");', b"X-List", [b"a, z,b,c", b"d;p=1"]),
        ('remove_hf_value("X-List");', b"X-List", [b"b,c", b"d;p=1"]),
        ('remove_hf_value("X-List[-1]");', b"X-List", [b"a, b,c"]),
        ('remove_hf_value("X-List[*]");', b"X-List", []),
        ('assign_hf_value("X-List[3]", "z");', b"X-List", [b"a, b,z", b"d;p=1"]),
        ('assign_hf_value("X-List[*]", "z");', b"X-List", [b"z, z,z", b"z"]),
        ('$var(n) = "X-List"; remove_hf_pv("$var(n)");', b"X-List", []),
    ],
)
def test_what_is_left(tmp_path: Path, text: str, name: bytes, values: list[bytes]) -> None:
    assert left(tmp_path, text)[1].values(name) == values


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ('hf_value_exists("Supported", "100REL")', "1"),
        ('hf_value_exists("X-List", "d")', "1"),
        ('hf_value_exists("Supported", "foo")', "-1"),
        ('hf_value_exists("None", "foo")', "-1"),
        ('remove_hf_value("X-List[9]")', "-1"),
        ('assign_hf_value("None", "x")', "-1"),
        ('is_present_hf_pv("$var(none)")', "-1"),
    ],
)
def test_what_they_return(tmp_path: Path, call: str, code: str) -> None:
    assert left(tmp_path, f'{call}; xlog("$rc");')[0].logged == [(-1, code)]


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ('assign_hf_value("Contact.expires", "5")', "found 'Contact.expires'; allowed: NAME, NAME[2]"),
        (r'include_hf_value("Supported", "a\r\nB: c")', "allowed: a value without line ends"),
    ],
)
def test_what_cannot_be_done_is_a_fault(tmp_path: Path, call: str, reason: str) -> None:
    assert reason in left(tmp_path, f"{call};")[0].logged[0][1]
