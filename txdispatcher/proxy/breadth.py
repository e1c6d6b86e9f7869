"""Max-Breadth: how many branches a request may be on at once, wherever it is forked (RFC 5393 5).

It is divided among branches that are sent at the same time, and given to each in turn where they are tried one after the other.
So nothing is to be done where there is one branch, which is the usual case: the field passes as it came, and where there is none,
the next proxy that forks takes MOST, as we do.
"""

from __future__ import annotations

from txdispatcher.sip.edit import Edit
from txdispatcher.sip.message import Request

import txdispatcher.sip.octets as octets  # isort: skip  # C functions in the compiled build: see octets.pxd

#: What a request may have at the most, and what one without the field has (5.3.3).
MOST = 60

_NAME = b"max-breadth"


def shares(request: Request, branches: int) -> list[int]:
    """What each of several branches gets, together what the request has; none where it has less than one for each."""
    breadth = breadth_of(request)
    return divided(breadth, branches) if breadth >= branches else []


def breadth_of(request: Request) -> int:
    """On how many branches the request may be."""
    breadth = MOST
    for start, end in request.named(_NAME):
        given = octets.number(request.data, start, end)
        if given >= 0:
            breadth = min(breadth, given)
    return breadth


def divided(breadth: int, branches: int) -> list[int]:
    """What each of `branches` gets: of `breadth`, for which there is 1 at the least; only the first ones where there are more."""
    branches = min(branches, max(breadth, 1))
    share, more = divmod(max(breadth, 1), branches)
    return [share + 1] * more + [share] * (branches - more)


def breadth_edits(request: Request, share: int) -> list[Edit]:
    """How the field becomes `share`; nothing where it is not there."""
    return [(start, end, b"%d" % share) for start, end in request.named(_NAME)]
