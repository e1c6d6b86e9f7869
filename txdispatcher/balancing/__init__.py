"""Sets of destinations and selection among them. Knows nothing of SIP: it is given keys, Call-IDs, and the time.

states           the bits of a destination's state and their letters
destination      the record that a store reads, and the destination that lives as long as its set
attributes       what a destination's attributes mean, and warnings about those that mean nothing
hashing          Kamailio's hash, and the keys of a URI
algorithms       their numbers, and what they make of weights and latencies
order            the order in which sets are listed
places           which destinations of a set are selectable
selection        what was selected, and a cursor over what to try next
destination_set  one set, and selection from it
least_loaded, srv, rendezvous    the orders of algorithms 10, 15 and 100
limits           calls per second, and slow start
overload         RFC 7339, for algorithm 64
load             which destination has which calls
sets             all sets: loading, selecting, finding, marking
probing          the parameters of states and probing; whom a mode probes
transitions      how a state changes by what is found out
observers        who is told of it
history          the last changes of each destination, and why
latency          how long it takes to answer pings

What a caller does with a request, `now` being seconds on one monotonic clock:

    selection = sets.select(set_id, algorithm, x, y, now, limit)     None: nothing can be selected
    selection.first                                                  the destination, or, by algorithm 12, …
    selection.at_once                                                … all of these at the same time
    selection.counted                                                whether to count the call, as follows

    sets.calls.begin(call_id, selection.first, now)     an INVITE without a To tag is on its way there
    destination = selection.next(now)                   it failed: the next one to try, None for none, and then
    sets.calls.move(call_id, destination, now)
    sets.calls.confirm(call_id, now)                    a 2xx to an INVITE, the first or one inside the dialog
    sets.calls.end(call_id)                             a BYE, a CANCEL, a final response that is no 2xx, no destination left
    sets.calls.destination(call_id)                     where it is: for a retransmission that no transaction absorbs
    sets.calls.sweep(now)                               each `ds_hash_check_interval` (see `net.sweep`)

None of these minds being called twice, or for a call that is not counted.

What others tell: `sets.mark` and `set_state` (states), `set_duid_state`, `drain` (and `on_drained`), `measured` (pings),
`report_overload` (ds_oc_set_attrs), `load`, `add` and `remove`.
"""
