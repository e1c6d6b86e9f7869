from txdispatcher.balancing.destination cimport Destination
from txdispatcher.balancing.selection cimport Selection
from txdispatcher.balancing.sets cimport Sets
from txdispatcher.proxy.context cimport Context
from txdispatcher.proxy.hop cimport Hop
from txdispatcher.sip.uri cimport Uri


cdef class Choosing:
    cdef public Sets sets
    cdef public bint user_only
    cdef public object hash_pvar, sockets

    cpdef Selection choose(self, Context context, int set_id, int algorithm, double now, Py_ssize_t limit=*)


cpdef Hop hop_to(Destination destination, object sockets)

cpdef bytes with_domain(Uri uri, Destination destination)
