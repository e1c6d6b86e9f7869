"""A routing script: `[route] script = "route.py"`. It does what sample configurations of Kamailio's dispatcher do.

docs/python-scripts.md says what there is; tests/test_samples.py shows how a script is tested without a network.
"""

from txdispatcher.script import Request, event_route, failure_route, request_route

#: The set of gateways, and the algorithm: round-robin.
GATEWAYS, ROUND_ROBIN = 1, 4


@request_route
def route(request: Request) -> None:
    if not request.mf_process_maxfwd_header(10):
        request.sl_send_reply(483, "Too Many Hops")
        return
    if request.has_totag():
        within_dialog(request)
        return
    if request.method in ("REGISTER", "PUBLISH", "SUBSCRIBE"):
        request.sl_send_reply(404, "Not here")
        return
    if not request["$rU"]:
        request.sl_send_reply(484, "Address Incomplete")
        return
    request.record_route()
    if request.ds_select_dst(GATEWAYS, ROUND_ROBIN):
        request.t_on_failure(next_gateway)
        request.t_relay()
    else:
        request.sl_send_reply(404, "No destination")


def within_dialog(request: Request) -> None:
    """What follows a call's first request goes where Record-Route says; anything else is not ours."""
    if request.loose_route():
        request.t_relay()
    elif request.method != "ACK":
        request.sl_send_reply(404, "Not here")


@failure_route
def next_gateway(request: Request) -> None:
    # Nothing came back at all, or a server error. Where gateways are pinged, ds_mark_dst("tp") would count it.
    if (not request.t_branch_replied() or request.t_check_status("50[0-4]")) and request.ds_next_dst():
        request.t_on_failure(next_gateway)
        request.t_relay()


@event_route("dispatcher:dst-down")
def gateway_down(request: Request) -> None:
    request.xwarn("gateway $ru is down\n")
