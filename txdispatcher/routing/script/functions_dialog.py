"""Functions of the module dialog. The variables $dlg_var, $DLG_count, … are in `table_variables` and `run_variables`."""

from __future__ import annotations

from collections.abc import Callable

from txdispatcher.errors import ScriptFault
from txdispatcher.routing.script.dialogs import Dialog, Dialogs
from txdispatcher.routing.script.functions_core import bit
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import ANY, REQUEST, Readable, Variable, function
from txdispatcher.routing.values import as_bytes
from txdispatcher.routing.variables import noted

TRUE, FALSE = 1, -1
#: What variables of the call are noted under that were written before dlg_manage().
WAITING = "dlg_var"


@function("dialog", (REQUEST,))
def dlg_manage(run: Run) -> int:
    """Know the call from now on, from its INVITE to its BYE. Inside a dialog: whether the call is known."""
    if not run.shared.modules.settings.dialog.wanted:
        raise ScriptFault('calls are not known without loadmodule "dialog.so" in a Kamailio configuration file')
    if run.request.method == b"INVITE" and not run.context.to_tag:
        dialog = _dialogs(run).begin(run.request.call_id, run.now)
        waiting = noted(run.context, WAITING)
        if isinstance(waiting, dict):
            dialog.variables.update(waiting)
        return TRUE
    return is_known_dlg(run)


@function("dialog")
def is_known_dlg(run: Run) -> int:
    """Whether the call is known."""
    return TRUE if dialog_of(run) is not None else FALSE


@function("dialog")
def dlg_setflag(run: Run, flag: int) -> int:
    """Set a flag of the call."""
    return _flagged(run, lambda bits: bits | bit(flag))


@function("dialog")
def dlg_resetflag(run: Run, flag: int) -> int:
    """Take it back."""
    return _flagged(run, lambda bits: bits & ~bit(flag))


@function("dialog")
def dlg_isflagset(run: Run, flag: int) -> int:
    """Whether it is set."""
    dialog = dialog_of(run)
    return TRUE if dialog is not None and dialog.flags & bit(flag) else FALSE


@function("dialog")
def dlg_set_timeout(run: Run, seconds: int) -> int:
    """Let the call be known for so many seconds from now. Nobody is sent a BYE when they are over."""
    dialog = dialog_of(run)
    if dialog is None or seconds <= 0:
        return FALSE
    dialog.until = run.now + seconds
    return TRUE


@function("dialog")
def set_dlg_profile(run: Run, profile: bytes, value: bytes = b"") -> int:
    """Count the call in a profile, with the value that `profiles_with_value` asks for."""
    dialog, name = dialog_of(run), profile.decode("utf-8", "replace")
    if dialog is None or _dialogs(run).lacks_value(name, value):
        return FALSE
    _dialogs(run).join(dialog, name, value)
    return TRUE


@function("dialog")
def unset_dlg_profile(run: Run, profile: bytes, value: bytes = b"") -> int:
    """Count it there no more. False where it was not."""
    dialog = dialog_of(run)
    return TRUE if dialog is not None and _dialogs(run).leave(dialog, profile.decode("utf-8", "replace"), value) else FALSE


@function("dialog")
def is_in_profile(run: Run, profile: bytes, value: bytes = b"") -> int:
    """Whether the call is counted there."""
    dialog = dialog_of(run)
    return TRUE if dialog is not None and _dialogs(run).is_in(dialog, profile.decode("utf-8", "replace"), value) else FALSE


@function("dialog", ANY)
def get_profile_size(run: Run, profile: bytes, value: Readable, size: Variable | None = None) -> int:
    """Write to the last variable how many calls are counted in a profile, with that value where it has values."""
    wanted = b"" if size is None else as_bytes(value.read())
    name = profile.decode("utf-8", "replace")
    if _dialogs(run).lacks_value(name, wanted):
        return FALSE
    (size or value).write(_dialogs(run).size(name, wanted))
    return TRUE


def dialog_of(run: Run) -> Dialog | None:
    """The call that the message at hand is of, if it is known."""
    return _dialogs(run).find(run.request.call_id, run.now)


def _dialogs(run: Run) -> Dialogs:
    return run.shared.modules.dialogs


def _flagged(run: Run, change: Callable[[int], int]) -> int:
    dialog = dialog_of(run)
    if dialog is None:
        return FALSE
    dialog.flags = change(dialog.flags)
    return TRUE
