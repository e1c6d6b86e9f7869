cimport cython
cimport txdispatcher.sip.octets as octets
from txdispatcher.proxy.client cimport ClientTransaction
from txdispatcher.proxy.context cimport Context
from txdispatcher.proxy.decision cimport Discard, Relay, Reply, Wait
from txdispatcher.proxy.forward cimport forwarded_request, next_hop
from txdispatcher.proxy.hop cimport Hop
from txdispatcher.proxy.intake cimport Intake, call_key, reply_address
from txdispatcher.proxy.layer cimport TransactionLayer
from txdispatcher.proxy.listener cimport Listener
from txdispatcher.proxy.server cimport ServerTransaction
from txdispatcher.sip.address cimport tag_span
from txdispatcher.sip.build cimport response
from txdispatcher.sip.message cimport Request, Response, parse
from txdispatcher.sip.via cimport Via, parse_via


cdef class StatefulProxy(Intake):
    cdef public TransactionLayer layer
    cdef Py_ssize_t _max_transactions, _udp_mtu
    cdef public Py_ssize_t waiting, max_waiting
    cdef bytes _prefix
    cdef long long _count

    cpdef advance(self, double now)
    @cython.locals(method=bytes, server=ServerTransaction, context=Context)
    cpdef take_request(self, Request request, Via via, tuple source, Listener listener, double now)
    @cython.locals(via=Via, client=ClientTransaction, heard=Response)
    cpdef take_response(self, Response message, tuple source, Listener listener, double now)
    cpdef bytes local_response(self, ServerTransaction server, int status)
    @cython.locals(context=Context)
    cdef bytes _own_response(self, ServerTransaction server, Reply reply)
    cpdef finished(self, Relay relay, int status, double now)
    cpdef bint next_branch(self, ServerTransaction server, ClientTransaction failed, int status, double now) except -1

    cdef _turned_away(self, Relay relay, Reply reply, double now)
    cdef bint _follow(self, ServerTransaction server, ClientTransaction failed, object chosen, double now) except -1
    cdef bint _suspend(self, object pending) except -1
    @cython.locals(request=Request, server=ServerTransaction)
    cdef ServerTransaction _begin(self, Context context, bytes key, double now)
    @cython.locals(breadths=list)
    cdef _relay(self, Context context, Relay relay, ServerTransaction server, bytes mark, double now)
    @cython.locals(client=ClientTransaction)
    cdef _branch(
        self, ServerTransaction server, Context context, Relay relay, Hop hop, bytes uri, int breadth, bytes mark, double now
    )
    @cython.locals(hop=Hop, address=tuple, sending=Listener, larger=Listener, data=bytes)
    cdef _send(self, ClientTransaction client, Context context, Relay relay, bytes uri, double now)
    cdef bytes _forwarded(
        self, ClientTransaction client, Context context, Relay relay, bytes uri, Listener sending
    )
    @cython.locals(server=ServerTransaction, context=Context)
    cdef _take_ack(self, Request request, Via via, tuple source, Listener listener, double now)
    @cython.locals(hop=Hop)
    cdef _relay_ack(self, Context context, Relay relay, bytes mark)
    @cython.locals(sending=Listener)
    cdef _send_ack(self, Context context, Relay relay, Hop hop, bytes mark)
    @cython.locals(server=ServerTransaction, context=Context)
    cdef _take_cancel(self, Request request, Via via, tuple source, Listener listener, double now)
    cdef Context _again(self, ServerTransaction server)


@cython.locals(data=bytes)
cdef bytes _server_key(Request request, Via via, bytes method)

cdef bytes _mark(ClientTransaction failed)

cdef bint _is_last_via(Response message, Via via)
