cimport cython
from txdispatcher.proxy.context cimport Context


cdef class Networks:
    cdef public dict _known
    cdef tuple _networks



cdef class Access:
    cdef Networks _callers
    cdef object _sets
    cdef object _keyed
    cdef dict _tokens

    cpdef bint is_caller(self, tuple source) except -1
    cpdef object destination(self, tuple source)
    cpdef bytes record_route(self, bytes call_id)
    cpdef bint is_of_dialog(self, Context context) except -1
    cdef bytes _token(self, bytes call_id)
