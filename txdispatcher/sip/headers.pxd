# The C body of header_id in headers.py, for the compiled build (tests/sip/test_twins.py keeps the two equal).
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE

cdef enum:
    OTHER = 0
    VIA = 1
    FROM = 2
    TO = 3
    CALL_ID = 4
    CSEQ = 5
    MAX_FORWARDS = 6
    ROUTE = 7
    RECORD_ROUTE = 8
    CONTENT_LENGTH = 9
    CONTACT = 10
    PROXY_REQUIRE = 11
    PROXY_AUTHORIZATION = 12
    AUTHORIZATION = 13
    WWW_AUTHENTICATE = 14
    PROXY_AUTHENTICATE = 15
    TIMESTAMP = 16
    EXPIRES = 17


# Not strncasecmp: in a Turkish locale VIA would be no Via to it.
cdef inline bint _is(const char *name, const char *lower, Py_ssize_t size) noexcept:
    cdef Py_ssize_t at
    for at in range(size):
        if (name[at] + 32 if c'A' <= name[at] <= c'Z' else name[at]) != lower[at]:
            return False
    return True


cdef inline int header_id(bytes data, Py_ssize_t start, Py_ssize_t end) noexcept:
    cdef const char *name = PyBytes_AS_STRING(data) + start
    cdef Py_ssize_t size
    cdef int first
    if end > PyBytes_GET_SIZE(data):
        end = PyBytes_GET_SIZE(data)
    size = end - start
    if start < 0 or size < 1:
        return OTHER
    first = name[0] | 0x20
    if size == 1:
        if first == c'v':
            return VIA
        if first == c'f':
            return FROM
        if first == c't':
            return TO
        if first == c'i':
            return CALL_ID
        if first == c'm':
            return CONTACT
        if first == c'l':
            return CONTENT_LENGTH
    elif size == 2:
        if first == c't' and (name[1] | 0x20) == c'o':
            return TO
    elif size == 3:
        if first == c'v' and _is(name, "via", 3):
            return VIA
    elif size == 4:
        if first == c'f' and _is(name, "from", 4):
            return FROM
        if first == c'c' and _is(name, "cseq", 4):
            return CSEQ
    elif size == 5:
        if first == c'r' and _is(name, "route", 5):
            return ROUTE
    elif size == 7:
        if first == c'c':
            if _is(name, "call-id", 7):
                return CALL_ID
            if _is(name, "contact", 7):
                return CONTACT
        elif first == c'e' and _is(name, "expires", 7):
            return EXPIRES
    elif size == 9:
        if first == c't' and _is(name, "timestamp", 9):
            return TIMESTAMP
    elif size == 12:
        if first == c'm' and _is(name, "max-forwards", 12):
            return MAX_FORWARDS
        if first == c'r' and _is(name, "record-route", 12):
            return RECORD_ROUTE
    elif size == 13:
        if first == c'p' and _is(name, "proxy-require", 13):
            return PROXY_REQUIRE
        if first == c'a' and _is(name, "authorization", 13):
            return AUTHORIZATION
    elif size == 14:
        if first == c'c' and _is(name, "content-length", 14):
            return CONTENT_LENGTH
    elif size == 16:
        if first == c'w' and _is(name, "www-authenticate", 16):
            return WWW_AUTHENTICATE
    elif size == 18:
        if first == c'p' and _is(name, "proxy-authenticate", 18):
            return PROXY_AUTHENTICATE
    elif size == 19:
        if first == c'p' and _is(name, "proxy-authorization", 19):
            return PROXY_AUTHORIZATION
    return OTHER
