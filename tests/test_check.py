"""What is wrong with a configuration and its list: every error at once, and what cannot work as it was meant."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.certificates import Authority
from txdispatcher.check import examine, warnings
from txdispatcher.config import load_config
from txdispatcher.stores.list_file import load_list

ONE = "1 sip:127.0.0.1:5080\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """write(toml, list): the path of a configuration with that list beside it."""

    def write(text: str, destinations: str = ONE) -> str:
        (tmp_path / "the.list").write_text(destinations)
        file = tmp_path / "k.toml"
        file.write_text("dispatcher.list_file = 'the.list'\n" + text)
        return str(file)

    return write


@pytest.fixture
def warned(write: Callable[..., str], tmp_path: Path) -> Callable[..., list[str]]:
    """warned(toml, list): the warnings, without the folder in their paths."""

    def warned(text: str, destinations: str = ONE) -> list[str]:
        config = load_config(write(text, destinations))
        return [line.replace(f"{tmp_path}/", "") for line in warnings(config, load_list(config.dispatcher.list_file))]

    return warned


def test_errors_of_configuration_list_and_key_file_are_found_together(write: Callable[..., str], tmp_path: Path) -> None:
    file = write("tm.fr_timr = 5\naccess.key_file = 'none'\n", "1 sip:127.0.0.1:5080\nx sip:a\n\n1\n1 127.0.0.1\n")
    found = examine(file)
    places = [str(error).replace(f"{tmp_path}/", "").partition(": ")[0] for error in found.errors]
    assert places == ["k.toml", "the.list:2", "the.list:4", "k.toml"]
    assert "access.key_file: " in str(found.errors[-1])
    assert [record.uri for record in found.records] == ["sip:127.0.0.1:5080", "sip:127.0.0.1"]
    [warning] = found.warnings
    assert warning.startswith(f"{tmp_path}/the.list:5: ")


@pytest.mark.parametrize(
    "line", ["dispatcher.list_file = 5", "dispatcher = 5", "dispatcher.db_url = 5", "dispatcher.flags_col = 5"]
)
def test_what_is_not_named_rightly_is_not_looked_for(line: str, tmp_path: Path) -> None:
    """The default's list and key would be somebody else's."""
    file = tmp_path / "k.toml"
    file.write_text(f"{line}\naccess.key_file = ''\n")
    assert [error.key for error in examine(str(file)).errors] == [line.partition(" ")[0], "access.key_file"]  # type: ignore[attr-defined]


def test_a_bad_line_is_a_warning_where_it_is_skipped(write: Callable[..., str], tmp_path: Path) -> None:
    found = examine(write("dispatcher.ds_load_mode = 0\n", "1\n1 sip:127.0.0.1\n"))
    assert found.errors == []
    assert len(found.records) == 1
    [warning] = found.warnings
    assert warning.startswith(f"{tmp_path}/the.list:1: ")
    assert warning.endswith(": skipped")


def make_table(file: Path, *rows: str) -> None:
    connection = sqlite3.connect(file)
    with connection:
        connection.execute("CREATE TABLE dispatcher (id INTEGER PRIMARY KEY, setid, destination)")
        for row in rows:
            connection.execute(f"INSERT INTO dispatcher VALUES ({row})")
    connection.close()


def test_a_database_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "k.toml"
    file.write_text(f"dispatcher.db_url = 'sqlite:///{tmp_path}/sip.db'\n")
    [error] = examine(str(file)).errors
    source = f"table dispatcher of sqlite:///{tmp_path}/sip.db"
    assert str(error) == f"{source}: cannot be read now: unable to open database file"
    make_table(tmp_path / "sip.db", "1, 1, 'sip:127.0.0.1'", "2, 1, 'x y'", "3, 'x', 'sip:a'")
    found = examine(str(file))
    assert [str(error).partition(", column")[0] for error in found.errors] == [f"{source}: id 2", f"{source}: id 3"]
    assert [record.uri for record in found.records] == ["sip:127.0.0.1"]


def test_settings_of_a_list_beside_a_database(tmp_path: Path) -> None:
    make_table(tmp_path / "sip.db", "1, 2, 'sip:127.0.0.1'")
    file = tmp_path / "k.toml"
    file.write_text(
        f"dispatcher.db_url = 'sqlite:///{tmp_path}/sip.db'\ndispatcher.list_file = 'the.list'\ndispatcher.watch_list = true\n"
    )
    found = examine(str(file))
    assert found.errors == []
    assert [line.replace(f"{tmp_path}/", "") for line in found.warnings] == [
        "k.toml: dispatcher.list_file: not read, for there is a db_url",
        "k.toml: dispatcher.watch_list: a database is not watched",
        "k.toml: route.set: there is no set 1 in table dispatcher of sqlite:///sip.db: what is sent there is answered with 503",
    ]


def test_a_file_that_is_no_toml_has_one_error(tmp_path: Path) -> None:
    (tmp_path / "k.toml").write_text("[")
    found = examine(str(tmp_path / "k.toml"))
    assert (found.config, len(found.errors), found.warnings) == (None, 1, [])


def test_the_shipped_configuration_is_right(tmp_path: Path) -> None:
    found = examine(str(Path(__file__).parents[1] / "conf/kdispatcher.toml"))
    assert (found.errors, found.warnings) == ([], [])


NO_503 = "what is sent there is answered with 503"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("route.set = 1", []),
        ("route.set = 2", [f"k.toml: route.set: there is no set 2 in the.list: {NO_503}"]),
        ("[[route.rule]]\nset = 3\nprefix = '0'", [f"k.toml: route.rule[1].set: there is no set 3 in the.list: {NO_503}"]),
        (
            "[[route.rule]]\nset = 1\nfrom = ['set:4', 'set:1']",
            ["k.toml: route.rule[1].from: there is no set 4 in the.list: nothing comes from it"],
        ),
        ("route.set = 5\n[[route.rule]]\nreply = 403\nprefix = '0'\n[[route.rule]]\nreply = 404", []),
        ("route.set = 5\n[[route.rule]]\nset = 1", []),
    ],
)
def test_a_set_that_is_not_there(text: str, lines: list[str], warned: Callable[..., list[str]]) -> None:
    assert warned(text) == lines


def test_an_empty_list(warned: Callable[..., list[str]]) -> None:
    assert warned("route.set = 2", "# nothing\n") == ["the.list: there is no destination in it"]


@pytest.mark.parametrize(
    ("rules", "unreached"),
    [
        (["reply = 404"], {}),
        (["prefix = '0'\nset = 1", "reply = 404"], {}),
        (["reply = 404", "prefix = '0'\nset = 1", "from = 'set:1'\nset = 1"], {2: 1, 3: 1}),
        # What comes from a destination passes by a rule that dispatches without naming the source.
        (["set = 1", "prefix = '0'\nset = 1", "from = 'set:1'\nset = 1", "prefix = '1'\nreply = 404"], {2: 1}),
        (["set = 1", "reply = 404", "from = '127.0.0.1'\nset = 1", "prefix = '0'\nset = 1"], {3: 2, 4: 2}),
        (["method = 'INVITE'\nset = 1", "domain = 'a.example'\nset = 1", "from = '127.0.0.1'\nset = 1", "set = 1"], {}),
    ],
)
def test_a_rule_that_is_never_reached(rules: list[str], unreached: dict[int, int], warned: Callable[..., list[str]]) -> None:
    assert warned("".join(f"[[route.rule]]\n{rule}\n" for rule in rules)) == [
        f"k.toml: route.rule[{number}]: never reached: route.rule[{by}] has no conditions, so it decides before"
        for number, by in unreached.items()
    ]


@pytest.mark.parametrize(
    ("listen", "uri", "reason"),
    [
        ("udp:127.0.0.1", "sip:192.0.2.1", ""),
        ("udp:127.0.0.1", "sip:gw.example.com", ""),
        ("udp:127.0.0.1", "sip:192.0.2.1;transport=tcp", "none of sip.listen is for tcp"),
        ("udp:127.0.0.1", "sips:192.0.2.1", "none of sip.listen is for tls"),
        ("udp:127.0.0.1", "sip:[2001:db8::1]", "none of sip.listen is for udp over IPv6"),
        ("udp:[::1]", "sip:[2001:db8::1]:5070", ""),
        ("udp:[::]", "sip:192.0.2.1", "none of sip.listen is for udp over IPv4"),
    ],
)
def test_a_destination_that_no_listener_reaches(listen: str, uri: str, reason: str, warned: Callable[..., list[str]]) -> None:
    expected = [f"the.list: {uri} of set 1 cannot be reached: {reason}"] if reason else []
    assert warned(f"sip.listen = '{listen}'", f"1 {uri}\n") == expected


def test_certificates_that_cannot_be_used(write: Callable[..., str], tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.issue("mine.pem", "us.example")
    listen = "sip.listen = ['tls:127.0.0.1', 'tls:127.0.0.2']\ntls.certificate = 'mine.pem'\n"
    here = "[[tls.listener]]\nlisten = 'tls:127.0.0.2'\n"
    [error] = examine(write(f"{listen}{here}certificate = 'none.pem'\n")).errors
    assert "none.pem: no certificate can be read from it: " in str(error)
    assert str(error).endswith("(for tls:127.0.0.2:5061)")
    good = f"1 sip:127.0.0.1:5081;transport=tls 0 0 tls_ca={authority.ca};tls_certificate={tmp_path}/mine.pem\n"
    found = examine(
        write(listen, good + good.replace("5081", "5082").replace("mine.pem", "none.pem") + ONE.replace("\n", ";transport=tls\n"))
    )
    assert found.errors == []
    [warning] = found.warnings
    assert "the.list: sip:127.0.0.1:5082;transport=tls of set 1 cannot be reached: " in warning
    assert f"{tmp_path}/none.pem: no certificate can be read from it" in warning


def test_of_many_that_cannot_be_reached_three_are_named(warned: Callable[..., list[str]]) -> None:
    [line] = warned("", "".join(f"1 sip:192.0.2.{number};transport=tcp\n" for number in range(1, 21)))
    assert "192.0.2.3;transport=tcp of set 1 and 17 more cannot be reached" in line
    assert "192.0.2.4" not in line


def test_an_attribute_that_is_not_taken_as_it_is_written(warned: Callable[..., list[str]]) -> None:
    assert warned("", "1 sip:127.0.0.1:5080 0 0 maxload=many\n") == [
        "the.list: maxload 'many' of sip:127.0.0.1:5080 in set 1 is not a number of calls: it has no limit"
    ]
