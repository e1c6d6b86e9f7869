"""Which routes of a script are ever entered.

A route that nothing names is dead text: Kamailio loads it, and so may what is wrong in it be told without stopping the script.
Files that grew out of Kamailio's default one are full of such routes.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

from txdispatcher.routing.kamailio import nodes

#: What enters a route by its name, and of which kind.
_ENTERING = {
    "route": nodes.ROUTE,
    "route_if_exists": nodes.ROUTE,
    "t_on_failure": nodes.FAILURE,
    "t_on_reply": nodes.REPLY,
    "t_on_branch": nodes.BRANCH,
    "t_on_branch_failure": nodes.EVENT,
}
#: What is entered without being named: those without a name, and the event routes.
_BY_ITSELF = (nodes.REQUEST, nodes.EVENT, nodes.SEND)


def entered(script: nodes.Script) -> tuple[nodes.Route, ...]:
    """The routes of `script` that may be entered, in its order.

    Where a name is put together at run time, every route of its kind may be. A parameter may name one (``timer=a;route=B``).
    """
    words = {word for each in script.modparams for word in re.split(r"[\s;=,]+", str(each.value))}
    waiting = [each for each in script.routes if each.kind in _BY_ITSELF or not each.name or each.name in words]
    found: set[int] = set()
    while waiting:
        route = waiting.pop()
        if id(route) in found:
            continue
        found.add(id(route))
        for kind, name in _names(route.body):
            waiting += [each for each in script.routes if each.kind == kind and (name is None or each.name == name)]
    return tuple(each for each in script.routes if id(each) in found)


def _names(node: Any) -> Iterator[tuple[str, str | None]]:
    """Each (kind, name) of a route that `node` enters; the name None where it is put together at run time."""
    if isinstance(node, tuple):
        for each in node:
            yield from _names(each)
        return
    if not dataclasses.is_dataclass(node):
        return
    if isinstance(node, nodes.Call) and node.name in _ENTERING and node.arguments:
        yield _ENTERING[node.name], _constant(node.arguments[0])
    for field in dataclasses.fields(node):
        yield from _names(getattr(node, field.name))


def _constant(node: nodes.Expression) -> str | None:
    if isinstance(node, nodes.Word):
        return node.text
    if isinstance(node, nodes.Literal) and "$" not in str(node.value):
        return str(node.value)
    return None
