"""Functions of Kamailio's modules that are not there: of which module each is, and what is the nearest here."""

from __future__ import annotations

_REGISTRATIONS = "there are no registrations here; a REGISTER can be sent on to registrars by ds_select_dst()"
_MEDIA = "media do not pass here; where a gateway cannot do it, leave its calls out"
_CREDENTIALS = "credentials are not looked at here; permissions' allow_source_address() and ds_is_from_list() say who calls"
_DIALOGS = "calls are known, but nothing is sent in one of our own; dlg_manage(), $dlg_var(name) and profiles are the nearest"
_PYTHON = "a Python script is the nearest"
_TRUNKS = "ds_select_dst() and ds_next_dst() are the nearest"
_HIDING = "topology hiding is not there; textops can change headers"

#: What is the nearest, with the modules that it is nearest to and the functions of each.
_NEAREST: dict[str, dict[str, str]] = {
    _REGISTRATIONS: {
        "registrar": """save lookup lookup_branches lookup_to_dset registered unregister reg_fetch_contacts reg_send_reply
        add_sock_hdr""",
        "usrloc": "ul_rm ul_query",
        "pua": "pua_set_publish pua_update_contact",
    },
    _MEDIA: {
        "rtpengine": """rtpengine_offer rtpengine_answer rtpengine_delete rtpengine_manage rtpengine_info rtpengine_query
        rtpengine_query_v set_rtpengine_set start_recording stop_recording block_dtmf unblock_dtmf block_media unblock_media
        silence_media unsilence_media start_forwarding stop_forwarding play_media stop_media play_dtmf""",
        "rtpproxy": """rtpproxy_offer rtpproxy_answer rtpproxy_manage rtpproxy_destroy unforce_rtp_proxy force_rtp_proxy
        set_rtp_proxy_set rtpproxy_stream2uac rtpproxy_stream2uas rtpproxy_stop_stream2uac rtpproxy_stop_stream2uas""",
        "mediaproxy": "use_media_proxy end_media_session engage_media_proxy",
        "sdpops": """sdp_keep_codecs_by_id sdp_keep_codecs_by_name sdp_print sdp_remove_codecs_by_id sdp_remove_codecs_by_name
        sdp_remove_line_by_prefix sdp_remove_media sdp_remove_transport""",
    },
    _CREDENTIALS: {
        "auth": """auth_challenge auth_get_www_authenticate consume_credentials has_credentials proxy_challenge pv_auth_check
        pv_proxy_authenticate pv_www_authenticate www_challenge""",
        "auth_db": "auth_check is_subscriber proxy_authenticate proxy_authorize www_authenticate www_authorize",
        "auth_ephemeral": "autheph_check autheph_proxy autheph_www autheph_authenticate",
        "group": "is_user_in get_user_group",
    },
    _DIALOGS: {
        "dialog": """dlg_bridge dlg_bye dlg_get dlg_refer dlg_remote_profile dlg_reset_property dlg_set_property dlg_set_ruri
        dlg_set_timeout_by_profile dlg_set_state dlg_db_load_callid dlg_db_load_extra"""
    },
    _PYTHON: {
        "sqlops": "sql_query sql_xquery sql_pvquery sql_query_async sql_result_free",
        "http_client": """http_client_query http_client_get http_connect http_connect_raw http_get_content_type http_get_redirect
        http_client_request""",
        "http_async_client": "http_async_query",
        "utils": "http_query",
        "exec": "exec_msg exec_avp exec_dset exec_cmd",
        "jansson": "jansson_get jansson_get_field jansson_set jansson_append jansson_array_size jansson_xdecode jansson_xencode",
        "json": "json_get_field json_get_string",
        "ndb_redis": "redis_cmd redis_execute redis_free",
        "app_lua": "lua_run lua_runstring lua_dofile lua_dostring",
        "app_jsdt": "jsdt_run",
        "avpops": "avp_db_load avp_db_store avp_db_delete avp_db_query",
        "kazoo": "kazoo_query kazoo_publish kazoo_subscribe kazoo_json kazoo_encode",
        "rabbitmq": "rabbitmq_publish rabbitmq_publish_consume",
        "evapi": "evapi_relay evapi_async_relay evapi_multicast evapi_unicast",
    },
    "assignments to $avp(name) are the nearest": {
        "avpops": "avp_check avp_copy avp_delete avp_op avp_print avp_printf avp_pushto avp_subst avp_subst_pv is_avp_set"
    },
    _TRUNKS: {
        "lcr": "load_gws next_gw from_gw from_any_gw to_gw to_any_gw inactivate_gw defunct_gw",
        "drouting": "do_routing next_routing use_next_gw goes_to_gw is_from_gw",
        "carrierroute": "cr_route cr_next_domain cr_nofallback_route cr_user_carrier",
        "prefix_route": "prefix_route",
    },
    _HIDING: {"topos": "tps_set_context", "topoh": "topoh_mask topoh_unmask"},
    "acc and xlog() are the nearest": {
        "siptrace": "sip_trace sip_trace_mode hlog",
        "sipdump": "sipdump_send",
        "sipcapture": "sip_capture",
    },
    "challenges are passed on to the caller, who answers them": {
        "uac": "uac_auth uac_auth_mode uac_req_send uac_reg_lookup uac_reg_lookup_uri uac_reg_status uac_reg_request_to"
    },
    "browsers call by a listener of their own: listen=wss:…, docs/callers.md": {"websocket": "ws_handle_handshake ws_close"},
    "jsonrpcs is the nearest": {"xmlrpc": "dispatch_rpc xmlrpc_reply", "xhttp_rpc": "dispatch_xhttp_rpc"},
    "stats.get_statistics has what this server counts: docs/control-api.md": {
        "xhttp_prom": "prom_dispatch prom_counter_inc prom_counter_reset prom_gauge_set prom_gauge_reset prom_histogram_observe"
    },
    "presence can be sent on to a server of it by ds_select_dst()": {
        "presence": "handle_publish handle_subscribe pres_auth_status pres_refresh_watchers",
        "msilo": "m_store m_dump",
    },
    "alias in this file, and uri == myself, are the nearest": {
        "domain": "is_domain_local is_from_local is_uri_host_local lookup_domain",
        "alias_db": "alias_db_lookup alias_db_find",
        "speeddial": "sd_lookup",
    },
}
#: Function -> (its module, what is the nearest).
ELSEWHERE: dict[str, tuple[str, str]] = {
    name: (module, nearest)
    for nearest, modules in _NEAREST.items()
    for module, names in modules.items()
    for name in names.split()
}
#: Modules whose events never happen here: nothing is lost by an event route of theirs.
_SILENT = """usrloc registrar presence msilo rtpengine rtpproxy siptrace sipdump uac topos topoh evapi rabbitmq nsq kazoo
sipcapture dmq mqtt secsipid stirshaken ims_qos pua"""
SILENT = frozenset(_SILENT.split())
