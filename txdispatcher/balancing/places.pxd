cimport cython
from txdispatcher.balancing.destination cimport Destination


cdef class Places:
    cdef public object id
    cdef public object destinations
    cdef public bint counted, _failover, _use_default, _gated
    cdef public Py_ssize_t _size, _pool
    cdef public dict _by_uri
    cdef public list _next
