cimport cython
cimport txdispatcher.sip.octets as octets
from txdispatcher.proxy.context cimport Context
from txdispatcher.proxy.decision cimport Discard, Relay, Reply
from txdispatcher.proxy.forward cimport Unsent, forwarded_request, forwarded_response, next_hop
from txdispatcher.proxy.hop cimport Hop
from txdispatcher.proxy.intake cimport Intake, call_key, reply_address
from txdispatcher.proxy.listener cimport Listener
from txdispatcher.sip.message cimport Message, Request, Response, split_values
from txdispatcher.sip.via cimport Via, parse_via


cdef class StatelessProxy(Intake):
    cdef object _keyed

    cpdef advance(self, double now)
    @cython.locals(context=Context, mark=bytes, hop=Hop, waiting=Unsent)
    cpdef take_request(self, Request request, Via via, tuple source, Listener listener, double now)
    @cython.locals(via=Via, below=Via, answer_to=tuple, branch=bytes, leaving=Listener)
    cpdef take_response(self, Response message, tuple source, Listener listener, double now)

    @cython.locals(context=Context, relay=Relay, hop=Hop, sending=Listener, branch=bytes, data=bytes)
    cdef _send(self, Unsent waiting)
    @cython.locals(data=bytes)
    cdef bytes _branch(self, Message message, Via below, tuple answer_to)
    cdef _unreachable(self, Context context)


@cython.locals(data=bytes, values=list, first=bint)
cdef Via _second_via(Response message)

@cython.locals(host=str, port=cython.long)
cdef tuple _answer_address(Via below)
