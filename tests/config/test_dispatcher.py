"""[dispatcher]: the parameters by their names and older spellings, and what each takes."""

from __future__ import annotations

import pytest

from txdispatcher.config import Address
from txdispatcher.config.dispatcher import ALIASES


def test_the_parameters_take_what_a_kamailio_script_gives_them(load, tmp_path):
    dispatcher = load(
        """
        [sip]
        listen = ["udp:127.0.0.1:5060", 'udp:127.0.0.1:5070 name "sock1"', "udp:127.0.0.1:5080 name sock2"]
        [dispatcher]
        db_url = "mysql://user:passwd@localhost/database"
        table_name = "my_dispatcher"
        setid_col = "groupid"
        ds_db_extra_attrs = "socket=socket; pref=prefix;"
        ds_load_mode = 0
        reload_delta = 1
        hash_pvar = "hash the $fU@$ci"
        dst_avp = "$avp(i:271)"
        dstid_avp = "$avp(s:dsdstid)"
        attrs_avp = "$avp(dsattrs)"
        setid_pvname = "$var(setid)"
        attrs_pvname = "$xavp(found=>attrs)"
        ds_ping_method = "INFO"
        ds_ping_from = "sip:proxy@sip.somehost.com"
        ds_ping_interval = 30
        ds_ping_reply_codes = "class=2;code=403;code=488;class=3"
        ds_probing_mode = 3
        ds_ping_latency_stats = 1
        outbound_proxy = "sip:outbound.example.com"
        ds_default_socket = "udp:127.0.0.1:5070"
        ds_default_sockname = "sock2"
        ds_hash_size = 9
        event_callback = "ksr_dispatcher_event"
        saved_states = "states.json"
        event_command = ["/usr/bin/logger", "-t", "kd"]
        event_url = "http://127.0.0.1:8080/hook"
        """
    ).dispatcher
    assert dispatcher.db_url == "mysql://user:passwd@localhost/database"
    assert (dispatcher.table_name, dispatcher.setid_col) == ("my_dispatcher", "groupid")
    assert dispatcher.ds_db_extra_attrs == (("socket", "socket"), ("pref", "prefix"))
    assert (dispatcher.ds_load_mode, dispatcher.reload_delta, dispatcher.hash_pvar) == (0, 1, "hash the $fU@$ci")
    assert (dispatcher.dst_avp, dispatcher.dstid_avp, dispatcher.attrs_avp) == ("$avp(i:271)", "$avp(s:dsdstid)", "$avp(dsattrs)")
    assert (dispatcher.setid_pvname, dispatcher.attrs_pvname) == ("$var(setid)", "$xavp(found=>attrs)")
    assert (dispatcher.ds_ping_method, dispatcher.ds_ping_interval, dispatcher.ds_probing_mode) == ("INFO", 30, 3)
    assert dispatcher.ds_ping_reply_codes == "class=2;code=403;code=488;class=3"
    assert dispatcher.ds_ping_latency_stats is True
    assert dispatcher.ds_default_socket == Address("127.0.0.1", 5070)
    assert dispatcher.saved_states == str(tmp_path / "states.json")
    assert dispatcher.event_command == ("/usr/bin/logger", "-t", "kd")


def test_a_listener_may_have_a_name(load):
    named, other = load("""sip.listen = ['udp:127.0.0.1:5070 name "sock1"', 'udp:[::1]:5070']""").sip.listen
    assert (named, named.name, str(named)) == (Address("127.0.0.1", 5070), "sock1", "udp:127.0.0.1:5070")
    assert other.name == ""


@pytest.mark.parametrize(("older", "name"), ALIASES.items())
def test_the_older_spelling_is_the_same_parameter(load, errors, older, name):
    value = "$var(a)" if name == "setid_pvname" else 4
    assert getattr(load(f"dispatcher.{older} = {value!r}").dispatcher, name) == value
    assert [key for key, _ in errors(f"dispatcher.{older} = -1")] == [f"dispatcher.{older}"]
    [(key, reason)] = errors(f"dispatcher.{older} = {value!r}\ndispatcher.{name} = {value!r}")
    assert key == f"dispatcher.{older}"
    assert f"older spelling of {name}, which is given too" in reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ds_probing_treshold = 1", "unknown key; did you mean ds_probing_thresh"),
        ("db_url = 7", "found int; allowed"),
        ("db_url = 'oracle://user:secret@host/db'", 'found a URL of oracle://; allowed: "mysql://'),
        ("db_url = 'user:secret'", "found no URL; allowed"),
        ("table_name = 'a;b'", "a table's name"),
        ("setid_col = '1a'", "a column's name"),
        ("attrs_col = ''", "a column's name"),
        ("ds_db_extra_attrs = 'socket'", "attribute=column"),
        ("ds_db_extra_attrs = 'a=b c'", "attribute=column"),
        ("ds_load_mode = 2", "found 2; allowed: 1 (a bad line stops the load)"),
        ("reload_delta = -1", "a number of seconds, or 0"),
        ("flags = 4", "found 4; allowed: 0, or the sum"),
        ("dst_avp = 'dsdst'", 'allowed: "$avp(name)"'),
        ("dst_avp = '$var(dsdst)'", 'allowed: "$avp(name)"'),
        ("xavp_dst = '$xavp(a)'", "an XAVP's name alone"),
        ("xavp_dst_mode = 8", "found 8"),
        ("hash_pvar = 'hash $fUx'", "'hash $fUx', column 6: $fUx is unknown; did you mean $fU"),
        ("hash_pvar = 7", "text on one line"),
        ("dst_avp = '$avp()'", "$avp needs a name"),
        ("setid_pvname = '$ci'", "a variable that can be written"),
        ("attrs_pvname = '$xavp(a)'", "a variable that can be written"),
        ("ds_ping_method = 'INVITE'", "a method that starts nothing"),
        ("ds_ping_method = 'options'", '"OPTIONS" (methods are case-sensitive)'),
        ("ds_ping_from = 'dispatcher@localhost'", "a SIP URI"),
        ("ds_ping_from = 'tel:+1'", "a SIP URI"),
        ("outbound_proxy = 'sip:ü'", "a SIP URI"),
        ("ds_ping_interval = 1.5", "found 1.5; allowed: a number of seconds"),
        ("ds_ping_interval = '30'", 'found "30"'),
        ("ds_ping_reply_codes = 'class=2,code=403'", "'class=2,code=403' is no reply code; allowed: \"class=N\""),
        ("ds_ping_reply_codes = 'code=4'", "'code=4' is no reply code"),
        ("ds_ping_reply_codes = 200", "found 200"),
        ("ds_probing_mode = 4", "found 4; allowed: 0, 1, 2 or 3"),
        ("ds_probing_threshold = 0", "a number of attempts, 1 or more"),
        ("ds_latency_estimator_alpha = 1001", "thousandths, 0 to 1000"),
        ("ds_default_socket = 'udp:192.0.2.9:5060'", "found udp:192.0.2.9:5060; allowed: one of sip.listen, udp:127.0.0.1:5060"),
        ("ds_ping_socket = '127.0.0.1'", '"udp:ADDRESS:PORT" as in sip.listen'),
        ("ds_default_sockname = 'sock1'", "found sock1; allowed: a name in sip.listen: none has one"),
        ("ds_hash_size = 31", "a power of two"),
        ("ds_hash_expire = 0", "a number of seconds, 1 or more"),
        ("ds_dns_mode = 16", "found 16"),
        ("event_callback = 'a b'", "a function"),
        ("reload_state = 'lose'", 'allowed: "keep" or "list"'),
        ("reload_load = 'lose'", 'allowed: "keep" or "reset" or "refuse"'),
        ("watch_list = 'yes'", "true or false"),
        ("saved_states = 1", "the path of a file"),
        ("history = -1", "a number of state changes"),
        ("event_command = ['']", "a program and its arguments"),
        ("event_url = 'ftp://h'", '"http://HOST'),
        ("db_retry = true", "a number of seconds"),
    ],
)
def test_a_wrong_value_names_key_value_and_what_is_allowed(errors, text, reason):
    [(key, found)] = errors(f"dispatcher.{text}")
    assert key == f"dispatcher.{text.split(' ')[0]}"
    assert reason in found


def test_the_password_of_a_database_is_in_no_error(errors):
    [(_, reason)] = errors("dispatcher.db_url = 'oracle://user:secret@host/db'")
    assert "secret" not in reason


def test_a_stateless_proxy_hashes_what_an_ack_and_a_cancel_have_too(errors):
    head = "sip.mode = 'stateless'\nroute.algorithm = 7\ndispatcher.hash_pvar = "
    assert errors(f"{head}'$ci$fU$rU$si'") == []
    [(key, reason)] = errors(f"{head}'$ci$rm$hdr(X-Key)'")
    assert key == "dispatcher.hash_pvar"
    assert "found $hdr, $rm, which an ACK or CANCEL" in reason


def test_two_listeners_of_one_name(errors):
    text = "sip.listen = ['udp:127.0.0.1:5060 name a', 'udp:127.0.0.1:5070 name a']"
    assert errors(text) == [("sip.listen", "found the name a twice; allowed: each name once")]
