"""permissions and pike: who may call, and how often."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import request, words
from tests.routing.kamailio.script_bench import ScriptBench
from txdispatcher.errors import LoadError
from txdispatcher.routing.script import flooding
from txdispatcher.routing.script.addresses import read_addresses
from txdispatcher.routing.script.flooding import ALLOWED, BLOCKED, NEWLY_BLOCKED, Flooding

FILE = """# who
1 192.0.2.1 32 5070 alice
1 203.0.113.0 24        # a network
2 10.0.0.0/8
3 [2001:db8::1]
4 192.0.2.0 24 0 all
"""


class TestAddresses:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        file = tmp_path / "address.list"
        file.write_text(FILE)
        return file

    @pytest.mark.parametrize(
        ("group", "address", "port", "tag"),
        [
            (1, "192.0.2.1", 5070, "alice"),
            (1, "192.0.2.1", 5071, None),
            (1, "203.0.113.77", 1, ""),
            (2, "10.1.2.3", 5060, ""),
            (2, "192.0.2.1", 5070, None),
            (3, "2001:db8:0::1", 5060, ""),
            (4, "192.0.2.99", 1, "all"),
            (1, "no address", 1, None),
        ],
    )
    def test_an_address_and_its_group(self, file: Path, group: int, address: str, port: int, tag: str | None) -> None:
        found = read_addresses(str(file)).find(group, address, port)
        assert (found.tag if found is not None else None) == tag

    def test_the_lowest_group_is_told(self, file: Path) -> None:
        addresses = read_addresses(str(file))
        groups = [addresses.group_of(address, 5070) for address in ("192.0.2.1", "192.0.2.2", "198.51.100.1")]
        assert [each.group if each is not None else None for each in groups] == [1, 4, None]

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("one 1.2.3.4", "the group one is no number"),
            ("1", "1 words"),
            ("1 1.2.3.4.5", "does not appear to be an IPv4 or IPv6 network"),
            ("1 1.2.3.4 32 port", "the port port is no number"),
        ],
    )
    def test_a_bad_line_is_named(self, tmp_path: Path, line: str, reason: str) -> None:
        file = tmp_path / "address.list"
        file.write_text(f"# a\n{line}\n")
        with pytest.raises(LoadError, match=f":2: found '{line}': .*{reason}.*allowed: GROUP ADDRESS"):
            read_addresses(str(file))

    def test_a_script_asks_by_source_and_by_address(self, file: Path) -> None:
        cfg = file.parent / "k.cfg"
        cfg.write_text(
            'modparam("permissions", "address_file", "address.list")\nmodparam("permissions", "peer_tag_avp", "$avp(tag)")\n'
            'route { if (allow_source_address("1")) xlog("source $avp(tag)"); if (!allow_source_address(2)) xlog("not 2");\n'
            'if (allow_address("2", "10.9.9.9", "5060")) xlog("address"); allow_source_address_group(); xlog("$rc");\n'
            'allow_address_group("192.0.2.9", 1); xlog("$rc"); if (!allow_address_group("9.9.9.9", 1)) xlog("none"); }'
        )
        bench = ScriptBench(cfg)
        bench.receive(request())
        assert [text for _, text in bench.logged] == ["source alice", "not 2", "address", "1", "4", "none"]

    def test_without_a_file_it_is_a_fault(self, tmp_path: Path) -> None:
        cfg = tmp_path / "k.cfg"
        cfg.write_text("route { allow_source_address(); }")
        bench = ScriptBench(cfg)
        assert words(bench.receive(request())) == [b"500"]
        assert "address_file" in bench.logged[0][1]


class TestFlooding:
    def test_a_source_is_blocked_at_its_limit_and_free_again_when_it_stops(self) -> None:
        pike = Flooding(unit=2, limit=4)
        assert [pike.check("a", 0.1 * number) for number in range(6)] == [*[ALLOWED] * 3, NEWLY_BLOCKED, BLOCKED, BLOCKED]
        assert pike.check("b", 0.5) == ALLOWED
        # The unit before counts as well.
        assert pike.check("a", 2.5) == BLOCKED
        assert pike.check("a", 4.5) == ALLOWED

    def test_a_steady_rate_at_the_limit_is_blocked_though_no_unit_has_so_many(self) -> None:
        pike = Flooding(unit=2, limit=4)
        assert [pike.check("a", 2.0 * (number // 3)) for number in range(9)] == [ALLOWED] * 9
        assert pike.check("a", 4.1) == NEWLY_BLOCKED

    def test_the_silent_are_forgotten(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pike = Flooding(unit=2, limit=4, latency=10)
        for number in range(100):
            pike.check(f"s{number}", number)
        assert len(pike) < 20
        monkeypatch.setattr(flooding, "MOST_SOURCES", 5)
        for number in range(100):
            pike.check(f"t{number}", 100.0)
        assert len(pike) <= 6

    def test_a_script_refuses_who_sends_too_much(self, tmp_path: Path) -> None:
        cfg = tmp_path / "k.cfg"
        cfg.write_text(
            'loadmodule "pike.so"\nmodparam("pike", "reqs_density_per_unit", 3)\n'
            'route { if (!pike_check_req()) { xlog("$rc"); exit; } if (!pike_check_ip("1.2.3.4")) xlog("other");\n'
            'sl_send_reply("404", "No"); }'
        )
        bench = ScriptBench(cfg)
        answers = [words(bench.receive(request(branch=b";branch=z9hG4bK%d" % number))) for number in range(4)]
        assert answers == [[b"404"], [b"404"], [], []]
        assert [text for _, text in bench.logged] == ["pike: 192.0.2.1 sends too much: blocked", "-2", "-1"]
        assert words(bench.receive(request(branch=b";branch=z9hG4bKx"), ("192.0.2.9", 5060))) == [b"404"]
