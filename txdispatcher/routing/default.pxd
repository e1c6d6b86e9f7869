cimport cython


from txdispatcher.balancing.destination cimport Destination
from txdispatcher.balancing.selection cimport Selection
from txdispatcher.balancing.sets cimport Sets
from txdispatcher.proxy.context cimport Context
from txdispatcher.proxy.decision cimport Relay
from txdispatcher.proxy.hop cimport Hop
from txdispatcher.proxy.listener cimport Listeners
from txdispatcher.routing.access cimport Access
from txdispatcher.routing.choosing cimport Choosing, hop_to, with_domain
from txdispatcher.sip.message cimport Request
from txdispatcher.sip.uri cimport Uri


cdef class DefaultRoute:
    cdef object _default, _none_left, _marks, _calls, _sockets
    cdef Choosing _choosing
    cdef Sets _sets
    cdef tuple _rules
    cdef frozenset _failover
    cdef bint _failover_timeout, _rewrite_domain, _record_route, _force_dst, _reject_outsiders, _stateless, _udp_flows, _every_udp_flow
    cdef Listeners _listeners
    cdef Access _access
    cdef bint _source_matters, _marking

    cpdef object request(self, Context context, double now)
    cpdef object failure(self, Relay relay, Hop hop, int status, bint answered, double now)
    cpdef finished(self, Relay relay, int status, double now)
    cpdef object stranger(self, tuple source)
    cpdef bint source_matters(self)
    cpdef bint checks_hops(self)
    cdef object _ack(self, Context context, double now)
    @cython.locals(request=Request)
    cdef object _in_dialog(self, Context context)
    cdef object _initial(self, Context context, double now)
    @cython.locals(dispatched=_Dispatched, selection=Selection, first=Destination, request=Request, call_id=bytes)
    cdef object _act(self, Context context, object action, double now)
    cdef bint _has_udp_flow(self, Context context) except -1
    cdef _remember_flow(self, Context context, Relay relay)
    cdef Relay _to_registered(self, Context context, Hop flow)
    cdef bint _is_known(self, tuple source) except -1
    cdef bint _is_for_us(self, Context context) except -1


cdef class _Dispatched:
    cdef Uri _uri
    cdef public bint is_sips
    cdef public bytes call_id
    cdef public Destination current
    cdef public Selection selection

    cpdef bytes uri_for(self, Destination destination)


cdef class _Within:
    cdef public bytes call_id
