"""Which of its two builds runs: what every message passes is compiled where there was a compiler, else plain Python."""

from __future__ import annotations

import sys
from importlib.machinery import ExtensionFileLoader

from txdispatcher import __version__
from txdispatcher.sip import message


def running_build() -> str:
    """Name, version, Python and build: ``txdispatcher 0.1.0 (Python 3.11.2, compiled)``, or ``…, pure Python)``.

    It begins the log's first line and is what core.version answers. One module stands for all: none is compiled alone.
    """
    spec = message.__spec__
    compiled = spec is not None and isinstance(spec.loader, ExtensionFileLoader)
    return f"txdispatcher {__version__} (Python {sys.version.split()[0]}, {'compiled' if compiled else 'pure Python'})"
