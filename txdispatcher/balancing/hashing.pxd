cimport cython

@cython.locals(h=cython.ulonglong)
cpdef unsigned long long ds_hash(bytes x, bytes y=*)

@cython.locals(total=cython.ulonglong, word=cython.ulonglong, v=cython.ulonglong, at=Py_ssize_t)
cdef unsigned long long _words(bytes key)
