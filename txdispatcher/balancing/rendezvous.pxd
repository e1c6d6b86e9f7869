cimport cython
from libc cimport math


cdef class Rendezvous:
    cdef unsigned long long[::1] _seeds
    cdef double[::1] _weights
    cdef Py_ssize_t _size
    cdef bint _level

    @cython.locals(
        found=Py_ssize_t,
        place=Py_ssize_t,
        highest=double,
        score=double,
    )
    cpdef Py_ssize_t best(self, unsigned long long key, list allowed, double below) except -2

    @cython.locals(score=double)
    cpdef double score(self, unsigned long long key, Py_ssize_t place)


@cython.locals(mask=cython.ulonglong, first=cython.ulonglong, second=cython.ulonglong)
cdef double _uniform(unsigned long long bits)
