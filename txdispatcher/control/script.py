"""The methods that read a routing script again."""

from __future__ import annotations

from collections.abc import Callable

from txdispatcher.control.table import Fault, Method
from txdispatcher.errors import DispatcherError


def script_methods(reload: Callable[[], str]) -> list[Method]:
    """The entries for the table. `reload` reads the script and gives its file, or changes nothing, logs why and raises
    DispatcherError.
    """

    def reload_script() -> str:
        try:
            return f"Ok. Script reloaded from {reload()}."
        except DispatcherError as error:
            raise Fault(500, str(error)) from None

    return [
        Method("script.reload", (), "Read the routing script again", reload_script, changes=True),
        *(
            Method(name, (), "The same, under the name that Kamailio has for Python scripts", reload_script, changes=True)
            for name in ("app_python.reload", "app_python3.reload")
        ),
    ]
