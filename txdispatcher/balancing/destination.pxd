cdef class Destination:
    cdef public object record
    cdef public int _flags, loaded_flags, row, weight
    cdef public Py_ssize_t index
    cdef public tuple hosts
    cdef public object changes, latency, target
