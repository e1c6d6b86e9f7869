cimport cython


from txdispatcher.proxy.context cimport Context
from txdispatcher.proxy.decision cimport Relay
from txdispatcher.proxy.hop cimport Hop
from txdispatcher.proxy.listener cimport Listeners
from txdispatcher.routing.access cimport Access


cdef class DefaultRoute:
    cdef object _sets, _policy, _none_left
    cdef Listeners _listeners
    cdef Access _access
    cdef bint _source_matters

    cpdef object request(self, Context context)
    cpdef object failure(self, Relay relay, Hop hop, int status, bint answered)
    cpdef object stranger(self, tuple source)
    cpdef bint source_matters(self)
    cdef object _ack(self, Context context)
    cdef object _in_dialog(self, Context context)
    cdef object _initial(self, Context context)
    @cython.locals(dispatched=_Dispatched)
    cdef object _act(self, Context context, object action)
    cdef bint _is_known(self, tuple source) except -1
    cdef bint _is_for_us(self, Context context) except -1


cdef class _Dispatched:
    cdef object _uri
    cdef public object selection

    cpdef bytes uri_for(self, object destination)


cdef Hop _hop(object destination)
