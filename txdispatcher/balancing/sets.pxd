cimport cython
from txdispatcher.balancing.destination cimport Destination
from txdispatcher.balancing.hashing cimport ds_hash


cdef class Sets:
    cdef public bint _failover, _use_default, _keep
    cdef public object _rng, observers
    cdef public dict _sets, _by_address

    @cython.locals(found=DestinationSet)
    cpdef Selection select(self, int set_id, int algorithm, bytes x=*, bytes y=*)


cdef class DestinationSet:
    cdef public object id
    cdef public object destinations
    cdef public bint _failover, _use_default
    cdef public object _rng
    cdef public Py_ssize_t _size, _pool, _last, _weight_last
    cdef public list _weights
    cdef public object _slots
    cdef public dict _by_uri
    cdef public list _next

    @cython.locals(in_turn=bint, slot=cython.longlong, index=Py_ssize_t)
    cpdef Selection select(self, int algorithm, bytes x, bytes y)


cdef class Selection:
    cdef public Destination first
    cdef public DestinationSet _set
    cdef public Py_ssize_t _start, _at
    cdef public int _leg

    @cython.locals(found=DestinationSet, destination=Destination)
    cpdef Destination next(self)

    @cython.locals(table=list, index=Py_ssize_t, destination=Destination)
    cdef Destination _walk(self, Py_ssize_t end)
