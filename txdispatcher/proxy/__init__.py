"""The proxy of RFC 3261 sections 16 and 17: (message, source, now) -> actions. No Twisted, no socket, no clock in it.

actions     what is to be done: Send, Resolve; and what was seen: the counters
listener    the addresses that are ours: Via, Record-Route, "is that us?"
hop         where a request goes next, from a URI or a destination
decision    what a router may decide: Reply, Discard, Relay; and the Router seam
context     a request on its way: 16.3 validation and 16.4 route preprocessing
forward     the bytes that leave: 16.6, 16.7 step 3 and 16.11
timers      the values of Timers A to M, and the wheel that holds every running one
server      server transactions (17.2, RFC 6026) and the response context (16.7)
client      client transactions (17.1, RFC 6026) and their CANCEL (9.1)
pings       requests of our own, in a layer of their own
salvage     what can be read of a malformed request, so that it gets its 4xx
stateful    the transaction-stateful proxy
stateless   the stateless proxy of 16.11
"""
