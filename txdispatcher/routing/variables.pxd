cimport cython
from txdispatcher.proxy.context cimport Context


# It refers to nothing that could lead back to it.
@cython.no_gc
cdef class Variables:
    cdef public bytes dst_uri
    cdef public object group, event
    cdef dict _avps, _xavps, _vars
    cdef object _fill

    cpdef fill_later(self, object fill)
    cdef _settle(self)


cpdef Variables variables_of(Context context)

cpdef Variables written(Context context)
