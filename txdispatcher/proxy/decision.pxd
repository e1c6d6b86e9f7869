cdef class Reply:
    cdef public int status
    cdef public bytes reason, headers


cdef class Discard:
    cdef public str counter


cdef class Relay:
    cdef public tuple hops, uris
    cdef public bytes record_route, final
    cdef public object policy, edited
    cdef public bint watched, hears
