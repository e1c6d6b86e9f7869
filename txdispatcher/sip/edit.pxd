cimport cython
cimport txdispatcher.sip.octets as octets
from txdispatcher.sip.message cimport Message
from txdispatcher.sip.via cimport Via


cpdef tuple push_via(Message message, bytes value)
cpdef tuple pop_via(Message message)
cpdef tuple pop_route(Message message)

@cython.locals(edits=list, source=bytes)
cpdef list stamp_via(Via via, str host, int port)

@cython.locals(data=bytes, comma=Py_ssize_t, rest=Py_ssize_t)
cdef tuple _pop_value(Message message, Py_ssize_t line, Py_ssize_t start, Py_ssize_t end)
