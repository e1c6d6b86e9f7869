"""What operators call, by which listener and with which words. What is reloaded comes from `app` as a callable.

table       one table of methods: parameters, faults, who may only read
cfg         cfg.*: parameters that may change at run time
core        core.* and system.*
ctl         ctl.*, and the register of what the listeners have open
dispatcher  dispatcher.*: states, draining, the hash
listing     what dispatcher.list and oclist show
loading     dispatcher.reload, plan, add and remove
probing     dispatcher.ping_active and dispatcher.why
statistics  stats.*: counters by Kamailio's names
tm          tm.stats
methods     all of them in one table
envelopes   JSON-RPC 2.0: bytes of a request -> bytes of its answer
jsonrpc     the same over HTTP
credentials  who may call over TCP, and who may only read
guard       connections: bounded, timed, and listed by ctl.who
binrpc      what Kamailio's ctl speaks, as bytes and back
reference   docs/control-api.md, from the table
kamcmd      kamcmd-compat, a program of its own that needs the standard library alone; kamcmd_calls reaches a server,
            kamcmd_output prints, kamcmd_shell is the terminal
"""
