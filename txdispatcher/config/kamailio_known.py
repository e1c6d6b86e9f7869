"""Kamailio's modules that a script may load here, their parameters without effect or with one value, and where else to go.

A parameter that stands neither here nor among those that have an effect (`kamailio_modules`, [dispatcher]) is an error.
"""

from __future__ import annotations

from txdispatcher.config.kamailio_tls import METHODS

#: Module -> parameters that say how Kamailio does something inside, or are about what a dispatcher has not.
_WITHOUT_EFFECT = {
    "tm": """max_inv_lifetime max_noninv_lifetime noisy_ctimer auto_inv_100_reason unix_tx_timeout reparse_invite
    ac_extra_hdrs blst_503 blst_503_def_timeout blst_503_min_timeout blst_503_max_timeout blst_methods_add
    blst_methods_lookup reparse_on_dns_failover cancel_b_method contacts_avp contact_flows_avp unmatched_cancel
    ruri_matching via1_matching callid_matching callid_cseq_matching pass_provisional_replies default_code
    default_reason faked_reply_prio local_cancel_reason e2e_cancel_reason failure_exec_mode dns_reuse_rcv_socket
    xavp_contact event_callback_lres_sent rich_redirect exec_time_check reply_relay_mode enable_uac_fr
    delete_timer timer_partitions headers_mode""",
    "tmx": "precheck_trans",
    "sl": "default_code default_reason rich_redirect event_callback_fl_ack event_callback_lres_sent",
    "rr": "enable_double_rr enable_socket_mismatch_warning sockname_mode flow_token_key",
    "maxfwd": "",
    "sanity": "",
    "textops": "",
    "textopsx": "",
    "siputils": "contact_flds_separator rpid_prefix rpid_suffix rpid_avp e164_max_len",
    "pv": "",
    "xlog": "buf_size force_color long_format prefix_mode log_facility log_colors",
    "acc": """early_media report_ack report_cancels acc_prepare_flag acc_prepare_always log_facility db_insert_mode
    cdr_skip cdr_expired_dlg_enable cdr_start_on_confirmed cdr_facility cdr_extra cdr_extra_nullable
    cdr_start_id cdr_end_id cdr_duration_id cdr_log_enable cdrs_table time_attr time_exten time_format clone_msg
    cdr_on_failed acc_extra_size cdr_extra_size""",
    "nathelper": """force_socket natping_interval ping_nated_only natping_processes natping_socket sipping_bflag sipping_from
    sipping_method natping_disable_bflag nortpproxy_str keepalive_timeout udpping_from_path
    append_sdp_oldmediaip filter_server_id""",
    "htable": "fetch_rows timer_interval dmq_init_sync timer_procs",
    "pike": "",
    "permissions": """default_allow_file default_deny_file check_all_branches allow_suffix deny_suffix db_mode peer_tag_mode
    max_subnets reload_delta trusted_cleanup_interval""",
    "kex": "",
    "corex": "dns_cache nio_min_msg_len nio_msg_avp",
    "cfgutils": "lock_set_size",
    "ipops": "",
    "ctl": "binrpc_buffer_size binrpc_max_body_size binrpc_struct_max_body_size mode user group autoconversion",
    "mi_rpc": "rpc_url",
    "mi_fifo": "fifo_mode fifo_group fifo_user reply_dir reply_indent",
    "mi_datagram": "children_count unix_socket_mode unix_socket_group unix_socket_user socket_timeout reply_indent",
    "jsonrpcs": """pretty_format fifo_mode fifo_group fifo_user dgram_workers dgram_mode dgram_group dgram_user dgram_timeout
    tcp_workers""",
    "debugger": """cfgtrace cfgtrace_format breakpoint log_level log_level_name log_facility log_prefix step_usleep step_loops
    mod_hash_size mod_level_mode mod_level mod_facility_mode mod_facility log_assign cfgpkgcheck reset_msgid
    cfgtest""",
    "cfg_rpc": "",
    "cfgt": "basedir mask callid_prefix skip_unknown route_log",
    "counters": "script_cnt_grp_name",
    "statistics": "",
    "statsc": "interval items track",
    "dispatcher": "",
    "dialog": """enable_stats hash_size rr_param timeout_avp early_timeout noack_timeout end_timeout dlg_extra_hdrs
    dlg_match_mode detect_spirals db_url db_mode db_update_period db_fetch_rows db_skip_load table_name
    call_id_column from_uri_column from_tag_column to_uri_column to_tag_column h_id_column h_entry_column
    state_column start_time_column timeout_column vars_table_name bridge_controller bridge_contact
    initial_cbs_inscript send_bye dlg_filter_mode wait_ack ka_timer ka_interval ka_failed_limit timeout_noreset
    timer_procs track_cseq_updates lreq_callee_headers h_id_start h_id_step keep_proxy_rr""",
    "tls": """verify_depth cipher_list server_name connection_timeout tls_disable_compression ssl_release_buffers
    ssl_freelist_max_len ssl_max_send_fragment ssl_read_ahead send_close_notify con_ct_wq_max ct_wq_max
    ct_wq_blk_size tls_log tls_debug low_mem_threshold1 low_mem_threshold2 tls_force_run session_cache
    session_id renegotiation rand_engine init_mode""",
    "db_mysql": """ping_interval timeout_interval auto_reconnect insert_delayed update_affected_found opt_ssl_mode
    unsigned_type""",
    "db_postgres": "retries lockset bytea_output_escape timeout tcp_keepalive",
    "db_sqlite": "journal_mode db_set_readonly db_set_journal_mode",
    "db_text": "db_mode emptystring file_buffer_size max_result_rows default_connection mem_warning",
    "db_unixodbc": "auto_reconnect use_escape_common replace_query quote_char ping_interval",
    "path": "sockname_mode",
    "outbound": """flow_token_key force_outbound_flag force_no_outbound_flag flow_token_secret""",
    "ratelimit": "",
    "pipelimit": """hash_size plp_table_name plp_pipeid_column plp_limit_column plp_algorithm_column timer_mode load_fetch
    clean_unused""",
    "sdpops": "",
    "uac": """restore_dlg restore_passwd restore_from_avp restore_to_avp reg_timer_interval reg_retry_interval
    reg_random_delay reg_hash_size reg_db_table reg_contact_addr reg_keep_callid reg_active reg_gc_interval
    reg_use_domain default_socket auth_realm_avp auth_username_avp auth_password_avp credential""",
    "rtimer": "",
    "xhttp": "",
    "app_python3": "",
    "app_python": "",
    "app_python3s": "",
    "kemix": "",
}

#: Module -> what does here what it does there, for the reader of an error.
ELSEWHERE = {
    "usrloc": "there are no registrations here; a REGISTER can be sent on to registrars by ds_select_dst()",
    "registrar": "there are no registrations here; a REGISTER can be sent on to registrars by ds_select_dst()",
    "presence": "presence can be sent on to a server of it by ds_select_dst()",
    "websocket": 'browsers are served by a listener of their own: sip.listen = "ws:…" in the TOML file',
    "rtpengine": "sessions' media are not relayed here; the gateways behind can do it",
    "rtpproxy": "sessions' media are not relayed here; the gateways behind can do it",
    "auth": "who calls is known by permissions.allow_source_address() and ds_is_from_list()",
    "auth_db": "who calls is known by permissions.allow_source_address() and ds_is_from_list()",
    "siptrace": "accounting (acc) and the log are the nearest",
    "cfg_db": "modparam() and the TOML file say what it reads",
    "keepalive": "the dispatcher pings its destinations itself: ds_ping_interval",
    "sqlops": "a Python script is the nearest; htable.db_url reads a table into memory",
    "avpops": "assignments do what its functions do; for a database a Python script is the nearest",
    "exec": "a Python script is the nearest",
    "http_client": "a Python script is the nearest",
    "http_async_client": "a Python script that awaits is the nearest",
    "app_lua": "a Python script is the nearest",
    "dmq": "each server keeps its own states; saved_states and the database are the nearest",
    "topoh": "headers can be changed by textops; topology hiding is not there",
    "topos": "headers can be changed by textops; topology hiding is not there",
    "xmlrpc": "jsonrpcs is the nearest",
    "mi_xmlrpc": "jsonrpcs is the nearest",
    "xhttp_pi": "jsonrpcs is the nearest",
    "xhttp_rpc": "jsonrpcs is the nearest",
    "ndb_redis": "htable is the nearest",
    "timer": "rtimer is the nearest",
    "domain": "uri == myself, with `alias`, is the nearest",
    "lcr": "ds_select_dst() and ds_next_dst() are the nearest",
    "drouting": "ds_select_dst() and ds_next_dst() are the nearest",
    "carrierroute": "ds_select_dst() and ds_next_dst() are the nearest",
    "snmpstats": "stats.get_statistics shows the counters",
    "sctp": "SCTP is not there; UDP, TCP, TLS and WebSocket are",
}

#: Module -> the names of its parameters that are accepted and told as ignored.
KNOWN = {module: frozenset(names.split()) for module, names in _WITHOUT_EFFECT.items()}

#: What this server does anyway, and where to go for the rest. Any other value is an error.
FIXED: dict[tuple[str, str], tuple[frozenset[object], str]] = {
    ("tm", "auto_inv_100"): (frozenset((1,)), "1: an INVITE gets a 100 at once"),
    ("tm", "aggregate_challenges"): (frozenset((1,)), "1 (RFC 3261 16.7)"),
    ("tm", "disable_6xx_block"): (frozenset((0,)), "0: a 6xx ends the search (RFC 3261 16.7)"),
    ("tm", "relay_100"): (frozenset((0, "0")), "0: a 100 is its hop's own"),
    ("tm", "local_ack_mode"): (frozenset((0,)), "0"),
    ("tm", "on_sl_reply"): (
        frozenset(),
        "none: what answers no request of ours ends here; the nearest is onreply_route",
    ),
    ("tm", "event_callback"): (frozenset(("",)), "none"),
    ("tm", "restart_fr_on_each_reply"): (frozenset((1,)), "1: a provisional response starts Timer C anew (RFC 3261 16.7)"),
    ("tm", "fr_timer_avp"): (frozenset(("",)), "none; the nearest is t_set_fr()"),
    ("tm", "fr_inv_timer_avp"): (frozenset(("",)), "none; the nearest is t_set_fr()"),
    ("rr", "add_username"): (frozenset((0,)), "0; a parameter by add_rr_param() is the nearest"),
    ("rr", "custom_user_avp"): (frozenset(), "none; a parameter by add_rr_param() is the nearest"),
    ("rr", "ignore_sips"): (frozenset((0,)), "0"),
    ("rr", "force_send_socket"): (frozenset((1,)), "1: from the socket that our Route names"),
    ("sl", "bind_tm"): (frozenset((1,)), "1"),
    ("acc", "detect_direction"): (frozenset((0,)), "0"),
    ("acc", "acc_extra_nullable"): (frozenset((0,)), "0: what has no value is empty"),
    ("acc", "multi_leg_info"): (frozenset(("",)), "none"),
    ("acc", "cdr_enable"): (frozenset((0,)), "0: transactions are accounted, not dialogs"),
    ("acc", "time_mode"): (frozenset((0,)), "0: the time in whole seconds"),
    ("nathelper", "nat_addr_mode"): (frozenset((1,)), "1: addresses of RFC 6598 are private too"),
    ("nathelper", "alias_name"): (frozenset(("alias",)), '"alias"'),
    ("dialog", "enable_dmq"): (frozenset((0,)), "0: each server knows its own calls"),
    ("dialog", "event_callback"): (frozenset(("",)), "none; the nearest are event_route[dialog:start] and its like"),
    ("htable", "event_callback"): (frozenset(("",)), "none; the nearest is event_route[htable:mod-init]"),
    ("pv", "varset"): (frozenset(), "none: a $var is 0 at first; the nearest is shvset and $shv(name)"),
    ("htable", "enable_dmq"): (frozenset((0,)), "0: tables are this server's own"),
    ("sanity", "proxy_require"): (frozenset(("",)), "none: no extension is supported (RFC 3261 16.3)"),
    ("corex", "alias_subdomains"): (frozenset(("",)), "none; the nearest is `alias`"),
    ("corex", "evcb_reply_out"): (frozenset(("",)), "none"),
    ("corex", "nio_intercept"): (frozenset((0,)), "0: messages are read and written as they are"),
    ("cfgutils", "hash_file"): (frozenset(("",)), "none"),
    ("ctl", "fifo"): (frozenset(("",)), "none; the nearest are ctl.binrpc and jsonrpcs.fifo_name"),
    ("pipelimit", "db_url"): (frozenset(("",)), "none; pl_check(name, algorithm, limit) makes a pipe"),
    ("uac", "reg_db_url"): (frozenset(("",)), "none: nothing is registered from here"),
    ("uac", "event_callback"): (frozenset(("",)), "none"),
    ("xhttp", "event_callback"): (frozenset(("",)), "none; the nearest is event_route[xhttp:request]"),
    ("tls", "tls_method"): (METHODS, '"TLSv1.2+": TLS 1.2 and what is newer'),
    ("tls", "ca_path"): (frozenset(("",)), "none; the nearest is ca_list"),
    ("tls", "crl"): (frozenset(("",)), "none"),
    ("tls", "xavp_cfg"): (frozenset(("",)), "none"),
    ("tls", "event_callback"): (frozenset(("",)), "none"),
    ("tls", "verify_client"): (frozenset(), "verify_certificate and require_certificate"),
    ("tls", "engine"): (frozenset(("NONE",)), '"NONE"'),
    ("tls", "engine_config"): (frozenset(("NONE",)), '"NONE"'),
    ("tls", "engine_algorithms"): (frozenset(("ALL",)), '"ALL"'),
    ("tls", "verify_certificate"): (frozenset((0, 1)), "0 or 1"),
    ("tls", "require_certificate"): (frozenset((0, 1)), "0 or 1"),
}
