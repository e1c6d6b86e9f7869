cimport cython
from txdispatcher.balancing.destination cimport Destination
from txdispatcher.balancing.hashing cimport ds_hash
from txdispatcher.balancing.places cimport Places
from txdispatcher.balancing.rendezvous cimport Rendezvous
from txdispatcher.balancing.selection cimport RankedSelection, Selection


cdef class DestinationSet(Places):
    cdef public object _rng
    cdef public Py_ssize_t _last, _weight_last, _relative_last
    cdef public bint _level, _rated
    cdef public double _slow_start, _warm_at
    cdef public list _weights, _relative
    cdef public object _slots
    cdef public dict _orders, _warming
    cdef public object _tree
    cdef public Rendezvous _rendezvous

    @cython.locals(in_turn=bint, slot=cython.longlong, index=Py_ssize_t)
    cpdef Selection select(self, int algorithm, bytes x, bytes y, double now, Py_ssize_t limit)


cdef class _ByLatency:
    cdef list _groups
