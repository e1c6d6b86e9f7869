cimport cython
cimport txdispatcher.sip.octets as octets


@cython.locals(at=Py_ssize_t, left=Py_ssize_t, right=Py_ssize_t, first=Py_ssize_t, semicolon=Py_ssize_t, stop=Py_ssize_t)
cpdef tuple address_uri(bytes data, Py_ssize_t start, Py_ssize_t end)

cpdef tuple tag_span(bytes data, Py_ssize_t start, Py_ssize_t end)

@cython.locals(at=Py_ssize_t, first=Py_ssize_t, stop=Py_ssize_t, equals=Py_ssize_t, value=Py_ssize_t)
cpdef tuple param_span(bytes data, Py_ssize_t start, Py_ssize_t end, bytes name)

@cython.locals(stop=Py_ssize_t, quote=Py_ssize_t, closed=Py_ssize_t)
cpdef Py_ssize_t param_end(bytes data, Py_ssize_t start, Py_ssize_t end) noexcept

@cython.locals(semicolon=Py_ssize_t)
cdef bint _in_params(bytes data, Py_ssize_t start, Py_ssize_t left)
