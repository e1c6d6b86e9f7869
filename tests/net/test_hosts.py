"""The table of hosts, as the file says now."""

from __future__ import annotations

from pathlib import Path

from txdispatcher.net.hosts import Hosts


def test_names_in_any_case_with_all_their_addresses(tmp_path: Path) -> None:
    file = tmp_path / "hosts"
    file.write_text("127.0.0.1 localhost # sip\n::1\tLOCALHOST ip6-localhost\nnot-one x\n\n127.0.0.1 localhost\n10.0.0.1\n")
    hosts = Hosts(str(file))
    assert hosts.find("localhost.") == ["127.0.0.1", "::1"]
    assert hosts.find("IP6-localhost") == ["::1"]
    assert hosts.find("x") == hosts.find("sip") == []


def test_a_change_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "hosts"
    hosts = Hosts(str(file))
    assert hosts.find("gw") == []
    file.write_text("192.0.2.1 gw\n")
    assert hosts.find("gw") == ["192.0.2.1"]
    file.write_text("192.0.2.22 gw\n")
    assert hosts.find("gw") == ["192.0.2.22"]
    file.unlink()
    assert hosts.find("gw") == []
