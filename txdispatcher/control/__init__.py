"""What operators call, by which listener and with which words. What is reloaded comes from `app` as a callable.

table       one table of methods: parameters, faults, who may only read
cfg         cfg.*: parameters that may change at run time
core        core.* and system.*
ctl         ctl.*, and the register of what the listeners have open
dispatcher  dispatcher.*: states, draining, the hash
listing     what dispatcher.list and oclist show
loading     dispatcher.reload, plan, add and remove
probing     dispatcher.ping_active and dispatcher.why
tls         tls.reload
statistics  stats.*: counters by Kamailio's names
tm          tm.stats
methods     all of them in one table
pieces      long results: shown a piece at a time, in turns of the reactor
request_object  a request of JSON-RPC 2.0: checked and carried out
envelopes   JSON-RPC 2.0: bytes of a request -> bytes of its answer
jsonrpc     the same over HTTP
credentials  who may call over TCP, and who may only read
guard       connections: bounded, timed, and listed by ctl.who
listeners   opens what asks for no credentials: binrpc, and JSON-RPC and MI by datagram and FIFO
binrpc      packets and values of binrpc, as bytes and back
ctl_packets  binrpc requests -> answers
ctl_values  results of methods -> values of binrpc
ctl_stream  binrpc over connections
jsonrpcs    JSON-RPC in the layout of Kamailio's jsonrpcs
stored      answers kept in files, in one folder
mi          MI: commands and answers in lines
calls       a call run to its end: a result or a Fault
datagrams   requests and answers by datagram
documents   where requests begin and end in what a FIFO brings
fifo        requests and answers by FIFO
files       sockets and FIFOs as files: permissions, leftovers
reference   docs/control-api.md, from the table
kamcmd      kamcmd-compat, a program of its own that needs the standard library alone; kamcmd_calls reaches a server,
            kamcmd_output prints, kamcmd_shell is the terminal
"""
