from txdispatcher.proxy.hop cimport Hop


cdef class Reply:
    cdef public int status
    cdef public bytes reason, headers


cdef class Discard:
    cdef public str counter


cdef class Relay:
    cdef public tuple hops, uris, further
    cdef public bytes record_route, back, path, final
    cdef public Hop flow
    cdef public object policy, edited
    cdef public bint watched, hears, at_end, forgets, cancelled


cdef class Wait:
    cdef public object awaited, resume, close
    cdef public double until
