"""The method named tls.*: certificates and credentials."""

from __future__ import annotations

from collections.abc import Callable

from txdispatcher.control.table import Fault, Method
from txdispatcher.errors import DispatcherError


def tls_methods(reload: Callable[[], None]) -> list[Method]:
    """The entry for the table. `reload` reads each file anew, or leaves it, logs why and raises DispatcherError."""

    def reload_certificates() -> str:
        try:
            reload()
        except DispatcherError as error:
            raise Fault(500, str(error)) from None
        return "Ok. TLS configuration reloaded."

    return [
        Method("tls.reload", (), "Read certificates, and the credentials of [control], again", reload_certificates, changes=True)
    ]
