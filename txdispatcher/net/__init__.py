"""Twisted: sockets, names, the clock. What the proxy wants done is performed here.

engine        feeds a proxy with datagrams and time, and performs its actions
udp           one UDP listener
names         host names -> IP addresses, remembered for a while
interfaces    a wildcard address -> the addresses that it stands for
test_gateway  the built-in test gateway
test_caller   the caller that scripts/run places calls with
"""
