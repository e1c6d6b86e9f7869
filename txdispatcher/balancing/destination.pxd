cdef class Destination:
    cdef public object record
    cdef public object attributes
    cdef public int _flags, loaded_flags, row, weight, maxload
    cdef public Py_ssize_t index, load
    cdef public double estimate, average
    cdef public object bucket, _overload, slow_start
    cdef public tuple hosts
    cdef public object changes, latency, target

    cpdef object adopt(self, object record, bint keep_state)
    cdef object _read(self)
