"""When the calls that a script wants known begin, are answered and end, by what its routes decide and what comes of that."""

from __future__ import annotations

from collections.abc import Callable

from txdispatcher.proxy.context import Context
from txdispatcher.proxy.decision import Decision, Relay
from txdispatcher.routing.script.modules import Modules
from txdispatcher.routing.script.run import Run


class DialogWatch:
    """For the dialogs of `modules`. `enter` enters the event route of that name for a request, if there is one."""

    def __init__(self, modules: Modules, enter: Callable[[str, Context, float], None]) -> None:
        self._dialogs = modules.dialogs
        self._flag = modules.settings.dialog.dlg_flag
        self._enter = enter

    def decided(self, run: Run, decision: Decision) -> None:
        """A request route has ended so."""
        dialogs, call_id = self._dialogs, run.request.call_id
        if run.request.method == b"BYE":
            if dialogs.find(call_id, run.now) is not None:
                self._enter("dialog:end", run.context, run.now)
                dialogs.end(call_id)
        elif _begins(run):
            if self._flag >= 0 and run.flags & 1 << self._flag:
                dialogs.begin(call_id, run.now)
            if isinstance(decision, Relay):
                dialogs.relayed(call_id, run.now)
            else:
                dialogs.fail(call_id, run.now)

    def answered(self, run: Run, status: int, now: float) -> None:
        """The request has its final response."""
        dialogs, call_id = self._dialogs, run.request.call_id
        if not _begins(run):
            return
        if status < 300:
            if dialogs.confirm(call_id, now):
                self._enter("dialog:start", run.context, now)
        elif dialogs.find(call_id, now) is not None:
            self._enter("dialog:failed", run.context, now)
            dialogs.fail(call_id, now)


def _begins(run: Run) -> bool:
    """Whether it is the request that a call begins with."""
    return run.request.method == b"INVITE" and not run.context.to_tag
