cimport cython
from txdispatcher.balancing.destination cimport Destination


cdef class Draft:
    cdef public object id, old
    cdef public list records, destinations, placed, left, retired
    cdef public bint claimed

    @cython.locals(records=list, destinations=list, retired=list, index=Py_ssize_t, destination=Destination, flags=int, keep_state=bint)
    cpdef list adopt(self, bint keep, object departed)


cdef class Assembly:
    cdef object _there, _unchanged
    cdef dict _records
    cdef public dict kept, drafts
    cdef public list order
    cdef public object addresses
