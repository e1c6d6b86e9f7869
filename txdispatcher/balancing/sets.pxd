cimport cython
from txdispatcher.balancing.destination cimport Destination
from txdispatcher.balancing.destination_set cimport DestinationSet
from txdispatcher.balancing.selection cimport Selection


cdef class Sets:
    cdef public bint _failover, _use_default, _keep, _count_calls
    cdef public double _slow_start
    cdef public object _rng, _reload_load, calls, observers, on_drained
    cdef public dict _sets
    cdef public object _addresses
    cdef public long _version
    cdef public list _departed

    @cython.locals(found=DestinationSet)
    cpdef Selection select(self, int set_id, int algorithm, bytes x=*, bytes y=*, double now=*, Py_ssize_t limit=*)
