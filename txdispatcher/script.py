"""What a routing script in Python imports: the decorators, the request, and what may be awaited. See docs/python-scripts.md."""

from __future__ import annotations

from txdispatcher.routing.python.request import Request
from txdispatcher.routing.python.routes import branch_route, event_route, failure_route, reply_route, request_route
from txdispatcher.routing.python.waiting import in_thread, sleep

__all__ = ["Request", "branch_route", "event_route", "failure_route", "in_thread", "reply_route", "request_route", "sleep"]
