cimport cython
from txdispatcher.proxy.context cimport Context
from txdispatcher.proxy.decision cimport Discard, Relay, Reply
from txdispatcher.proxy.hop cimport Hop
from txdispatcher.proxy.listener cimport Listener, Listeners
from txdispatcher.routing.access cimport Access
from txdispatcher.routing.dispatching cimport Dispatching
from txdispatcher.routing.script.run cimport Run
from txdispatcher.routing.variables cimport Variables, written
from txdispatcher.sip.message cimport Response


cdef class ScriptRoute:
    cdef public object script, log, modules
    cdef public Listeners listeners
    cdef public Dispatching dispatching
    cdef public int debug
    cdef public bytes route_params
    cdef public bint from_tags, accounts, forgets
    cdef public int max_branches
    cdef Access _access
    cdef object _watch, _accounting, _wall_clock, _log_event, _record
    cdef double _patience, _next_entry
    cdef public object faults
    cdef public double fault_interval

    @cython.locals(run=Run)
    cpdef object request(self, Context context, double now)
    @cython.locals(run=Run)
    cpdef finished(self, Relay relay, int status, double now)
    cdef _account(self, Run run, Relay relay, int status, double now, bint final)
    cpdef bint source_matters(self)
    cpdef bint checks_hops(self)
    @cython.locals(relay=Relay)
    cpdef object _decision(self, Run run)
    cdef _settle(self, Run run, object decision)
    @cython.locals(context=Context, variables=Variables, flow=object, access=Access)
    cdef object _by_flow(self, Run run, Relay relay)
    cdef bint _branch(self, Run run) except -1
