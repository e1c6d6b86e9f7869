cdef class Uri:
    cdef public bytes scheme, user, host, params, headers
    cdef public int port
    cdef public tuple place
    cdef public object hop
    cdef dict _params

    cpdef bytes param(self, bytes name)


cdef dict _known

cpdef Uri parse_uri(bytes data)
