"""app_python3 in a Kamailio configuration file: its script, and whether that decides about requests."""

from __future__ import annotations

import os
from collections.abc import Callable

from txdispatcher.errors import ScriptError
from txdispatcher.routing.kamailio import nodes
from txdispatcher.routing.python.loading import AppPython, load_script
from txdispatcher.routing.python.script import PythonScript

#: The module, its forerunner for Python 2 with the same parameters, and the one whose routes are functions of the script.
MODULES = ("app_python3", "app_python", "app_python3s")
_BARE = "app_python3s"
#: What `cfgengine` may name: routes of the file itself, by two names, or methods of the Python script.
NATIVE, PYTHON = ("native", "default"), "python"

#: Told (place of the parameter, its name, why).
Told = Callable[[nodes.Modparam, str, str], None]


class PythonParameters:
    """The parameters read so far. `base` is the folder that a relative path is in; what is wrong goes to `refuse`."""

    def __init__(self, base: str, refuse: Told) -> None:
        self._base = base
        self._refuse = refuse
        self._names = {"mod_init_function": "mod_init", "child_init_method": "child_init"}
        self._load: nodes.Modparam | None = None
        self._bare = False
        #: The method that events of the dispatcher enter: its `event_callback`.
        self.event = ""

    def take(self, each: nodes.Modparam, module: str) -> bool:
        """Take a parameter of the module in, and the dispatcher's that names a method. False where it is none of these."""
        if module == "dispatcher" and each.name == "event_callback" and ":" not in str(each.value):
            self.event = str(each.value)
        elif module not in MODULES:
            return False
        elif each.name in ("load", "script_name"):
            self._load = each
            self._bare = module == _BARE
        elif each.name in self._names:
            self._names[each.name] = str(each.value)
        else:
            self._refuse(each, f"{module}.{each.name}", f"is not there; known: load, script_name, {', '.join(self._names)}")
        return True

    def load(self, engine: nodes.Setting | None) -> PythonScript | None:
        """The script, None without one. `engine` is the setting that gives it the requests. Raises ScriptError."""
        load = self._load
        if load is not None:
            names = self._names
            routes = engine is not None
            app = AppPython(names["mod_init_function"], names["child_init_method"], self.event, routes, self._bare)
            try:
                return load_script(os.path.join(self._base, str(load.value)), app)
            except ScriptError as error:
                if error.line:
                    raise
                raise ScriptError(load.place.file, load.place.line, f"app_python3.{load.name}: {error}") from None
        if engine is not None:
            place = engine.place
            raise ScriptError(
                place.file, place.line, 'cfgengine: there is no script; allowed: modparam("app_python3", "load", "FILE.py")'
            )
        return None
