cimport cython
from txdispatcher.proxy.context cimport Context
from txdispatcher.proxy.hop cimport Hop
from txdispatcher.proxy.listener cimport Listener


cdef class Networks:
    cdef public dict _known
    cdef tuple _networks



cdef class Access:
    cdef Networks _callers
    cdef object _sets
    cdef object _keyed
    cdef dict _tokens
    cdef dict _packed

    cpdef bint is_caller(self, tuple source) except -1
    cpdef object destination(self, tuple source)
    cpdef bytes record_route(self, bytes call_id)
    cpdef bint is_of_dialog(self, Context context) except -1
    @cython.locals(host=str, packed=bytes, where=bytes)
    cpdef bytes flow(self, Listener listener, tuple source, bytes call_id)
    cpdef Hop flow_of(self, Context context)
    @cython.locals(flow=Hop, near=Listener)
    cpdef object way_back(self, Context context)
    cdef bytes _flow_token(self, Listener listener, bytes where, bytes call_id)
    cdef bytes _token(self, bytes call_id)
