cimport cython

cdef double _TICK
cdef long long _MASK, _LOOSE, _AHEAD


cdef class Timer:
    cdef Timer _before, _after
    cdef long long _tick
    cpdef fire(self, double now)


cdef class Wheel:
    cdef double _start
    cdef long long _tick, _soonest
    cdef list _rings
    cdef Timer _due
    cdef public Py_ssize_t running

    cpdef set(self, Timer timer, double at)
    cpdef set_loosely(self, Timer timer, double at)
    cdef _put(self, Timer timer, long long tick)

    @cython.locals(before=Timer, after=Timer)
    cpdef cancel(self, Timer timer)

    @cython.locals(
        last=cython.longlong, tick=cython.longlong, end=cython.longlong, due=Timer, ring=Timer, node=Timer, following=Timer, first=Timer
    )
    cpdef advance(self, double now)


@cython.locals(last=Timer)
cdef _link(Timer ring, Timer timer)
