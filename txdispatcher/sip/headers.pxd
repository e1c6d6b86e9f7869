# The C body of header_id in headers.py, for the compiled build (tests/sip/test_twins.py keeps the two equal).
from cpython.bytes cimport PyBytes_AS_STRING

cdef extern from "strings.h":
    int strncasecmp(const char *a, const char *b, size_t n) noexcept

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


cdef inline int header_id(bytes data, Py_ssize_t start, Py_ssize_t end) noexcept:
    cdef const char *name = PyBytes_AS_STRING(data) + start
    cdef Py_ssize_t size = end - start
    cdef int first
    if size < 1:
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
        if first == c'v' and strncasecmp(name, "via", 3) == 0:
            return VIA
    elif size == 4:
        if first == c'f' and strncasecmp(name, "from", 4) == 0:
            return FROM
        if first == c'c' and strncasecmp(name, "cseq", 4) == 0:
            return CSEQ
    elif size == 5:
        if first == c'r' and strncasecmp(name, "route", 5) == 0:
            return ROUTE
    elif size == 7:
        if first == c'c':
            if strncasecmp(name, "call-id", 7) == 0:
                return CALL_ID
            if strncasecmp(name, "contact", 7) == 0:
                return CONTACT
    elif size == 9:
        if first == c't' and strncasecmp(name, "timestamp", 9) == 0:
            return TIMESTAMP
    elif size == 12:
        if first == c'm' and strncasecmp(name, "max-forwards", 12) == 0:
            return MAX_FORWARDS
        if first == c'r' and strncasecmp(name, "record-route", 12) == 0:
            return RECORD_ROUTE
    elif size == 13:
        if first == c'p' and strncasecmp(name, "proxy-require", 13) == 0:
            return PROXY_REQUIRE
        if first == c'a' and strncasecmp(name, "authorization", 13) == 0:
            return AUTHORIZATION
    elif size == 14:
        if first == c'c' and strncasecmp(name, "content-length", 14) == 0:
            return CONTENT_LENGTH
    elif size == 16:
        if first == c'w' and strncasecmp(name, "www-authenticate", 16) == 0:
            return WWW_AUTHENTICATE
    elif size == 18:
        if first == c'p' and strncasecmp(name, "proxy-authenticate", 18) == 0:
            return PROXY_AUTHENTICATE
    elif size == 19:
        if first == c'p' and strncasecmp(name, "proxy-authorization", 19) == 0:
            return PROXY_AUTHORIZATION
    return OTHER
