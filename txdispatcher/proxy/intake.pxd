cimport cython
cimport txdispatcher.sip.octets as octets
from txdispatcher.proxy.actions cimport Actions, Counters
from txdispatcher.proxy.context cimport Context, check_further, has_room, is_loop, loop_mark, unsupported
from txdispatcher.proxy.decision cimport Discard, Reply
from txdispatcher.proxy.listener cimport Listener, Listeners
from txdispatcher.sip.address cimport tag_span
from txdispatcher.sip.build cimport response
from txdispatcher.sip.message cimport Message, Request, Response, parse
from txdispatcher.sip.via cimport Via, parse_via


cdef class Intake:
    cdef public Actions actions
    cdef public Counters counters
    cdef public Listeners listeners
    cdef public object router, pings
    cdef public bytes tag, server_header
    cdef public int max_forwards
    cdef public double shed
    cdef bint _stun

    @cython.locals(message=Message, via=Via)
    cpdef receive(self, bytes data, tuple source, Listener listener, double now)
    cpdef take_request(self, Request request, Via via, tuple source, Listener listener, double now)
    cpdef take_response(self, Response message, tuple source, Listener listener, double now)
    @cython.locals(place=cython.uint)
    cpdef bint sheds(self, Request request, tuple source) except -1
    cpdef refuse(self, Request request, Via via, tuple source, Listener listener)
    @cython.locals(request=Request)
    cpdef object decide(self, Context context, bytes mark, double now)
    cpdef bytes mark(self, Context context)
    cpdef reply(self, Context context, Reply decision)
    cpdef discard(self, Discard decision)
    cpdef stray(self, Response message, Via via, double now)
    cpdef bint is_own_ack(self, Context context)
    cpdef bytes own_tag(self, Request request)
    cdef _answer(self, Request request, Via via, tuple source, Listener listener, Reply decision)
    cdef bint _is_for_us(self, Context context)
    cdef bint _is_keepalive(self, bytes data, tuple source, Listener listener) except -1


cpdef unsigned int call_key(Request request) except? 0

cpdef tuple reply_address(Via via, tuple source, Listener listener)
