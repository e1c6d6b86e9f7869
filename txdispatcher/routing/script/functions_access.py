"""Functions of the modules permissions and pike: who may call, and how often."""

from __future__ import annotations

from txdispatcher.errors import ScriptFault
from txdispatcher.routing.message_variables import READERS
from txdispatcher.routing.script.addresses import Addresses, Entry, Trusted
from txdispatcher.routing.script.flooding import NEWLY_BLOCKED
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import REPLY, REQUEST, REQUESTS, function
from txdispatcher.routing.values import as_bytes
from txdispatcher.routing.variables import variables_of

TRUE, FALSE = 1, -1


@function("permissions", REQUESTS)
def allow_source_address(run: Run, group: int = 1) -> int:
    """Whether the source's address and port are in the group."""
    return _found(run, _addresses(run).find(group, *run.context.source))


@function("permissions", REQUESTS)
def allow_address(run: Run, group: int, address: bytes, port: int) -> int:
    """Whether the address and port are in the group."""
    return _found(run, _addresses(run).find(group, address.decode("ascii", "replace"), port))


@function("permissions", REQUESTS)
def allow_source_address_group(run: Run) -> int:
    """The lowest group that has the source's address and port; false where none has."""
    return _group(run, _addresses(run).group_of(*run.context.source))


@function("permissions")
def allow_address_group(run: Run, address: bytes, port: int) -> int:
    """The lowest group that has the address and port; false where none has."""
    return _group(run, _addresses(run).group_of(address.decode("ascii", "replace"), port))


@function("permissions", REQUESTS)
def allow_trusted(run: Run, address: bytes = b"", proto: bytes = b"", caller: bytes = b"") -> int:
    """Whether a row of the table of trusted sources allows the request, or another address, transport and From URI."""
    context = run.context
    source = address.decode("ascii", "replace") or context.source[0].partition("%")[0]
    transport = proto.decode("ascii", "replace").lower() or context.listener.transport
    uri = caller or as_bytes(READERS["fu"](context))
    for each in run.shared.modules.trusted:
        if each.matches(source, transport, uri, context.uri_bytes):
            return _found(run, each)
    return FALSE


@function("pike", (REQUEST, REPLY))
def pike_check_req(run: Run) -> int:
    """Whether the source has not sent too much: -1 where it has, -2 the first time."""
    return _check(run, run.context.source[0])


@function("pike", (REQUEST, REPLY))
def pike_check_ip(run: Run, address: bytes) -> int:
    """The same for another address, whose count this is."""
    return _check(run, address.decode("ascii", "replace"))


def _check(run: Run, address: str) -> int:
    found = run.shared.modules.flooding.check(address, run.now)
    if found == NEWLY_BLOCKED:
        run.shared.log(run.shared.modules.settings.pike.pike_log_level, f"pike: {address} sends too much: blocked")
    return found


def _addresses(run: Run) -> Addresses:
    found = run.shared.modules.addresses
    if found is None:
        raise ScriptFault('there are no addresses; modparam("permissions", "address_file", FILE) names them, or db_url')
    return found


def _found(run: Run, entry: Entry | Trusted | None) -> int:
    if entry is None:
        return FALSE
    avp = run.shared.modules.tag_avp
    if avp is not None and entry.tag:
        variables_of(run.context).push_avp(avp, entry.tag.encode())
    return TRUE


def _group(run: Run, entry: Entry | None) -> int:
    # Group 0 cannot be told: it would end the script.
    return entry.group or TRUE if entry is not None and _found(run, entry) else FALSE
