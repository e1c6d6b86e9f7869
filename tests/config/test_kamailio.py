"""What a Kamailio configuration file says about the server itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from txdispatcher.config import Config, check_config, load_config
from txdispatcher.config.address import Address
from txdispatcher.config.kamailio_known import KNOWN
from txdispatcher.config.kamailio_modules import ModuleParameters
from txdispatcher.config.load import readers_of
from txdispatcher.errors import ConfigError

ROUTE = "route { exit; }\n"


def read(folder: Path, text: str, toml: str = "") -> Config:
    file = folder / "kamailio.cfg"
    file.write_text(text + ROUTE)
    if not toml:
        return load_config("", str(file))
    over = folder / "k.toml"
    over.write_text(toml)
    return load_config(str(over))


def test_listen_and_port(tmp_path: Path) -> None:
    text = 'port=5070\nlisten=127.0.0.1\nlisten=udp:127.0.0.2:5080 name "a"\nlisten="udp:127.0.0.3:5090"\n'
    assert read(tmp_path, text).sip.listen == (
        Address("127.0.0.1", 5070),
        # As in Kamailio, a socket without a transport is one of each.
        Address("127.0.0.1", 5070, "tcp"),
        Address("127.0.0.2", 5080),
        Address("127.0.0.3", 5090),
    )
    assert read(tmp_path, "port=5070\n").sip.listen == (Address("0.0.0.0", 5070), Address("0.0.0.0", 5070, "tcp"))


def test_without_tcp(tmp_path: Path) -> None:
    listen = "listen=127.0.0.1\nlisten=tcp:127.0.0.2:5080\n"
    assert read(tmp_path, f"disable_tcp=yes\n{listen}").sip.listen == (Address("127.0.0.1", 5060),)
    assert read(tmp_path, "disable_tcp=yes\n").sip.listen == (Address("0.0.0.0", 5060),)


def test_what_is_advertised(tmp_path: Path) -> None:
    listen = "listen=udp:127.0.0.1 advertise gw.example:5080\nlisten=udp:127.0.0.2:5070\n"
    text = f"advertised_address=192.0.2.1\n{listen}"
    assert [each.advertise for each in read(tmp_path, text).sip.listen] == [("gw.example", 5080), ("192.0.2.1", 5070)]
    text = f"advertised_port=5062\n{listen}"
    assert [each.advertise for each in read(tmp_path, text).sip.listen] == [("gw.example", 5080), ("127.0.0.2", 5062)]


def test_the_name_of_an_interface_stands_for_its_addresses(tmp_path: Path) -> None:
    assert read(tmp_path, "listen=udp:lo:5070\n").sip.listen == (Address("127.0.0.1", 5070),)
    assert read(tmp_path, "listen=udp:localhost:5070\n").sip.listen == (Address("127.0.0.1", 5070),)


def test_without_a_signature(tmp_path: Path) -> None:
    header = 'server_header="Server: edge"\n'
    assert (read(tmp_path, header).sip.server, read(tmp_path, f"{header}server_signature=no\n").sip.server) == ("edge", "")


def test_what_is_too_large_for_a_datagram(tmp_path: Path) -> None:
    listen = "listen=udp:127.0.0.1\nlisten=tcp:127.0.0.1\n"
    assert read(tmp_path, f"udp_mtu=1300\nudp_mtu_try_proto=TCP\n{listen}").sip.udp_mtu == 1300
    # Kamailio tries UDP, unless it is told otherwise.
    config = read(tmp_path, f"udp_mtu=1300\n{listen}")
    assert config.sip.udp_mtu == 0
    assert config.kamailio is not None
    assert config.kamailio.ignored[0].endswith("kamailio.cfg:1: udp_mtu = 1300: ignored")


def test_a_switch_may_be_a_word(tmp_path: Path) -> None:
    assert read(tmp_path, 'modparam("dispatcher", "force_dst", no)\n').dispatcher.force_dst is False


def test_parameters_of_modules(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        'modparam("dispatcher", "list_file", "/x/y.list")\nmodparam("dispatcher", "flags", 2)\n'
        'modparam("dispatcher", "ds_probing_threshhold", 3)\nmodparam("dispatcher", "force_dst", 0)\n'
        'modparam("tm", "fr_timer", 1500)\nmodparam("tm", "retr_timer1", 250)\nmodparam("rr", "enable_full_lr", 1)\n'
        'debug=3\nalias="a.example:5070"\n',
    )
    settings = config.dispatcher
    assert (settings.list_file, settings.flags, settings.ds_probing_threshold, settings.force_dst) == ("/x/y.list", 2, 3, False)
    assert (config.tm.fr_timer, config.tm.timer_t1) == (1500, 250)
    assert config.kamailio is not None
    assert (config.kamailio.full_lr, config.kamailio.debug, config.kamailio.aliases) == (True, 3, (("a.example", 5070),))


def test_defaults_are_kamailios_where_they_differ(tmp_path: Path) -> None:
    config = read(tmp_path, "")
    assert (config.dispatcher.flags, config.dispatcher.ds_load_mode) == (0, 0)
    assert (config.tm.fr_timer, config.tm.fr_inv_timer) == (30_000, 120_000)


def test_the_toml_file_goes_before(tmp_path: Path) -> None:
    toml = 'sip.listen = "udp:127.0.0.9:5060"\nroute.kamailio_cfg = "kamailio.cfg"\n'
    config = read(tmp_path, 'port=5070\nmodparam("dispatcher", "flags", 3)\n', toml)
    assert (config.sip.listen, config.dispatcher.flags) == ((Address("127.0.0.9", 5060),), 3)


def test_what_has_no_use_is_told(tmp_path: Path) -> None:
    config = read(tmp_path, 'memdbg=5\nfork=yes\nmodparam("mi_fifo", "fifo_mode", "0660")\n')
    assert config.kamailio is not None
    assert [line.partition("kamailio.cfg:")[2] for line in config.kamailio.ignored] == [
        "1: memdbg = 5: ignored",
        "2: fork = yes: ignored",
        "3: mi_fifo.fifo_mode = 0660: ignored",
    ]
    # What of such a module the script uses is told where it stands.
    config = read(tmp_path, 'loadmodule "usrloc.so"\nmodparam("usrloc", "db_mode", 0)\nloadmodule "mqueue.so"\n')
    assert config.kamailio is not None
    assert [line.partition("kamailio.cfg:")[2] for line in config.kamailio.ignored] == [
        "1: loadmodule usrloc: is not there; there are no registrations here; a REGISTER can be sent on to registrars by "
        "ds_select_dst(); it, and its parameters: ignored",
        "3: loadmodule mqueue: is not there; it, and its parameters: ignored",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("memdgb=5\n", "kamailio.cfg:1: memdgb: is not there; did you mean memdbg?"),
        ('\nmodparam("dispatcher", "flag", 2)\n', "kamailio.cfg:2: dispatcher.flag: is not there; did you mean flags?"),
        ('modparam("dispatcher", "flags", 9)\n', "kamailio.cfg:1: dispatcher.flags: found 9; allowed: 0, or the sum of"),
        ('loadmodule "dispatchr.so"\n', "kamailio.cfg:1: loadmodule dispatchr: is not there; did you mean dispatcher?"),
        ('loadmodule "maxfdw.so"\n', "kamailio.cfg:1: loadmodule maxfdw: is not there; did you mean maxfwd?"),
        ("listen=sctp:127.0.0.1:5060\n", "kamailio.cfg:1: listen: found"),
        ("udp_mtu_try_proto=SCTP\n", "kamailio.cfg:1: udp_mtu_try_proto: found SCTP; allowed: TCP, UDP"),
        ('modparam("dispatcher", "force_dst", perhaps)\n', "kamailio.cfg:1: found perhaps; allowed: a number, a string, yes, on"),
        ('modparam("tm", "fr_timr", 5)\n', "kamailio.cfg:1: tm.fr_timr: is not there; did you mean fr_timer?"),
        ('modparam("tm", "failure_reply_mode", 2)\n', "kamailio.cfg:1: tm.failure_reply_mode: found 2; allowed: 0, or 1 or 3"),
        ('loadmodule "topos.so"\n', "kamailio.cfg:1: loadmodule topos: is not there, and hides addresses in every message"),
        ("force_rport=yes\n", "kamailio.cfg:1: force_rport: found yes; allowed: no; the nearest is force_rport()"),
        ('gw.ip="a" "b"\n', 'kamailio.cfg:1: gw.ip: found "a" "b"; allowed: a number or a string'),
        ("debug=much\n", "kamailio.cfg:1: debug: found much; allowed: a number"),
        ("onreply_route { t_relai(); }\n", "kamailio.cfg:1: t_relai() is unknown; did you mean t_relay?"),
    ],
)
def test_an_error_names_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "kamailio.cfg"
    file.write_text(text + ROUTE)
    over = tmp_path / "k.toml"
    over.write_text(f'route.kamailio_cfg = "{file}"\n')
    found = check_config(str(over))
    assert message in str(found[0])
    assert len(found) == 1


def test_a_script_needs_transactions(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"sip.mode: found \"stateless\" with a Kamailio configuration file"):
        read(tmp_path, "disable_tcp=yes\n", 'sip.mode = "stateless"\nroute.kamailio_cfg = "kamailio.cfg"\nroute.algorithm = 8\n')


def test_sockets_of_operators(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        'run_dir="/run/x"\nmodparam("ctl", "binrpc", "unix:/tmp/ctl")\nmodparam("ctl", "binrpc", "tcp:localhost:2046")\n'
        'modparam("mi_fifo", "fifo_name", "/tmp/fifo")\nmodparam("mi_datagram", "socket_name", "udp:127.0.0.1:8033")\n'
        'modparam("jsonrpcs", "fifo_name", "rpc.fifo")\nmodparam("jsonrpcs", "dgram_socket", "unix:/tmp/rpc.sock")\n'
        'modparam("jsonrpcs", "fifo_reply_dir", "/var/tmp")\n',
    )
    control = config.control
    assert [str(each) for each in control.binrpc] == ["unix:/tmp/ctl", "tcp:127.0.0.1:2046"]
    assert (control.mi_fifo, [str(each) for each in control.mi_datagram]) == (("/tmp/fifo",), ["udp:127.0.0.1:8033"])
    assert (control.jsonrpc_fifo, [str(each) for each in control.jsonrpc_datagram]) == (
        ("/run/x/rpc.fifo",),
        ["unixd:/tmp/rpc.sock"],
    )
    assert control.fifo_reply_dir == "/var/tmp"
    assert config.kamailio is not None
    assert config.kamailio.ignored == ()


@pytest.mark.parametrize(("transport", "opened"), [(0, (1, 1)), (1, (0, 0)), (2, (1, 0)), (4, (0, 1)), (6, (1, 1))])
def test_the_transports_of_jsonrpcs(tmp_path: Path, transport: int, opened: tuple[int, int]) -> None:
    text = (
        f'modparam("jsonrpcs", "transport", {transport})\nmodparam("jsonrpcs", "fifo_name", "/tmp/f")\n'
        'modparam("jsonrpcs", "dgram_socket", "/tmp/d")\n'
    )
    control = read(tmp_path, text).control
    assert (len(control.jsonrpc_fifo), len(control.jsonrpc_datagram)) == opened


def test_tables_limits_and_tags_of_modules(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        'modparam("htable", "htable", "calls=>size=8;autoexpire=60;initval=0;updateexpire=0;")\n'
        'modparam("pike", "sampling_time_unit", 5)\nmodparam("rr", "append_fromtag", 0)\n',
    )
    assert config.kamailio is not None
    table = config.kamailio.modules.tables["calls"]
    assert (table.expire, table.initial, table.renew) == (60, 0, False)
    assert (config.kamailio.modules.flooding.unit, config.kamailio.from_tags) == (5, False)


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ('"tm", "remap_503_500", 3', "tm.remap_503_500: found 3; allowed:"),
        ('"rr", "add_username", 1', "rr.add_username: found 1; allowed: 0; a parameter by add_rr_param() is the nearest"),
        ('"acc", "cdr_enable", 1', "acc.cdr_enable: found 1; allowed: 0: transactions are accounted, not dialogs"),
        ('"htable", "htable", "a=>dbmode=1"', "htable.htable: a: dbmode is not there; allowed: a table in memory"),
        ('"htable", "htable", "a=>siez=4"', "htable.htable: a: siez is unknown; allowed: size"),
        ('"htable", "htable", "a=>size=big"', "htable.htable: a: size is 'big'; allowed: a number"),
        ('"htable", "htable", "a"', "htable.htable: found a; allowed: NAME=>size=8"),
        ('"pike", "reqs_density_per_unit", "many"', 'pike.reqs_density_per_unit: found "many"; allowed: a number'),
        ('"permissions", "address_file", "none.list"', "none.list: cannot be read: No such file"),
        ('"permissions", "peer_tag_avp", "tag"', "permissions.peer_tag_avp: "),
        ('"permissions", "db_url", "oracle://x"', "permissions.db_url: found a URL of oracle://; allowed:"),
        ('"tm", "fr_timer", "soon"', 'tm.fr_timer: found "soon"; allowed: a number of milliseconds'),
        ('"ctl", "binrpc", "tcp:192.0.2.1:1"', "ctl.binrpc: found"),
        ('"maxfwd", "max_limit", "many"', 'maxfwd.max_limit: found "many"; allowed: a number'),
        ('"tm", "fr_inv_timer_avp", "$avp(x)"', "tm.fr_inv_timer_avp: found $avp(x); allowed: none; the nearest is t_set_fr()"),
        ('"rtimer", "timer", "interval=3"', "rtimer.timer: found interval=3; allowed: name=NAME;interval=SECONDS"),
        ('"rtimer", "exec", "timer=a;route=B"', "rtimer.exec: found timer=a;route=B; allowed: timer=NAME;route=NAME, of timers"),
        ('"tls", "config", "/none/tls.cfg"', "tls.config: /none/tls.cfg: cannot be read: No such file"),
    ],
)
def test_what_would_change_behaviour_and_is_not_there_is_an_error(tmp_path: Path, parameter: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, f"\nmodparam({parameter})\n")
    assert str(caught.value).startswith(f"{tmp_path}/kamailio.cfg:2: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("file", sorted((Path(__file__).parents[2] / "conf").glob("*.cfg")), ids=lambda file: file.name)
def test_the_shipped_scripts_are_correct(file: Path) -> None:
    config = load_config("", str(file))
    assert config.sip.listen == (Address("127.0.0.1", 5060),)
    assert config.dispatcher.list_file == "/etc/kamailio/dispatcher.list"


def test_no_module_has_a_parameter_without_effect_that_has_one(tmp_path: Path) -> None:
    parameters = ModuleParameters({}, str(tmp_path), readers_of("/"), lambda *told: None)
    both = {module: sorted(names & parameters.names(module)) for module, names in KNOWN.items()}
    assert {module: names for module, names in both.items() if names} == {}


def test_a_timer_needs_its_route(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"kamailio.cfg:2: rtimer.exec: there is no route\[B\]; there is: none"):
        read(tmp_path, 'modparam("rtimer", "timer", "name=a;interval=3")\nmodparam("rtimer", "exec", "timer=a;route=B")\n')
