cimport cython
from txdispatcher.proxy.actions cimport Actions
from txdispatcher.proxy.listener cimport Listener


cdef class Engine:
    cdef public object proxy
    cdef public dict outlets
    cdef public list beside
    cdef public long long faults, _homeless
    cdef public object _names, _next, _reactor, _seconds, _shedding, _waits
    cdef public set _lost
    cdef public list _found
    cdef public double _told, _next_fault_entry, _stalled_at, _stood_still, _due

    @cython.locals(now=double, data=bytes, each=tuple)
    cpdef datagrams(self, list batch, Listener listener)

    @cython.locals(wait=double)
    cdef _plan(self, double now)

    @cython.locals(now=double)
    cdef double _now(self)

    @cython.locals(actions=Actions, sends=list)
    cpdef _perform(self)
