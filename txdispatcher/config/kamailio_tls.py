"""The file of Kamailio's tls.config: sections of ``name = value`` -> what [tls] of the TOML file would say.

``[server:default]`` has our certificate and what we ask of callers, ``[client:default]`` whether gateways must show one,
``[server:ADDRESS:PORT]`` what one listener has otherwise.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Any

from txdispatcher.errors import LoadError

#: Those of TLS 1.2 and what is newer.
METHODS = frozenset(("SSLv23", "TLS", "TLSv1+", "TLSv1.1+", "TLSv1.2+"))
_IGNORED = frozenset(["verify_depth", "cipher_list", "server_name", "server_name_mode", "server_id", "verify_client_mode"])
_KNOWN = ("certificate", "private_key", "ca_list", "method", "verify_certificate", "require_certificate", *sorted(_IGNORED))
_SECTION = re.compile(r"\[\s*(server|client)\s*:\s*(default|any|(?:\[[^\]]+\]|[^\s:\]]+):\d+)\s*\]")
_WORDS = {"yes": True, "on": True, "1": True, "true": True, "no": False, "off": False, "0": False, "false": False}


@dataclass(slots=True)
class _Section:
    values: dict[str, str] = field(default_factory=dict)
    switches: dict[str, bool] = field(default_factory=dict)


def read_tls(file: str) -> tuple[dict[str, Any], list[str]]:
    """What [tls] would say, and a line for each key without effect. Raises LoadError, which names the line."""
    try:
        with open(file, encoding="utf-8") as opened:
            lines = opened.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LoadError(file, 0, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    sections: dict[str, _Section] = {}
    ignored: list[str] = []
    current: _Section | None = None
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        if text.startswith("["):
            current = sections.setdefault(_named(file, number, text), _Section())
        elif current is None or "=" not in text:
            raise LoadError(file, number, f"found {text!r}; allowed: [server:default], [client:default], then name = value")
        elif _take(current, file, number, *(part.strip() for part in text.split("=", 1))):
            ignored.append(f"{file}:{number}: {text}: ignored")
    return _document(sections, os.path.dirname(os.path.abspath(file))), ignored


def _named(file: str, number: int, text: str) -> str:
    found = _SECTION.fullmatch(text)
    if found is None or (found[1] == "client" and found[2] != "default") or found[2] == "any":
        allowed = "[server:default], [client:default], [server:ADDRESS:PORT]"
        raise LoadError(file, number, f"found {text}; allowed: {allowed}")
    return f"{found[1]}:{found[2]}"


def _take(section: _Section, file: str, number: int, name: str, given: str) -> bool:
    """Take a line in. True where it has no effect here."""
    given = given.strip("\"'")
    if name in ("verify_certificate", "require_certificate"):
        if given.lower() not in _WORDS:
            raise LoadError(file, number, f"{name}: found {given}; allowed: yes, no")
        section.switches[name] = _WORDS[given.lower()]
    elif name in ("certificate", "private_key", "ca_list"):
        section.values[name] = given
    elif name == "method":
        if given not in METHODS:
            raise LoadError(file, number, f"method: found {given}; allowed: TLSv1.2+, which is what there is")
    elif name in _IGNORED:
        return True
    else:
        raise LoadError(file, number, f"{name}: is not there; known: {', '.join(_KNOWN)}")
    return False


def _document(sections: dict[str, _Section], base: str) -> dict[str, Any]:
    server, client = sections.get("server:default", _Section()), sections.get("client:default", _Section())
    made = _shown(server if "certificate" in server.values else client, base)
    authority = client.values.get("ca_list") or server.values.get("ca_list")
    if authority:
        made["ca"] = os.path.join(base, authority)
    made["verify"] = client.switches.get("verify_certificate", False)
    made["client_certificates"] = _asked(server)
    listeners = [
        {"listen": f"tls:{name.partition(':')[2]}", **_shown(section, base), "client_certificates": _asked(section)}
        | ({"ca": os.path.join(base, section.values["ca_list"])} if "ca_list" in section.values else {})
        for name, section in sections.items()
        if not name.endswith(":default")
    ]
    return made | ({"listener": listeners} if listeners else {})


def _shown(section: _Section, base: str) -> dict[str, Any]:
    found = {ours: section.values.get(theirs) for ours, theirs in (("certificate", "certificate"), ("key", "private_key"))}
    return {name: [os.path.join(base, given)] for name, given in found.items() if given}


def _asked(section: _Section) -> str:
    if section.switches.get("require_certificate"):
        return "required"
    return "optional" if section.switches.get("verify_certificate") else "none"
