cimport cython
cimport txdispatcher.sip.octets as octets
from txdispatcher.sip.address cimport tag_span
from txdispatcher.sip.edit cimport stamp_via
from txdispatcher.sip.message cimport Request
from txdispatcher.sip.via cimport Via


@cython.locals(data=bytes, start=Py_ssize_t, end=Py_ssize_t, parts=list, stamps=list, vias=bytes)
cpdef bytes response(Request request, Via via, tuple source, int status, bytes reason=*, bytes to_tag=*, bytes headers=*)

cdef bint _has_tag(Request request)
