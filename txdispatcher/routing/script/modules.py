"""What the functions of Kamailio's modules keep from one request to the next: one of each for a script."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Modules:
    """See the class of each."""
