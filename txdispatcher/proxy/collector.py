"""The garbage collector, and what it need not look at.

A full collection walks over everything that it knows, and nothing else happens meanwhile: with 100,000 transactions that is a
tenth of a second. A transaction takes its own cycle (server and client name each other) apart when it ends.
"""

from __future__ import annotations


def untrack(thing: object) -> None:
    """Take `thing` out of the collector's sight: it must not be part of a cycle that only the collector would find.

    In the compiled build (see the .pxd). Plain Python cannot: there the collector looks at everything.
    """
