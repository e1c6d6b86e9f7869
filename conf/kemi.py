"""A routing script for Kamailio's Python interface, KEMI: this server and Kamailio 5.6 run it as it is.

kemi.cfg names it, with what it needs. docs/python-scripts.md says what there is of KEMI.
"""

import KSR as KSR

#: The set of gateways, and the algorithm: round-robin.
GATEWAYS, ROUND_ROBIN = 1, 4


def mod_init():
    return Routes()


class Routes:
    def child_init(self, rank):
        return 0

    def ksr_request_route(self, msg):
        if KSR.maxfwd.process_maxfwd(10) < 0:
            KSR.sl.sl_send_reply(483, "Too Many Hops")
            return 1
        if KSR.is_method_in("O") and KSR.is_myself_ruri():
            KSR.sl.sl_send_reply(200, "Keepalive")
            return 1
        if KSR.is_CANCEL():
            if KSR.tm.t_check_trans() > 0:
                KSR.tm.t_relay()
            return 1
        if KSR.siputils.has_totag() > 0:
            return self.within_dialog()
        if not KSR.is_method_in("IM"):
            KSR.sl.sl_send_reply(404, "Not Here")
            return 1
        if KSR.corex.has_ruri_user() < 0:
            KSR.sl.sl_send_reply(484, "Address Incomplete")
            return 1
        return self.dispatch()

    def within_dialog(self):
        """What follows a call's first request goes where Record-Route says."""
        if KSR.rr.loose_route() > 0 or (KSR.is_ACK() and KSR.tm.t_check_trans() > 0):
            KSR.tm.t_relay()
        elif not KSR.is_ACK():
            KSR.sl.sl_send_reply(404, "Not Here")
        return 1

    def dispatch(self):
        KSR.rr.record_route()
        if KSR.dispatcher.ds_select_dst(GATEWAYS, ROUND_ROBIN) < 0:
            KSR.sl.send_reply(404, "No Gateway")
            return 1
        # How many calls of late, for the gateway to see.
        caller = KSR.kx.get_srcip()
        calls = (KSR.htable.sht_get("callers", caller) or 0) + 1
        KSR.htable.sht_seti("callers", caller, calls)
        KSR.hdr.append(f"X-Calls: {calls}\r\n")
        KSR.tm.t_on_failure("ksr_next_gateway")
        if KSR.tm.t_relay() < 0:
            KSR.sl.sl_reply_error()
        return 1

    def ksr_next_gateway(self, msg):
        """Nothing came back at all, or a server error: the next gateway."""
        if KSR.tm.t_is_canceled() > 0:
            return 1
        silent = KSR.tm.t_branch_timeout() > 0 and KSR.tm.t_branch_replied() < 0
        if (silent or KSR.tm.t_check_status("50[0-4]") > 0) and KSR.dispatcher.ds_next_dst() > 0:
            KSR.tm.t_on_failure("ksr_next_gateway")
            KSR.tm.t_relay()
        return 1

    def ksr_reply_route(self, msg):
        """Every response to a request that was relayed."""
        return 1

    def ksr_onsend_route(self, msg):
        """Nothing enters it here; Kamailio 5.6 asks for it, and for the one above, with every message."""
        return 1

    def ksr_dispatcher_event(self, msg, evname):
        KSR.warn(f"{evname}: {KSR.pv.get('$ru')}\n")
        return 1
