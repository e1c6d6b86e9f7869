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
class Settings:
    """All of them, each under its module's name."""

    maxfwd: Maxfwd = field(default_factory=Maxfwd)
    sanity: Sanity = field(default_factory=Sanity)
    siputils: Siputils = field(default_factory=Siputils)
    xlog: Xlog = field(default_factory=Xlog)
    pike: Pike = field(default_factory=Pike)
    path: Path = field(default_factory=Path)
    nathelper: Nathelper = field(default_factory=Nathelper)
