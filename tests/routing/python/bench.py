"""A bench for scripts of a few lines."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

from txdispatcher.testing import Bench

SETS = {1: ["sip:198.51.100.1:5060", "sip:198.51.100.2:5060", "sip:198.51.100.3:5060"]}

_HEAD = "from txdispatcher.script import *\nimport time\n"
_KEMI = """\
import sys
import KSR as KSR
def mod_init():
    return Routes()
class Routes:
    def ksr_request_route(self, msg):
"""


def native(folder: Path, text: str, *, faults: bool = False) -> Bench:
    """A bench with the script `text`; where there is no decorator in it, it is the body of the request route."""
    text = dedent(text).strip()
    if not any(line.startswith("@") for line in text.splitlines()):
        text = "@request_route\ndef route(r):\n" + indent(text, "    ")
    return _bench(folder, _HEAD + text, faults)


def kemi(folder: Path, text: str, *, faults: bool = False) -> Bench:
    """A bench with the body of ksr_request_route, and what methods stand behind it."""
    return _bench(folder, _KEMI + indent(dedent(text).strip(), " " * 8), faults)


def kemi_class(folder: Path, text: str, *, faults: bool = False) -> Bench:
    """A bench with the body of the class whose methods are the routes."""
    head = _KEMI[: _KEMI.index("    def ksr_request_route")]
    return _bench(folder, head + indent(dedent(text).strip(), " " * 4), faults)


def _bench(folder: Path, text: str, faults: bool) -> Bench:
    file = folder / "route.py"
    file.write_text(text + "\n")
    return Bench(file, SETS, faults=faults)
