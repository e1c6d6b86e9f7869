cimport cython
from txdispatcher.proxy.actions cimport Actions, Counters
from txdispatcher.proxy.timers cimport Wheel


cdef class TransactionLayer:
    cdef public object core
    cdef public Actions actions
    cdef public Counters counters
    cdef public Wheel wheel
    cdef public dict servers, clients, cancels
    cdef public bint hides_503
    cdef public double t1, t2, fr, fr_inv, linger, settle, slow

    cpdef remember_client(self, object client)
    cpdef forget_client(self, object client)
    @cython.locals(table=dict)
    cpdef disconnected(self, set lost, double now)
    @cython.locals(table=dict)
    cpdef object client(self, bytes branch, bytes method)
