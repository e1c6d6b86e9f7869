cimport cython
from txdispatcher.routing.script.run cimport Run
from txdispatcher.sip.address cimport tag_span
from txdispatcher.sip.message cimport Request


# It refers to nothing that could lead back to it.
@cython.no_gc
cdef class Event:
    cdef public str kind, table
    cdef public double timestamp
    cdef public tuple values, names


@cython.locals(request=Request, values=list)
cdef tuple _values(Run run, bytes to_tag, bytes code, bytes reason, object extra)

cdef bint _is_set(Run run, int flag) except -1

@cython.locals(start=Py_ssize_t, end=Py_ssize_t)
cdef tuple _of_response(bytes response)
