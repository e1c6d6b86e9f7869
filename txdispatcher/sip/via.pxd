cimport cython
cimport txdispatcher.sip.octets as octets
from txdispatcher.sip.address cimport param_end


cdef class Via:
    cdef public Py_ssize_t start, end, params_at
    cdef public Py_ssize_t received_start, received_end, rport_start, rport_end
    cdef public int port
    cdef public bytes transport, host, sent_by, branch, received, rport, received_glue, rport_glue


cdef class Sent:
    cdef public bytes transport, host, sent_by
    cdef public int port


cdef dict _known

cpdef Sent parse_sent(bytes sent)

@cython.locals(comma=Py_ssize_t, at=Py_ssize_t, first=Py_ssize_t, via=Via, sent=Sent)
cpdef Via parse_via(bytes data, Py_ssize_t start, Py_ssize_t end)

@cython.locals(equals=Py_ssize_t, name_end=Py_ssize_t, at=Py_ssize_t, stop=Py_ssize_t, glue=bytes)
cdef _read_param(Via via, bytes data, Py_ssize_t start, Py_ssize_t end)
