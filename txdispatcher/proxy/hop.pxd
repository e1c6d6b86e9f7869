cimport cython
from txdispatcher.proxy.listener cimport Listener
from txdispatcher.sip.uri cimport Uri


cdef class Hop:
    cdef public str host, transport
    cdef public int port, open
    cdef public tuple address, others
    cdef public object destination
    cdef public Listener near
    cdef public bint large

    cpdef Hop by(self, str transport)


@cython.locals(secure=bint)
cpdef Hop hop_of(Uri uri)
