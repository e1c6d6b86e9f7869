"""Sets of destinations and selection among them. Knows nothing of SIP: it is given keys.

states       the bits of a destination's state and their letters
destination  the record that a store reads, and the destination that lives as long as its set
hashing      Kamailio's hash, and the keys of a URI
algorithms   their numbers, and the slots of algorithm 9
order        the order in which sets are listed
sets         all sets: loading, selecting, failing over, finding
probing      the parameters of states and probing; whom a mode probes
transitions  how a state changes by what is found out
observers    who is told of it
history      the last changes of each destination, and why
latency      how long it takes to answer pings
"""
