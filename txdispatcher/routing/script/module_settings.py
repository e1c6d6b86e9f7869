"""What modparams say to the functions of modules: a class for each module, each attribute a parameter under Kamailio's name."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Maxfwd:
    """`max_limit`: no request goes out with a greater Max-Forwards; 0 for no limit."""

    max_limit: int = 70


@dataclass(slots=True)
class Sanity:
    """The checks where sanity_check() is not told, whether it answers, and whether what fails ends the script."""

    default_checks: int = 3047
    uri_checks: int = 7
    noreply: int = 0
    autodrop: int = 0


@dataclass(slots=True)
class Siputils:
    """What options_reply() says of this server."""

    options_accept: str = "*/*"
    options_accept_encoding: str = ""
    options_accept_language: str = "en"
    options_support: str = ""


@dataclass(slots=True)
class Xlog:
    """`prefix` stands in front of every line; `methods_filter` has the bits of the methods that xlogm() prints for."""

    prefix: str = ""
    methods_filter: int = -1


@dataclass(slots=True)
class Pike:
    """`pike_log_level`: of the line that says who is blocked."""

    pike_log_level: int = 0


@dataclass(slots=True)
class Path:
    """Whether loose_route() looks at `received`, under which name and how it is written, and whether two Path are added."""

    use_received: int = 0
    received_format: int = 0
    received_name: str = "received"
    enable_r2: int = 0


@dataclass(slots=True)
class Nathelper:
    """`received_avp`: what fix_nated_register() writes to, ``$avp(name)``."""

    received_avp: str = ""


@dataclass(slots=True)
class Htable:
    """The database that tables with `dbtable` begin with, and its columns."""

    db_url: str = ""
    key_name_column: str = "key_name"
    key_type_column: str = "key_type"
    value_type_column: str = "value_type"
    key_value_column: str = "key_value"
    expires_column: str = "expires"
    array_size_suffix: str = "::size"
    db_expires: int = 0


@dataclass(slots=True)
class Permissions:
    """Where addresses and trusted sources stand: a file, which is named in full, or tables and their columns."""

    address_file: str = ""
    db_url: str = ""
    load_backends: int = 0xFFFF
    address_table: str = "address"
    grp_col: str = "grp"
    ip_addr_col: str = "ip_addr"
    mask_col: str = "mask"
    port_col: str = "port"
    tag_col: str = "tag"
    trusted_table: str = "trusted"
    source_col: str = "src_ip"
    proto_col: str = "proto"
    from_col: str = "from_pattern"
    ruri_col: str = "ruri_pattern"
    priority_col: str = "priority"


@dataclass(slots=True)
class Pipelimit:
    """What pl_drop() answers."""

    reply_code: int = 503
    reply_reason: str = "Server Unavailable"


@dataclass(slots=True)
class Xhttp:
    """Which URLs event_route[xhttp:request] is entered for, and which not: regular expressions."""

    url_match: str = ""
    url_skip: str = ""


@dataclass(slots=True)
class Cfgutils:
    """`initial_probability`, in per cent, is that of rand_event(); `initial_gflags` are the flags of all requests."""

    initial_probability: int = 10
    initial_gflags: int = 0


@dataclass(slots=True)
class Dialog:
    """`dlg_flag`: the flag by which an INVITE's call is known without dlg_manage(), -1 for none.

    `wanted`: the script loads the module.
    """

    dlg_flag: int = -1
    wanted: int = 0


@dataclass(slots=True)
class Uac:
    """Who puts From and To back (`none`, `manual`, `auto`), and the parameters of Record-Route for that.

    `used`: the script has changed one, so that responses are to be looked at. `wanted`: the script loads the module.
    """

    restore_mode: str = "auto"
    rr_from_store_param: str = "vsf"
    rr_to_store_param: str = "vst"
    used: int = 0
    wanted: int = 0


@dataclass(slots=True)
class Settings:
    """All of them, each under its module's name."""

    maxfwd: Maxfwd = field(default_factory=Maxfwd)
    sanity: Sanity = field(default_factory=Sanity)
    siputils: Siputils = field(default_factory=Siputils)
    xlog: Xlog = field(default_factory=Xlog)
    pike: Pike = field(default_factory=Pike)
    path: Path = field(default_factory=Path)
    nathelper: Nathelper = field(default_factory=Nathelper)
    pipelimit: Pipelimit = field(default_factory=Pipelimit)
    xhttp: Xhttp = field(default_factory=Xhttp)
    cfgutils: Cfgutils = field(default_factory=Cfgutils)
    uac: Uac = field(default_factory=Uac)
    dialog: Dialog = field(default_factory=Dialog)
    htable: Htable = field(default_factory=Htable)
    permissions: Permissions = field(default_factory=Permissions)
