cimport cython


cdef class Listener:
    cdef public str transport, host
    cdef public int port
    cdef public bint ipv6
    cdef public bytes sent_by, via, uri
    cdef public object names


cdef class Listeners:
    cdef public tuple all
    cdef dict _by_name
    cdef frozenset _sent_by

    cpdef Listener named(self, bytes host, int port)
    cpdef Listener at(self, tuple place)
    cpdef bint is_sent_by(self, bytes sent_by)

    @cython.locals(listener=Listener, ipv6=bint)
    cpdef Listener towards(self, str host, str transport, Listener near)
