from txdispatcher.proxy.context cimport Context


cdef class Variables:
    cdef public bytes dst_uri
    cdef public object group, event
    cdef public dict notes
    cdef dict _avps, _xavps, _vars
    cdef object _fill

    cpdef fill_later(self, object fill)
    cdef _settle(self)


cpdef Variables variables_of(Context context)

cpdef Variables written(Context context)
