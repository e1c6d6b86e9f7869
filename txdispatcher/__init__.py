"""A SIP load balancer on Twisted: Kamailio's dispatcher module as a server of its own.

The map, from the bottom up (imports point down only):

    errors      the exception tree
    sip         bytes <-> messages: parse and edit. No clock, no sockets, no policy
    balancing   sets, destinations, states, algorithms. Knows nothing of SIP: it is given keys
    proxy       RFC 3261 sections 16 and 17: (message, source, now) -> actions. No Twisted in it
    routing     what to do with a request: the default route and its rules
    stores      where sets come from: list file, databases; loading and watching them
    net         Twisted: sockets, names, the clock. Performs the actions
    control     one table of methods, and the listeners that offer it
    config      TOML text -> frozen settings
    sources     which of the stores the settings name
    check       what is wrong with a configuration and its list before anything runs
    liveness    probing, history, events and saved states, made by the settings
    transports  connections by TCP and TLS, made by the settings
    build       which build runs: compiled, or pure Python
    app         Options and makeService: the only module that knows everything
"""

__version__ = "0.1.0"
