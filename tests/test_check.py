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


def test_an_attribute_is_named_beside_a_kamailio_script_too(write: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "k.cfg").write_text("request_route { exit; }\n")
    file = write(
        "route.kamailio_cfg = 'k.cfg'\n", "1 sip:127.0.0.1:5080 0 0 maxload=many;weight=60\n1 sip:127.0.0.2 0 0 weight=60\n"
    )
    found = examine(file)
    assert found.errors == []
    # By which algorithm a script selects is not known.
    assert [line.rpartition("the.list: ")[2][:30] for line in found.warnings] == [
        "maxload 'many' of sip:127.0.0.",
        "the weights of set 1 add up to",
    ]


def test_what_the_default_route_would_do_has_no_effect_beside_a_script(write: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "k.cfg").write_text("request_route { exit; }\n")
    file = write("route.kamailio_cfg = 'k.cfg'\nroute.algorithm = 9\nroute.mark_failed = 'ip'\n[[route.rule]]\nreply = 404\n")
    assert [line.replace(f"{tmp_path}/", "") for line in examine(file).warnings] == [
        f"k.toml: route.{key}: without effect: k.cfg routes requests" for key in ("algorithm", "mark_failed", "rule")
    ]


@pytest.mark.parametrize(
    ("algorithm", "warns"), [(4, False), (9, True), ("4\n[[route.rule]]\nprefix = '0'\nalgorithm = 'weight'", True)]
)
def test_weights_matter_where_algorithm_9_does(algorithm: object, warns: bool, warned: Callable[..., list[str]]) -> None:
    lines = warned(f"[route]\nalgorithm = {algorithm}", "1 sip:127.0.0.1 0 0 weight=70\n1 sip:127.0.0.2 0 0 weight=31\n")
    assert bool(lines) is warns


def test_a_destination_that_is_there_twice(warned: Callable[..., list[str]]) -> None:
    line = "1 sip:127.0.0.1:5080 0 0 socket=udp:127.0.0.1:5060\n"
    others = "1 sip:127.0.0.1:5080\n2 sip:127.0.0.1:5080\n"
    assert warned("", others + line) == []
    assert warned("", others + line + line) == [
        "the.list: sip:127.0.0.1:5080 is in set 1 2 times: as many shares, and set_state reaches the first alone"
    ]


@pytest.mark.parametrize(
    "attribute", ["socket=udp:127.0.0.1:9", "ping_socket=127.0.0.9:5060", "sockname=inside", "ping_interval=soon", "ping_codes=x"]
)
def test_an_attribute_of_the_pings_that_is_not_taken(attribute: str, write: Callable[..., str]) -> None:
    [line] = examine(write("", f"1 sip:127.0.0.1:5080 0 0 {attribute}\n")).warnings
    assert f"the.list: set 1: sip:127.0.0.1:5080: {attribute.partition('=')[0]} " in line


def test_a_latency_that_is_none_is_named_once(write: Callable[..., str]) -> None:
    [line] = examine(write("", "1 sip:127.0.0.1:5080 0 0 latency=low\n")).warnings
    assert "latency 'low'" in line


PINGED = "dispatcher.ds_ping_interval = 10\n"


@pytest.mark.parametrize(
    ("settings", "line", "reason"),
    [
        ("route.mark_failed = 'ip'\n", "1 sip:127.0.0.1", "dispatcher.ds_ping_interval is 0"),
        ("route.mark_failed = 't'\n", "1 sip:127.0.0.1", "dispatcher.ds_ping_interval is 0"),
        ("route.mark_failed = 'ip'\n", "1 sip:127.0.0.1 0 0 ping_interval=5", ""),
        ("route.mark_failed = 'ip'\n" + PINGED, "1 sip:127.0.0.1", ""),
        ("route.mark_failed = 'ip'\n" + PINGED, "1 sip:127.0.0.1 0 0 ping_interval=0", "dispatcher.ds_ping_interval is 0"),
        ("route.mark_failed = 'ip'\n" + PINGED, "1 sip:127.0.0.1 32", "their flag 32 keeps pings away"),
        (
            "route.mark_failed = 'i'\n" + PINGED,
            "1 sip:127.0.0.1",
            'dispatcher.ds_probing_mode 0 pings who has the mark P, and "i" sets none',
        ),
        ("route.mark_failed = 'i'\ndispatcher.ds_probing_mode = 1\n" + PINGED, "1 sip:127.0.0.1", ""),
        ("route.mark_failed = 'd'\n", "1 sip:127.0.0.1", ""),
        ("route.mark_failed = 'ip'\n", "1 sip:127.0.0.1 0 0 ping_interval=5\n2 sip:127.0.0.1", ""),
        ("route.mark_failed = 'ip'\nroute.failover = []\n", "1 sip:127.0.0.1", ""),
    ],
)
def test_who_is_taken_out_and_never_pinged_does_not_come_back(
    settings: str, line: str, reason: str, warned: Callable[..., list[str]]
) -> None:
    never = f"the.list: sip:127.0.0.1 of set 1 once taken out by route.mark_failed, nothing brings back: {reason}"
    assert warned(settings, line + "\n") == ([never] if reason else [])


def test_what_is_about_pings_that_nobody_sends(warned: Callable[..., list[str]]) -> None:
    text = "dispatcher.ds_probing_mode = 1\ndispatcher.ds_ping_reply_codes = 'class=4'\n"
    assert warned(text) == [
        f"k.toml: dispatcher.{key}: without effect: nothing is pinged, as ds_ping_interval is 0"
        for key in ("ds_probing_mode", "ds_ping_reply_codes")
    ]
    assert warned(text + PINGED) == []
    assert warned(text, "1 sip:127.0.0.1 0 0 ping_interval=5\n") == []


def test_what_a_stateless_proxy_cannot_know(warned: Callable[..., list[str]]) -> None:
    text = "sip.mode = 'stateless'\nroute.algorithm = 0\nroute.mark_failed = 'ip'\ntm.wt_timer = 1000\n" + PINGED
    text += "dispatcher.ds_hash_size = 9\ndispatcher.slow_start = 5\n"
    lines = warned(text, "1 sip:127.0.0.1\n1 sip:127.0.0.2 0 0 maxload=5\n")
    without = ("route.mark_failed", "dispatcher.ds_hash_size", "dispatcher.slow_start", "tm.wt_timer")
    assert [line.partition(" stateless mode")[0] for line in lines] == [
        *(f"k.toml: {key}: without effect in" for key in without),
        "the.list: maxload of sip:127.0.0.2 of set 1 is without effect in",
    ]


def test_a_file_of_states_that_cannot_be_written(warned: Callable[..., list[str]]) -> None:
    assert warned("dispatcher.saved_states = 'states'") == []
    assert warned("dispatcher.saved_states = '.'") == ["k.toml: dispatcher.saved_states: . is a folder; a file is allowed"]
    assert warned("dispatcher.saved_states = 'no/states'") == [
        "k.toml: dispatcher.saved_states: cannot be written: there is no folder no"
    ]


def test_a_folder_that_nothing_can_be_written_to(monkeypatch: pytest.MonkeyPatch, warned: Callable[..., list[str]]) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may write anywhere
    [line] = warned("dispatcher.saved_states = 'states'")
    assert "dispatcher.saved_states: cannot be written: no files may be made in " in line


def test_a_command_that_cannot_be_run(warned: Callable[..., list[str]], tmp_path: Path) -> None:
    (tmp_path / "page").write_text("")
    assert warned("dispatcher.event_command = ['true']") == []
    assert warned(f"dispatcher.event_command = ['{tmp_path}/page']") == [
        "k.toml: dispatcher.event_command: page is not executable: no event gets through"
    ]
    assert warned("dispatcher.event_command = ['no-such-program']") == [
        "k.toml: dispatcher.event_command: no-such-program is not there: no event gets through"
    ]


def test_of_a_kamailio_file_that_cannot_be_read_no_list_is_looked_for(tmp_path: Path) -> None:
    file = tmp_path / "k.cfg"
    file.write_text("request_route {\n")
    assert [str(each) for each in examine("", str(file)).errors] == [
        f"{file}:1: the file ends too early; the {{ of line 1 has no }}"
    ]
