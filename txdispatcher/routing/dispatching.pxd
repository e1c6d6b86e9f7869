cimport cython
from txdispatcher.balancing.destination cimport Destination
from txdispatcher.balancing.selection cimport Selection
from txdispatcher.balancing.sets cimport Sets
from txdispatcher.proxy.context cimport Context
from txdispatcher.routing.choosing cimport Choosing, with_domain
from txdispatcher.routing.variables cimport Variables, variables_of


cdef class Dispatching:
    cdef public Choosing choosing
    cdef public Sets sets
    cdef public object transitions, names, reload
    cdef public bint failover, force_dst

    cpdef Dispatched bind(self, Context context, double now)


# It refers to nothing that could lead back to it.
@cython.no_gc
cdef class Dispatched:
    cdef Dispatching _module
    cdef Sets _sets
    cdef public Context context
    cdef public double now
    cdef public list targets
    cdef public tuple at_once
    cdef public bint counted
    cdef public Py_ssize_t chosen

    cpdef int ds_select_dst(self, int set_id, int algorithm, int limit=*) except? -9
    @cython.locals(destination=Destination)
    cpdef int ds_set_dst(self) except? -9
    @cython.locals(targets=list, at_once=tuple, selection=Selection, first=Destination, left=int)
    cdef bint _select(self, object pairs, int limit) except -1
    cdef _write(self)
