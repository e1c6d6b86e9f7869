cimport cython
from txdispatcher.sip.uri cimport Uri


cdef class Listener:
    cdef public str transport, host
    cdef public int port
    cdef public bint ipv6, reliable, secure, dials
    cdef public bytes sent_by, via, uri, place, param
    cdef public object names, connections


cdef class Listeners:
    cdef public tuple all
    cdef dict _by_name, _by_place
    cdef frozenset _sent_by

    cpdef Listener named(self, bytes host, int port)
    cpdef Listener at(self, tuple place)
    @cython.locals(found=Listener)
    cpdef Listener of(self, Uri uri)
    cpdef bint is_sent_by(self, bytes sent_by)

    @cython.locals(listener=Listener, first=Listener, ipv6=bint)
    cpdef Listener towards(self, str host, str transport, Listener near)
