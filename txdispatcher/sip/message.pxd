cimport cython
cimport txdispatcher.sip.headers as headers
cimport txdispatcher.sip.octets as octets

cdef Py_ssize_t _MAX_MESSAGE, _MAX_LINE, _MAX_HEADERS
cdef unsigned int _MANDATORY_FIELDS, _SINGLE_FIELDS


cdef class Message:
    cdef public bytes data
    cdef public bytes cseq_method, method
    cdef public Py_ssize_t uri_start, uri_end
    cdef public int status
    cdef public unsigned int present
    cdef public int via_lines, route_lines, max_forwards
    cdef public Py_ssize_t cseq
    cdef public Py_ssize_t headers, body
    cdef public Py_ssize_t via_line, via_start, via_end
    cdef public Py_ssize_t from_start, from_end, to_start, to_end
    cdef public Py_ssize_t call_id_start, call_id_end
    cdef public Py_ssize_t max_forwards_start, max_forwards_end
    cdef public Py_ssize_t route_line, route_start, route_end, record_route_line

    @cython.locals(
        data=bytes, size=Py_ssize_t, last=Py_ssize_t, at=Py_ssize_t, end=Py_ssize_t, colon=Py_ssize_t, count=Py_ssize_t,
        length=Py_ssize_t, value=Py_ssize_t, value_end=Py_ssize_t, body=Py_ssize_t, known=cython.int,
        present=cython.uint, bit=cython.uint,
    )
    cdef int _read_headers(self, Py_ssize_t start) except -1

    @cython.locals(found=list)
    cpdef list values(self, int wanted)

    @cython.locals(data=bytes, at=Py_ssize_t, method=Py_ssize_t)
    cdef int _read_cseq(self, Py_ssize_t start, Py_ssize_t end) except -1


cdef class Request(Message):
    pass


cdef class Response(Message):
    pass


@cython.locals(end=Py_ssize_t)
cpdef Message parse(bytes data)

@cython.locals(message=Request, space=Py_ssize_t, uri_end=Py_ssize_t, method=bytes, version=bytes)
cdef Request _parse_request(bytes data, Py_ssize_t end)

@cython.locals(message=Response)
cdef Response _parse_response(bytes data, Py_ssize_t end)

@cython.locals(found=list, comma=Py_ssize_t, stop=Py_ssize_t, first=Py_ssize_t)
cpdef list split_values(bytes data, Py_ssize_t start, Py_ssize_t end)
