cimport cython
from txdispatcher.balancing.destination cimport Destination


cdef class DestinationSet:
    cdef public object id
    cdef public tuple destinations
    cdef bint _failover, _use_default
    cdef object _rng
    cdef Py_ssize_t _size, _pool, _last, _weight_last
    cdef list _weights
    cdef object _slots
    cdef dict _by_uri
    cdef list _next

    @cython.locals(in_turn=bint, slot=Py_ssize_t, index=Py_ssize_t)
    cpdef Selection select(self, int algorithm, bytes x, bytes y)


cdef class Selection:
    cdef public Destination first
    cdef DestinationSet _set
    cdef Py_ssize_t _start, _at
    cdef int _leg

    @cython.locals(found=DestinationSet, destination=Destination)
    cpdef Destination next(self)

    @cython.locals(table=list, index=Py_ssize_t, destination=Destination)
    cdef Destination _walk(self, Py_ssize_t end)
