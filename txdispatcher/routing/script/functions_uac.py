"""Functions of the module uac: From and To with other URIs."""

from __future__ import annotations

from txdispatcher.routing.script.identities import FROM, TO, remember, replace, restore
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import REQUEST, function

TRUE, FALSE = 1, -1
#: Where the second argument is left out.
_ONE = b"\0"


@function("uac", (REQUEST,))
def uac_replace_from(run: Run, display: bytes, uri: bytes = _ONE) -> int:
    """Give From another display name and another URI, or with one argument another URI; what is empty stays, or is left out.

    With `restore_mode` "auto" the caller goes on seeing its own, in responses, and, where record_route() is called, inside the
    dialog. False where From is changed already.
    """
    return _replace(run, FROM, display, uri, run.shared.modules.settings.uac.rr_from_store_param)


@function("uac", (REQUEST,))
def uac_replace_to(run: Run, display: bytes, uri: bytes = _ONE) -> int:
    """The same with To."""
    return _replace(run, TO, display, uri, run.shared.modules.settings.uac.rr_to_store_param)


@function("uac", (REQUEST,))
def uac_restore_from(run: Run) -> int:
    """Inside a dialog whose From was replaced: what the other side knows. With `restore_mode` "auto" loose_route() does it."""
    return TRUE if restore(run, FROM) else FALSE


@function("uac", (REQUEST,))
def uac_restore_to(run: Run) -> int:
    """The same with To."""
    return TRUE if restore(run, TO) else FALSE


def _replace(run: Run, name: bytes, display: bytes, uri: bytes, param: str) -> int:
    only = uri == _ONE
    wanted = display if only else uri
    old = replace(run, name, None if only else display, wanted)
    if not old:
        return FALSE
    if wanted and run.shared.modules.settings.uac.restore_mode != "none" and not run.context.to_tag:
        remember(run, param, old, wanted)
    return TRUE
