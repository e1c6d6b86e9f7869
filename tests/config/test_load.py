"""Files of settings: what they give, and what each error says."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.config import Address, Config, Failover, Rule, check_config, load_config, settings, values
from txdispatcher.errors import ConfigError

ROOT = Path(__file__).parents[2]
SECTIONS = [field.name for field in dataclasses.fields(Config) if field.name not in ("file", "kamailio", "python")]


def test_an_empty_file_gives_every_default(load):
    config = load("")
    for section in SECTIONS:
        assert getattr(config, section) == type(getattr(config, section))()


def test_the_keys_that_the_issue_fixes(load, tmp_path):
    config = load(
        """
        [sip]
        listen = ["udp:127.0.0.1:5060", "udp:[::1]:5070", "udp:192.0.2.1"]
        mode = "stateful"
        record_route = false
        [tm]
        fr_timer = 1000
        fr_inv_timer = 30000
        [dispatcher]
        list_file = "lists/one.list"
        flags = 3
        [route]
        set = 7
        algorithm = "weight"
        failover = ["timeout", 404]
        [access]
        callers = ["10.0.0.0/8", "2001:db8::7"]
        [control]
        jsonrpc = "tcp:8061:interface=127.0.0.1"
        """
    )
    assert config.sip.listen == (Address("127.0.0.1", 5060), Address("::1", 5070), Address("192.0.2.1", 5060))
    assert config.sip.record_route is False
    assert (config.tm.fr_timer, config.tm.fr_inv_timer) == (1000, 30000)
    assert config.dispatcher.list_file == str(tmp_path / "lists/one.list")
    assert config.dispatcher.flags == 3
    assert (config.route.set, config.route.algorithm) == (7, 9)
    assert config.route.failover == Failover(True, frozenset({404}))
    assert config.access.callers == (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::7/128"))
    assert config.control.jsonrpc == ("tcp:8061:interface=127.0.0.1",)


def test_the_other_keys(load, tmp_path):
    config = load(
        """
        [sip]
        max_forwards = 10
        server = "kdispatcher"
        [tm]
        wt_timer = 0
        timer_t1 = 100
        timer_t2 = 800
        timer_t4 = 900
        [dispatcher]
        use_default = 1
        force_dst = 0
        [route]
        rewrite = "domain"
        retry_after = 0
        [access]
        outsiders = "reject"
        key_file = "/etc/kdispatcher.key"
        [test]
        gateways = ["127.0.0.1:5080", "[::1]:5081"]
        """
    )
    assert (config.sip.max_forwards, config.sip.server) == (10, "kdispatcher")
    assert (config.tm.wt_timer, config.tm.timer_t1, config.tm.timer_t2, config.tm.timer_t4) == (0, 100, 800, 900)
    assert (config.dispatcher.use_default, config.dispatcher.force_dst) == (True, False)
    assert (config.route.rewrite, config.route.retry_after) == ("domain", 0)
    assert (config.access.outsiders, config.access.key_file) == ("reject", "/etc/kdispatcher.key")
    assert config.test.gateways == (Address("127.0.0.1", 5080), Address("::1", 5081))


def test_a_rule_takes_set_and_algorithm_from_route_where_it_names_none(load):
    rules = load(
        """
        route.set = 5
        route.algorithm = "hash-from"
        [[route.rule]]
        from = ["set:1", "10.0.0.0/8"]
        prefix = "00"
        set = 2
        [[route.rule]]
        method = ["INVITE", "MESSAGE"]
        domain = ["Example.COM", "[2001:DB8::1]"]
        algorithm = 8
        [[route.rule]]
        reply = 403
        reason = "Go away"
        """
    ).route.rule
    assert rules == (
        Rule(2, 1, from_sets=(1,), from_networks=(ipaddress.ip_network("10.0.0.0/8"),), prefix=("00",)),
        Rule(5, 8, method=("INVITE", "MESSAGE"), domain=("example.com", "2001:db8::1")),
        Rule(5, 1, reply=403, reason="Go away"),
    )


@pytest.mark.parametrize(("name", "number"), settings.ALGORITHMS.items())
def test_an_algorithm_has_a_name_and_a_number(load, name, number):
    head = "dispatcher.hash_pvar = '$ci'\nroute.algorithm = "
    assert load(f'{head}"{name}"').route.algorithm == number
    assert load(f"{head}{number}").route.algorithm == number


def test_a_number_that_kamailio_does_not_know_either_is_taken(load):
    assert load("route.algorithm = 99").route.algorithm == 99


@pytest.mark.parametrize("settings", ['sip.mode = "stateless"\nroute.algorithm = 0', "dispatcher.flags = 1"])
def test_there_is_no_failover_where_there_cannot_be(load, errors, settings):
    assert not load(settings).route.failover
    assert not load(settings + "\nroute.failover = []").route.failover
    [(key, _)] = errors(settings + '\nroute.failover = ["timeout"]')
    assert key == "route.failover"


@pytest.mark.parametrize("algorithm", [4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 64])
def test_a_stateless_proxy_refuses_algorithms_that_change_their_mind(errors, algorithm):
    head = 'sip.mode = "stateless"\nroute.algorithm = '
    [(key, reason)] = errors(f"{head}{algorithm}")
    assert key == "route.algorithm"
    assert "16.11" in reason
    [(key, _)] = errors(f"{head}0\n[[route.rule]]\nalgorithm = {algorithm}")
    assert key == "route.rule[1].algorithm"


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("sip.resolvers = 'dns.example.com'", "sip.resolvers", "of a DNS server"),
        ("sip.resolvers = ['192.0.2.53:0']", "sip.resolvers", "192.0.2.53:0"),
        ("sip.listn = 1", "sip.listn", "unknown key; did you mean listen?"),
        ("[sipp]", "sipp", "unknown section; did you mean sip?"),
        ("[[route.rules]]", "route.rules", "unknown key; did you mean rule?"),
        (
            "zzz = 1",
            "zzz",
            "unknown section; known: sip, stream, tls, websocket, tm, dispatcher, route, access, control, acc, test",
        ),
        ("[[route.rule]]\nreply = 403\nmethods = 'INVITE'", "route.rule[1].methods", "did you mean method?"),
        ("sip = 1", "sip", "found 1; allowed: a section, [sip]"),
        ("route = 1", "route", "found 1; allowed: a section, [route]"),
        ("route.rule = 1", "route.rule", "found 1; allowed: tables, each under [[route.rule]]"),
        ("route.rule = [1]", "route.rule[1]", "found 1"),
        ("sip.listen = []", "sip.listen", "at least one"),
        ("sip.listen = 5060", "sip.listen", 'found 5060; allowed: "udp:ADDRESS:PORT"'),
        ("sip.listen = 'sctp:127.0.0.1:5061'", "sip.listen", "or tcp, tls, ws or wss instead of udp"),
        ("sip.listen = 'udp:localhost:5060'", "sip.listen", 'found "udp:localhost:5060"'),
        ("sip.listen = 'udp:::1:5060'", "sip.listen", "in brackets"),
        ("sip.listen = 'udp:127.0.0.1:0'", "sip.listen", "found"),
        ("sip.listen = 'udp:127.0.0.1:65536'", "sip.listen", "found"),
        ("sip.listen = 'udp:127.0.0.256:5060'", "sip.listen", "found"),
        ("sip.listen = ['udp:127.0.0.1', 'udp:127.0.0.1:5060']", "sip.listen", "found udp:127.0.0.1:5060 twice; allowed: each"),
        (
            "sip.listen = ['udp:0.0.0.0', 'udp:192.0.2.1']",
            "sip.listen",
            "found udp:192.0.2.1:5060 beside udp:0.0.0.0:5060, which",
        ),
        ("sip.listen = ['udp:[2001:db8::1]', 'udp:[::]']", "sip.listen", "found udp:[::]:5060 beside udp:[2001:db8::1]:5060"),
        ("test.gateways = '127.0.0.1:5060'", "test.gateways", "found udp:127.0.0.1:5060 twice (sip.listen)"),
        (
            "control.jsonrpc = ['tcp:8061:interface=::1', 'tcp:8061:interface=::1']".replace("::", "\\:\\:"),
            "control.jsonrpc",
            "found tcp:8061:interface=\\:\\:1 twice",
        ),
        ("control.jsonrpc = 'tcp:8061'", "control.jsonrpc", "found tcp:8061, which other machines can reach; allowed: an"),
        ("control.jsonrpc = 'tcp:8061:interface=0.0.0.0'", "control.jsonrpc", "which other machines can reach"),
        ("control.jsonrpc = 'tcp:8061:interface=192.0.2.1'", "control.jsonrpc", "which other machines can reach"),
        ("control.jsonrpc = 'tcp6:8061'", "control.jsonrpc", "which other machines can reach"),
        ("control.compat = '5.7'", "control.compat", 'found "5.7"; allowed: "5.6" or "6"'),
        ("control.unknown_method = 501", "control.unknown_method", "found 501; allowed: 500 (Kamailio's), 404 or -32601"),
        ("control.client_ca = 'ca.pem'", "control.client_ca", "control.jsonrpc has none"),
        ("control.store_dir = 'no_such_folder'", "control.store_dir", "allowed: a folder that is there"),
        ("control.jsonrpc = 'tcp:99999'", "control.jsonrpc", 'found "tcp:99999"; allowed: a Twisted endpoint string'),
        ("control.jsonrpc = 'tcp6:interface=\\:\\:1:port=0'", "control.jsonrpc", "with a port from 1 to 65535"),
        ("sip.mode = 'both'", "sip.mode", 'found "both"; allowed: "stateful" or "stateless"'),
        ("sip.record_route = 1", "sip.record_route", "found 1; allowed: true or false"),
        ("sip.max_forwards = 0", "sip.max_forwards", "found 0; allowed: a whole number from 1 to 255"),
        ('sip.server = "a\\r\\nX: b"', "sip.server", "text on one line"),
        ("tm.fr_timer = 0", "tm.fr_timer", "found 0; allowed: a number of milliseconds, 1 or more"),
        ("tm.fr_timer = 2.5", "tm.fr_timer", "found 2.5"),
        ("tm.fr_timer = true", "tm.fr_timer", "found true"),
        ("tm.timer_t1 = 5000", "tm.timer_t2", "found 4000; allowed: timer_t1 (5000) or more"),
        ("dispatcher.flags = 4", "dispatcher.flags", "found 4"),
        ("dispatcher.list_file = ''", "dispatcher.list_file", "the path of a file"),
        ("dispatcher.use_default = 2", "dispatcher.use_default", "true or false"),
        ("route.algorithm = 7", "route.algorithm", "dispatcher.hash_pvar, and that is not set"),
        ("[[route.rule]]\nalgorithm = 'hash-pvar'", "route.rule[1].algorithm", "dispatcher.hash_pvar"),
        ("route.algorithm = 'robin'", "route.algorithm", '"round-robin"'),
        ("route.set = -1", "route.set", "found -1"),
        ("route.failover = 'timeout'", "route.failover", 'a list of "timeout" and status codes'),
        ("route.failover = [200]", "route.failover", "found 200"),
        ("route.failover = ['503']", "route.failover", 'found "503"'),
        ("route.rewrite = 'uri'", "route.rewrite", '"none" or "domain"'),
        ("[[route.rule]]\nprefix = '1'", "route.rule[1]", "decides nothing; give it set or algorithm, or reply"),
        ("[[route.rule]]\nreply = 403\nset = 1", "route.rule[1]", "found reply and set"),
        ("[[route.rule]]\nset = 1\nreason = 'x'", "route.rule[1].reason", "there is no reply"),
        ("[[route.rule]]\nreply = 200", "route.rule[1].reply", "found 200; allowed: a status code from 400 to 699"),
        ("[[route.rule]]\nset = 1\nfrom = 'set:one'", "route.rule[1].from", '"set:N"'),
        ("[[route.rule]]\nset = 1\nfrom = []", "route.rule[1].from", "at least one"),
        ("[[route.rule]]\nset = 1\nmethod = 'invite'", "route.rule[1].method", 'allowed: "INVITE"'),
        ("[[route.rule]]\nset = 1\nmethod = 'CANCEL'", "route.rule[1].method", "follow their INVITE"),
        ("[[route.rule]]\nset = 1\nmethod = 'A B'", "route.rule[1].method", "a method"),
        ("[[route.rule]]\nset = 1\nprefix = ''", "route.rule[1].prefix", "the first characters"),
        ("[[route.rule]]\nset = 1\ndomain = 'a:5060'", "route.rule[1].domain", "without a port"),
        ("access.callers = '10.0.0.1/8'", "access.callers", 'allowed: "10.0.0.0/8" for the network, "10.0.0.1"'),
        ("access.callers = 'everybody'", "access.callers", "a network or an address"),
        ("access.callers = [7]", "access.callers", "found 7"),
        ("access.outsiders = 'ignore'", "access.outsiders", '"drop" or "reject"'),
        ("control.jsonrpc = '8060'", "control.jsonrpc", "a Twisted endpoint string"),
        ("control.jsonrpc = 'tcp:http'", "control.jsonrpc", "invalid literal"),
        ("control.jsonrpc = 'carrier:pigeon'", "control.jsonrpc", "carrier"),
        ("test.gateways = '192.0.2.1:5080'", "test.gateways", "on loopback"),
        ("test.gateways = 'udp:127.0.0.1:5080'", "test.gateways", "found"),
    ],
)
def test_a_wrong_setting_is_an_error_with_key_and_reason(errors, text, key, reason):
    [(found_key, found_reason)] = errors(text)
    assert found_key == key
    assert reason in found_reason


def test_every_error_of_a_file_is_found_at_once_and_the_first_is_raised(load, errors):
    text = "sip.mode = 1\ntm.fr_timer = 's'\nroute.rule = [{}]"
    assert [key for key, _ in errors(text)] == ["sip.mode", "tm.fr_timer", "route.rule[1]"]
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert caught.value.key == "sip.mode"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[sip", "is not TOML: "),
        (b"a = '\xff'", "is not TOML: "),
        (b"a = " + b"[" * 9999, "is nested too deeply"),
        (None, "No such file"),
    ],
)
def test_a_file_that_is_not_one_is_an_error_of_the_file(tmp_path, content, reason):
    file = tmp_path / "x.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=reason) as caught:
        load_config(str(file))
    assert (caught.value.file, caught.value.key) == (str(file), "")


_SCALARS = st.one_of(
    st.integers(), st.booleans(), st.sampled_from(["timeout", "", "set:1", "10.0.0.0/8", "udp:[::1]:5060", "é\0"])
)


@given(st.sampled_from(SECTIONS), st.data())
def test_no_value_gets_any_other_error_than_a_config_error(tmp_path_factory, section, data):
    kind = getattr(settings, section.capitalize())
    key = data.draw(st.sampled_from([field.name for field in dataclasses.fields(kind)]))
    value = data.draw(st.one_of(_SCALARS, st.lists(_SCALARS, max_size=3)))
    file = tmp_path_factory.mktemp("property") / "x.toml"
    file.write_text(f"[{section}]\n{key} = {_toml(value)}\n")
    for error in check_config(str(file)):
        assert error.key.split("[")[0].split(".")[0] in SECTIONS


def _toml(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, str):
        return '"' + "".join(f"\\u{ord(char):04x}" for char in value) + '"'
    return str(value).lower()


@pytest.mark.parametrize("file", sorted(ROOT.glob("conf/*.toml")), ids=lambda file: file.name)
def test_the_files_in_conf_are_settings(file):
    assert check_config(str(file)) == ()


@pytest.mark.parametrize(
    ("text", "bound", "advertise", "name"),
    [
        ("tcp:10.0.0.1", Address("10.0.0.1", 5060, "tcp"), None, ""),
        ("tls:[::1]", Address("::1", 5061, "tls"), None, ""),
        ("wss:10.0.0.1", Address("10.0.0.1", 443, "wss"), None, ""),
        ("ws:10.0.0.1 advertise phone.example.com:80", Address("10.0.0.1", 80, "ws"), ("phone.example.com", 80), ""),
        ("udp:10.0.0.1:5070 advertise 192.0.2.1:5060", Address("10.0.0.1", 5070), ("192.0.2.1", 5060), ""),
        ("tls:10.0.0.1 advertise SIP.example.com name out", Address("10.0.0.1", 5061, "tls"), ("sip.example.com", 5061), "out"),
        ('udp:10.0.0.1:5060 advertise [2001:db8::1]:5062 name "s1"', Address("10.0.0.1", 5060), ("2001:db8::1", 5062), "s1"),
    ],
)
def test_a_listener_has_a_transport_and_what_is_advertised(load, text, bound, advertise, name):
    [found] = load(f"sip.listen = '{text}'\ntls.certificate = 'x.pem'\nwebsocket.origins = '*'").sip.listen
    assert (found, found.advertise, found.name) == (bound, advertise, name)


_TLS = "sip.listen = 'tls:127.0.0.1'\n"
_HERE = "[[tls.listener]]\nlisten = 'tls:127.0.0.1:5061'\n"


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("sip.listen = 'tls:127.0.0.1'", "sip.listen", "found tls:127.0.0.1:5061, which needs tls.certificate"),
        ("sip.listen = 'wss:127.0.0.1'\nwebsocket.origins = '*'", "sip.listen", "wss:127.0.0.1:443, which needs tls.certificate"),
        (
            "sip.listen = 'ws:127.0.0.1'",
            "websocket.origins",
            "and sip.listen has ws:127.0.0.1:80; allowed: the pages",
        ),
        ("websocket.origins = 'phone.example.com'", "websocket.origins", '"https://HOST" or'),
        ("websocket.origins = 'https://phone.example.com/'", "websocket.origins", '"https://HOST" or'),
        ("sip.listen = 'udp:127.0.0.1 advertise 192.0.2.1:99999'", "sip.listen", "advertise 192.0.2.1"),
        ("sip.listen = 'tcp:127.0.0.1:0'", "sip.listen", '"udp:ADDRESS:PORT"'),
        ("tls.certificate = ['a', 'b']\ntls.key = 'c'", "tls.key", "found 1 for 2 certificates"),
        ("sip.mode = 'stateless'\nsip.listen = 'tcp:127.0.0.1'\nroute.algorithm = 8", "sip.listen", "udp, as answers need"),
        ("sip.mode = 'stateless'\nsip.udp_mtu = 1300\nroute.algorithm = 8", "sip.udp_mtu", "that has UDP alone"),
        ("tls.listener = 5", "tls.listener", "tables, each under [[tls.listener]]"),
        ("[[tls.listener]]\ncertificate = 'x'", "tls.listener[1]", 'is for no listener; give it listen = "tls:ADDRESS:PORT"'),
        ("[[tls.listener]]\nlisten = 'udp:127.0.0.1'", "tls.listener[1].listen", '"tls:ADDRESS:PORT" as in sip.listen'),
        ("[[tls.listener]]\nlisten = 'tls:127.0.0.1'", "tls.listener[1].listen", "one of sip.listen, where none is for tls"),
        ("[[tls.listener]]\nlisten = 'tls:127.0.0.1'\nverify = true", "tls.listener[1].verify", "unknown key; known: "),
        (f"{_TLS}{_HERE}", "sip.listen", "needs tls.certificate"),
        (f"{_TLS}{_HERE}certificate = 'x'\nkey = ['a', 'b']", "tls.listener[1].key", "found 2 for 1 certificates"),
        (f"{_TLS}{_HERE}certificate = 'x'\n{_HERE}", "tls.listener[2].listen", "found tls:127.0.0.1:5061 twice"),
        ("sip.udp_mtu = 1300", "sip.udp_mtu", "larger requests go by TCP, and none of sip.listen is for tcp"),
    ],
)
def test_a_listener_that_cannot_be(errors, text, key, reason):
    [(found, why)] = errors(text)
    assert found == key
    assert reason in why


def test_browsers_may_be_shown_a_certificate_of_their_own(load):
    text = "sip.listen = ['udp:127.0.0.1', 'wss:127.0.0.1']\nwebsocket.origins = '*'\n[[tls.listener]]\n"
    [listener] = load(f"{text}listen = 'wss:127.0.0.1'\ncertificate = 'x.pem'").tls.listener
    assert listener.listen == Address("127.0.0.1", 443, "wss")


def test_websocket_needs_its_library(errors, monkeypatch):
    monkeypatch.setattr("txdispatcher.config.fitting.find_spec", lambda name: None)
    [(key, reason)] = errors("sip.listen = 'ws:127.0.0.1'\nwebsocket.origins = '*'")
    assert key == "sip.listen"
    assert 'pip install "txdispatcher[websocket]"' in reason


def test_an_origin_is_as_browsers_write_it(load):
    found = load("websocket.origins = ['https://Phone.example.com:443', 'http://[::1]:8000', 'https://[::1]', '*']").websocket
    assert found.origins == ("https://phone.example.com", "http://[::1]:8000", "https://[::1]", "*")


def test_one_port_for_two_transports(errors):
    assert errors("sip.listen = ['udp:127.0.0.1', 'tcp:127.0.0.1']") == []


def test_every_key_is_documented_with_its_default():
    text = (ROOT / "docs/configuration.md").read_text()
    parts = re.split(r"^## \[(\w+)\]$", text, flags=re.MULTILINE)
    documented = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert list(documented) == SECTIONS
    rules = documented["route"].partition("### [[route.rule]]")
    for section, body in {**documented, "route": rules[0]}.items():
        keys = re.findall(r"^\| `(\w+)` \| `", body, flags=re.MULTILINE)
        kind = getattr(settings, section.capitalize())
        assert keys == [field.name for field in dataclasses.fields(kind) if field.name not in ("rule", "listener")], section
    keys = re.findall(r"^\| `(\w+)` \|", rules[2], flags=re.MULTILINE)
    fields = {field.name for field in dataclasses.fields(Rule)}
    assert set(keys) == fields - {"from_networks", "from_sets"} | {"from"}


def test_the_documented_defaults_are_the_defaults(load):
    text = (ROOT / "docs/configuration.md").read_text()
    written = ""
    for line in text.splitlines():
        if header := re.fullmatch(r"## (\[\w+\])", line):
            written += header[1] + "\n"
        elif row := re.match(r"\| `(\w+)` \| `([^`]+)` \|", line):
            # An empty path stands for no file: it can be left out, not written.
            written += f"{row[1]} = {row[2]}\n" if row[1] not in ("key_file", "credentials", "client_ca") else ""
    assert load(written) == load("")
    assert "ds_ping_from = " in written


def test_the_example_rules_of_the_documentation_are_rules(errors):
    text = (ROOT / "docs/configuration.md").read_text()
    [example] = re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL)
    assert errors(example) == []


def test_addresses_that_do_not_overlap(errors):
    assert errors("sip.listen = ['udp:0.0.0.0', 'udp:[::]', 'udp:127.0.0.1:5070']\ntest.gateways = '127.0.0.1:5080'") == []


@pytest.mark.parametrize("text", ["udp:127.0.0.1:5060", "udp:[::1]:5060"])
def test_an_address_is_shown_as_it_is_written(load, text):
    [address] = load(f"sip.listen = '{text}'").sip.listen
    assert str(address) == text
    assert address.host_port == text.removeprefix("udp:")


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("192.0.2.53", ("192.0.2.53", 53)),
        ("192.0.2.53:5353", ("192.0.2.53", 5353)),
        ("[2001:db8::53]", ("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
    ],
)
def test_a_resolver_has_port_53_unless_it_says_otherwise(text: str, server: tuple[str, int]) -> None:
    found = values.resolver(text)
    assert (found.host, found.port) == server


@pytest.mark.parametrize(
    "text",
    [
        "jsonrpc = 'tcp:8061:interface=127.9.9.9'",
        "jsonrpc = 'tcp:8061:127.0.0.1'",
        "jsonrpc = 'tcp6:8061:interface=\\:\\:1'",
        "jsonrpc = 'unix:/run/k.http'",
        "jsonrpc = 'tcp:8061'\ncredentials = 'users'",
    ],
)
def test_endpoints_that_only_this_machine_reaches_and_those_that_ask_for_credentials(load, text):
    assert len(load(f"[control]\n{text}\n").control.jsonrpc) == 1
