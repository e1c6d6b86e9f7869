cimport cython
cimport txdispatcher.proxy.collector as collector
from txdispatcher.proxy.client cimport ClientTransaction, ClientUser
from txdispatcher.proxy.decision cimport Relay, Wait
from txdispatcher.proxy.forward cimport forwarded_response
from txdispatcher.proxy.layer cimport TransactionLayer
from txdispatcher.proxy.listener cimport Listener
from txdispatcher.sip.message cimport Response




# No names to import from there in the compiled build, where they are C numbers.
cdef int PROCEEDING, COMPLETED, CONFIRMED, ACCEPTED, TERMINATED


cdef class ServerTransaction(ClientUser):
    cdef public TransactionLayer layer
    cdef public bytes key, request, last, best
    cdef public bint invite, cancelled, hears
    cdef public Listener listener
    cdef public tuple source, reply_to
    cdef public int state, best_status
    cdef public Relay relay
    cdef public Wait waiting
    cdef public tuple branches
    cdef tuple _challenges
    cdef public double interval, stop, slow

    cpdef add(self, ClientTransaction client)
    cpdef retransmitted(self)
    cpdef bint acknowledge(self, double now)
    cpdef cancel(self, double now)
    @cython.locals(status=cython.int)
    cpdef on_response(self, ClientTransaction client, Response response, double now)
    cpdef on_resent(self, ClientTransaction client, double now)
    cpdef on_timeout(self, ClientTransaction client, double now)
    @cython.locals(layer=TransactionLayer)
    cpdef respond(self, bytes data, int status, double now)
    @cython.locals(layer=TransactionLayer)
    cpdef fire(self, double now)
    cpdef abandon(self, double now)
    cpdef answer_locally(self, int status, double now)
    @cython.locals(client=ClientTransaction)
    cpdef bint is_pending(self)
    cpdef conclude(self, double now)
    @cython.locals(relay=Relay)
    cdef _finish(self, int state, bytes last, int status, bytes response, double now)
    cdef _close_wait(self)
    @cython.locals(relay=Relay)
    cdef _failed(self, ClientTransaction client, Response response, int status, double now)
    cdef _next_branch(self, ClientTransaction failed, int status, double now)
    @cython.locals(alike=cython.bint)
    cdef _keep(self, Response response, int status)
    cpdef forget(self)
    @cython.locals(client=ClientTransaction)
    cdef _cancel_pending(self, double now)


cdef tuple _rank(int status, bint received)
