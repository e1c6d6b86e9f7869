cimport cython
cimport txdispatcher.sip.headers as headers
cimport txdispatcher.sip.octets as octets
from txdispatcher.proxy.listener cimport Listener, Listeners
from txdispatcher.sip.message cimport Request
from txdispatcher.sip.via cimport Via


cdef class Context:
    cdef public Request request
    cdef public Via via
    cdef public tuple source
    cdef public Listener listener, near
    cdef public bytes to_tag, uri_bytes
    cdef public object uri, own_route
    cdef public list routes
    cdef public bint rewritten

    @cython.locals(request=Request, data=bytes, routes=list, ours=Listener)
    cpdef take_own_routes(self, Listeners listeners)


cpdef list unsupported(Request request)

@cython.locals(data=bytes)
cpdef bytes loop_mark(Request request, bytes salt)

@cython.locals(data=bytes)
cpdef bint is_loop(Request request, Via via, Listeners listeners, bytes mark)

cdef bint _is_ours(Via via, Listeners listeners, bytes mark)
