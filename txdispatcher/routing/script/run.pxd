cimport cython
from txdispatcher.proxy.context cimport Context
from txdispatcher.proxy.decision cimport Relay, Reply
from txdispatcher.proxy.forward cimport next_hop
from txdispatcher.proxy.hop cimport Hop, hop_of
from txdispatcher.proxy.listener cimport Listener
from txdispatcher.routing.choosing cimport hop_to
from txdispatcher.routing.dispatching cimport Dispatched
from txdispatcher.routing.variables cimport Variables, variables_of, written
from txdispatcher.sip.message cimport Request, Response
from txdispatcher.sip.uri cimport Uri, parse_uri


# It refers to nothing that could lead back to it: see _WATCHED.
@cython.no_gc
cdef class Run:
    cdef public object shared, script
    cdef public Context context
    cdef public double now, fr, fr_inv
    cdef public str kind, on_failure, on_reply, on_branch
    cdef public Dispatched functions
    cdef public object flags, branch_flags, retcode
    cdef public int branch, status, depth, turns, new_status
    cdef int _begun
    cdef public Hop hop
    cdef public Reply reply
    cdef public bytes reply_headers, record_route, reason, new_reason
    cdef public tuple edits, further, branches
    cdef public bint answered, cancelled, dropped, spent, unrouted
    cdef public dict iterators
    cdef public Listener socket
    cdef bytes _uri
    cdef Response _response
    cdef tuple _stopped

    cpdef edit(self, Py_ssize_t start, Py_ssize_t end, bytes text)
    cpdef bint relay(self) except -1
    @cython.locals(destination=bytes, hop=Hop)
    cpdef tuple target(self, bytes uri=*)
    cpdef begin_branches(self, int number)
    @cython.locals(hop=Hop)
    cpdef Relay relayed(self)
    cpdef bint apply(self) except -1
    cdef bint _by_route(self) except -1
    cdef Hop _hop(self, Uri uri, bytes destination)
    cdef Hop _made(self, Hop hop, bint to_destination=*)
