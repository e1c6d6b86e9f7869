"""Twisted: sockets, names, the clock. What the proxy wants done is performed here.

engine        feeds a proxy with datagrams and time, and performs its actions
udp           one UDP listener
stream        all connections of the TCP and TLS listeners, and their bounds
connection    one connection
framing       a stream of bytes -> messages
tls           certificates, and who a certificate is for
names         host names -> IP addresses, remembered for a while
probes        pings to destinations, spread over their interval
ping_plan     how one destination is pinged
events        dst-down and dst-up, for the log and subscribers
event_delivery  the same for a command and a URL
interfaces    a wildcard address -> the addresses that it stands for
test_gateway  the built-in test gateway
test_caller   the caller that scripts/run places calls with
"""
