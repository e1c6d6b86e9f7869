"""The globals of a Kamailio configuration file that are no settings here: those without use, and those that are refused."""

from __future__ import annotations

from collections.abc import Mapping

#: What the server has no use for, or does by its own settings.
_IGNORED = """\
async_nonblock async_tkv_evcb async_tkv_gname async_usleep async_workers async_workers_group auto_aliases auto_bind_ipv6
bind_ipv6_link_local check_via children chroot corelog debug_xlog disable_core_dump disable_sctp disable_tls dns
dns_cache_del_nonexp dns_cache_delete_nonexpired dns_cache_flags dns_cache_gc_interval dns_cache_init dns_cache_max_ttl
dns_cache_mem dns_cache_min_ttl dns_cache_negative_ttl dns_cache_rec_pref dns_naptr_ignore_rfc dns_retr_no dns_retr_time
dns_sctp_pref dns_search_full_match dns_servers_no dns_srv_lb dns_tcp_pref dns_tls_pref dns_try_ipv6 dns_try_naptr
dns_udp_pref dns_use_search_list dst_blacklist_mem dst_blocklist_mem enable_sctp enable_tls exit_timeout fork fork_delay gid
group http_reply_parse ip_free_bind ip_nonlocal_bind latency_cfg_log latency_limit_action latency_limit_cfg latency_limit_db
latency_log loadpath local_rport log_color log_engine_data log_engine_type log_facility log_name log_prefix log_prefix_mode
log_stderror max_recursive_level maxbuffer maxsndbuffer mcast mcast_loopback mcast_ttl mem_add_size mem_join
mem_safety mem_status_mode mem_summary memdbg memlog memory_debug mhomed mlock_pages modinit_delay mpath msg_time
onsend_route_reply open_fd_limit open_files_limit phone2tel pidfile pmtu_discovery pv_buffer_size pv_buffer_slots
pv_cache_action pv_cache_limit real_time received_route_mode rev_dns route_locks_size rt_policy rt_prio rt_stimer_policy
rt_stimer_prio rt_timer1_policy rt_timer1_prio sctp_children server_id shm shm_force_alloc shm_mem_size shutdown_timeout
sip_parser_log sip_parser_log_oneline sip_parser_mode sip_warning socket_workers sql_buffer_size statistics
stats_name_separator stun_allow_stun tcp_accept_aliases tcp_accept_haproxy tcp_accept_hep3 tcp_accept_iplimit
tcp_accept_no_cl tcp_accept_unique tcp_async tcp_buf_write tcp_check_timer tcp_children tcp_clone_rcvbuf tcp_conn_wq_max
tcp_connect_timeout tcp_connection_lifetime tcp_connection_match tcp_crlf_ping tcp_defer_accept tcp_delayed_ack tcp_fd_cache
tcp_keepalive tcp_keepcnt tcp_keepidle tcp_keepintvl tcp_linger2 tcp_main_threads tcp_max_connections tcp_no_connect
tcp_poll_method tcp_rd_buf_size tcp_reuse_port tcp_script_mode tcp_send_timeout tcp_syncnt tcp_wait_data tcp_wq_blk_size
tcp_wq_max tcp_wq_timeout tls_connection_timeout tls_handshake_timeout tls_log tls_max_connections tls_send_timeout
tls_threads_mode tos udp4_raw udp4_raw_mtu udp4_raw_ttl udp_children udp_receiver_mode uid uri_host_extra_chars
use_dns_cache use_dns_failover use_dst_blacklist use_dst_blocklist user user_agent_header verbose_startup version_table
version_table_cfg wait_worker1_mode wait_worker1_time wait_worker1_usleep wdir workdir xlog_level"""
IGNORED = frozenset(_IGNORED.split())
_OFF = frozenset(("0", "no", "off", "false"))
#: What would change what the script does: the values that say what this server does anyway, and where to go for the rest.
REFUSED: Mapping[str, tuple[frozenset[str], str]] = {
    "force_rport": (_OFF, "no; the nearest is force_rport() in request_route"),
    "reply_to_via": (_OFF, "no: an answer goes where its request came from"),
    "tls_port_no": (frozenset(("5061",)), "5061; the nearest is a port behind listen"),
    "return_mode": (frozenset("0"), "0: return 0 ends the script"),
    "xavp_via_params": (frozenset(), "none: a Via has this server's own parameters"),
    "xavp_via_fields": (frozenset(), "none: a Via has the listener's own address; the nearest is advertise behind listen"),
    "xavp_via_reply_params": (frozenset(), "none: the Vias of an answer are its request's"),
    "tcp_source_ipv4": (frozenset(), "none; $fs or a destination's attribute socket says from which address"),
    "tcp_source_ipv6": (frozenset(), "none; $fs or a destination's attribute socket says from which address"),
}
