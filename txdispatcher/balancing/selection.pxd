cimport cython
from txdispatcher.balancing.destination cimport Destination
from txdispatcher.balancing.places cimport Places


cdef class Selection:
    cdef public Destination first
    cdef public tuple at_once
    cdef public Places _set
    cdef public Py_ssize_t _start, _at, _left
    cdef public int _leg, _algorithm

    @cython.locals(destination=Destination)
    cpdef Destination next(self, double now=*)

    @cython.locals(found=Places, destination=Destination)
    cdef Destination _following(self)

    @cython.locals(found=Places)
    cdef Destination _default(self)

    @cython.locals(table=list, index=Py_ssize_t, destination=Destination)
    cdef Destination _walk(self, Py_ssize_t end)


cdef class RankedSelection(Selection):
    cdef public object _order

    @cython.locals(destination=Destination)
    cdef Destination _following(self)
