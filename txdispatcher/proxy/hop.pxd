cimport cython
from txdispatcher.proxy.listener cimport Listener
from txdispatcher.sip.uri cimport Uri


cdef class Hop:
    cdef public str host, transport
    cdef public int port, open
    cdef public tuple address, others
    cdef public object destination, edited
    cdef public Listener near
    cdef public bint large
    cdef public double fr, fr_inv

    cpdef Hop by(self, str transport)
    cpdef Hop to(self, str host, int port, str transport)


@cython.locals(secure=bint)
cpdef Hop hop_of(Uri uri)
