cimport cython
cimport txdispatcher.proxy.collector as collector
from txdispatcher.proxy.hop cimport Hop
from txdispatcher.proxy.layer cimport TransactionLayer
from txdispatcher.proxy.listener cimport Listener
from txdispatcher.proxy.timers cimport Timer
from txdispatcher.sip.message cimport Request, Response




# No names to import from there in the compiled build, where they are C numbers.
cdef int RESOLVING, CALLING, TRYING, PROCEEDING, COMPLETED, ACCEPTED, TERMINATED


cdef class ClientUser(Timer):
    cpdef on_response(self, ClientTransaction client, Response response, double now)
    cpdef on_resent(self, ClientTransaction client, double now)
    cpdef on_timeout(self, ClientTransaction client, double now)


cdef class ClientTransaction(Timer):
    cdef public TransactionLayer layer
    cdef public ClientUser user
    cdef public bytes branch, method, sent, uri
    cdef public bint invite, answered, cancel_wanted, cancelled
    cdef public int state, status
    cdef public Hop hop
    cdef public Listener listener
    cdef public tuple address
    cdef public double interval, resend, give_up

    @cython.locals(layer=TransactionLayer, hop=Hop)
    cpdef send(self, bytes data, Listener listener, tuple address, double now)
    cpdef receive(self, Response response, double now)
    cpdef cancel(self, double now)
    @cython.locals(layer=TransactionLayer)
    cpdef fire(self, double now)
    cpdef unreachable(self, double now)
    cpdef disconnected(self, double now)
    cpdef terminate(self)

    @cython.locals(due=double)
    cdef _schedule(self)
    cdef _linger(self, int state, double seconds, double now)
    @cython.locals(layer=TransactionLayer, first=bint)
    cdef _provisional(self, Response response, double now)
    @cython.locals(layer=TransactionLayer, reliable=bint)
    cdef _final(self, Response response, double now)
    cdef _final_again(self, Response response, double now)
    cdef _acknowledge(self, Response response)
    @cython.locals(layer=TransactionLayer)
    cdef _send_cancel(self, double now)
    @cython.locals(layer=TransactionLayer, late=double, reported=bint)
    cdef _give_up(self, double now)


cdef class CancelTransaction(ClientTransaction):
    pass
