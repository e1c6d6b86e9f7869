cimport cython

@cython.locals(h=cython.uint)
cpdef unsigned int ds_hash(bytes x, bytes y=*)

@cython.locals(size=Py_ssize_t, at=Py_ssize_t)
cdef unsigned int _words(bytes key)
