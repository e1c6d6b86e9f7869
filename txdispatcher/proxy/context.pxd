cimport cython
cimport txdispatcher.sip.octets as octets
from txdispatcher.proxy.listener cimport Listener, Listeners
from txdispatcher.sip.message cimport Request
from txdispatcher.sip.address cimport address_uri, tag_span
from txdispatcher.sip.message cimport split_values
from txdispatcher.sip.uri cimport Uri, parse_uri
from txdispatcher.sip.via cimport Via, parse_via

cdef class Context:
    cdef public Request request
    cdef public Via via
    cdef public tuple source
    cdef public Listener listener, near
    cdef public bytes to_tag, uri_bytes, own_params
    cdef public Uri uri
    cdef public list routes
    cdef public bint restored
    cdef public int taken
    cdef public object variables

    @cython.locals(data=bytes, routes=list, ours=Listener, own=bytes, start=Py_ssize_t, end=Py_ssize_t, uri=Uri, route=Uri)
    cpdef take_own_routes(self, Listeners listeners)

    @cython.locals(uri=Uri)
    cdef _take_own_maddr(self, Listeners listeners)
    cpdef rewrite(self, bytes uri)


@cython.locals(at=Py_ssize_t)
cdef bytes _own_params(bytes data, Py_ssize_t start, Py_ssize_t end, Listener listener)

cpdef check_further(Request request, Via via)

cpdef list unsupported(Request request)

@cython.locals(request=Request, data=bytes, body=Py_ssize_t, routes=Py_ssize_t, at=Py_ssize_t, end=Py_ssize_t)
cpdef bint has_room(Context context)

@cython.locals(request=Request, data=bytes, seen=cython.uint)
cpdef bytes loop_mark(Context context, bytes salt)

@cython.locals(data=bytes)
cpdef bint is_loop(Request request, Via via, Listeners listeners, bytes mark)

cdef bint _is_ours(Via via, Listeners listeners, bytes mark)
