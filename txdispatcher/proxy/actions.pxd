cdef class Resolve:
    cdef public object waiting
    cdef public unsigned int key


cdef class Actions:
    cdef public list sends, resolves, waits


cdef class Counters:
    cdef public long long cancelled, failovers, outsiders, overloaded, received_keepalives, received_malformed
    cdef public long long received_requests, received_responses, relayed, replied, retransmissions_absorbed
    cdef public long long retransmissions_sent, stray_acks, stray_responses, timeouts, transactions, responses_sent
    cdef public long long answered_2xx, answered_3xx, answered_4xx, answered_5xx, answered_6xx, unanswered, dropped_responses

    cpdef answered(self, int status)
