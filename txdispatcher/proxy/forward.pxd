cimport cython
cimport txdispatcher.sip.octets as octets
from txdispatcher.proxy.context cimport Context
from txdispatcher.proxy.decision cimport Relay
from txdispatcher.proxy.hop cimport Hop, hop_of
from txdispatcher.proxy.listener cimport Listener
from txdispatcher.sip.address cimport address_uri
from txdispatcher.sip.edit cimport pop_route, pop_via, stamp_via
from txdispatcher.sip.message cimport Message, Request, Response
from txdispatcher.sip.uri cimport parse_uri


cdef class Unsent:
    cdef public Context context
    cdef public Relay relay
    cdef public Hop hop
    cdef public bytes mark


@cython.locals(data=bytes)
cpdef Hop next_hop(Context context)

@cython.locals(request=Request, edits=list, top=list, target=bytes, at=Py_ssize_t, scheme=bytes)
cpdef bytes forwarded_request(
    Context context, Listener sending, bytes branch, bytes uri, bytes record_route, bytes back, bytes path,
    bint keep_routes, int max_forwards, int breadth
)

@cython.locals(start=Py_ssize_t, end=Py_ssize_t)
cpdef bytes forwarded_response(Response response, bint reliable)

cdef bytes _length(Message message)

@cython.locals(request=Request, data=bytes, strict=bint, values=list)
cdef tuple _route_edits(Context context)

@cython.locals(data=bytes)
cdef bytes _strict_target(Context context)

cdef list _drop_routes(Request request)
