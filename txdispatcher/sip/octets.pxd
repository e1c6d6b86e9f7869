# C bodies of the primitives in octets.py, for the compiled build: each does what its Python twin does (tests/sip/test_twins.py).
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint32_t
from libc.string cimport memchr, memcmp

cdef extern from *:
    """
    #include <stddef.h>
    #include <stdint.h>
    static uint32_t octets_crc(const unsigned char *data, size_t size, uint32_t crc) {
        static uint32_t table[256];
        static int ready = 0;
        uint32_t i, k;
        if (!ready) {
            for (i = 0; i < 256; i++) {
                uint32_t c = i;
                for (k = 0; k < 8; k++) c = c & 1 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
                table[i] = c;
            }
            ready = 1;
        }
        crc = ~crc;
        while (size--) crc = table[(crc ^ *data++) & 0xFF] ^ (crc >> 8);
        return ~crc;
    }
    """
    uint32_t octets_crc(const unsigned char *data, size_t size, uint32_t crc) noexcept

cdef enum:
    MAX_NUMBER = 2147483647
    MAX_DIGITS = 16


cdef inline bint _blank(char c) noexcept:
    return c == c' ' or c == c'\t' or c == c'\r' or c == c'\n'


cdef inline char _lower(char c) noexcept:
    return c + 32 if c'A' <= c <= c'Z' else c


cdef inline bint _token(unsigned char c) noexcept:
    if c'a' <= c <= c'z' or c'A' <= c <= c'Z' or c'0' <= c <= c'9':
        return True
    return c in (c'-', c'.', c'!', c'%', c'*', c'_', c'+', c'`', c"'", c'~')


cdef inline bytes cut(bytes data, Py_ssize_t start, Py_ssize_t end):
    if end > PyBytes_GET_SIZE(data):
        end = PyBytes_GET_SIZE(data)
    if start < 0 or end <= start:
        return b""
    return PyBytes_FromStringAndSize(PyBytes_AS_STRING(data) + start, end - start)


cdef inline bint is_token(bytes data, Py_ssize_t start, Py_ssize_t end) noexcept:
    cdef const char *base = PyBytes_AS_STRING(data)
    if end > PyBytes_GET_SIZE(data):
        end = PyBytes_GET_SIZE(data)
    if start < 0 or end <= start:
        return False
    while start < end:
        if not _token(<unsigned char>base[start]):
            return False
        start += 1
    return True


cdef inline bint is_framed(bytes data, Py_ssize_t end) noexcept:
    cdef const char *base = PyBytes_AS_STRING(data)
    cdef const char *hit
    cdef Py_ssize_t at = 0, lf = 0, crlf = 0
    if end > PyBytes_GET_SIZE(data):
        end = PyBytes_GET_SIZE(data)
    # Every LF must follow a CR, and there must be no more CRs than that.
    while at < end:
        hit = <const char *>memchr(base + at, c'\n', end - at)
        if hit == NULL:
            break
        at = hit - base
        if at == 0 or base[at - 1] != c'\r':
            return False
        lf += 1
        at += 1
    at = 0
    while at < end:
        hit = <const char *>memchr(base + at, c'\r', end - at)
        if hit == NULL:
            break
        crlf += 1
        at = hit - base + 1
    return lf == crlf


cdef inline Py_ssize_t find(bytes data, int byte, Py_ssize_t start, Py_ssize_t end) noexcept:
    cdef const char *base = PyBytes_AS_STRING(data)
    cdef const char *hit
    if end > PyBytes_GET_SIZE(data):
        end = PyBytes_GET_SIZE(data)
    if start < 0 or end <= start:
        return -1
    hit = <const char *>memchr(base + start, byte, end - start)
    return hit - base if hit != NULL else -1


cdef inline Py_ssize_t line_end(bytes data, Py_ssize_t start, Py_ssize_t end) noexcept:
    cdef const char *base = PyBytes_AS_STRING(data)
    cdef const char *hit
    cdef Py_ssize_t at = start, size = PyBytes_GET_SIZE(data)
    if end > size:
        end = size
    if start < 0:
        return -1
    while at < end:
        hit = <const char *>memchr(base + at, c'\r', end - at)
        if hit == NULL:
            return -1
        at = hit - base
        if at + 1 >= end:
            return -1
        if base[at + 1] != c'\n':
            at += 1
            continue
        if at + 2 < size and (base[at + 2] == c' ' or base[at + 2] == c'\t'):
            at += 2
            continue
        return at
    return -1


cdef inline Py_ssize_t skip_blanks(bytes data, Py_ssize_t start, Py_ssize_t end) noexcept:
    cdef const char *base = PyBytes_AS_STRING(data)
    if end > PyBytes_GET_SIZE(data):
        end = PyBytes_GET_SIZE(data)
    while start < end and _blank(base[start]):
        start += 1
    return start


cdef inline Py_ssize_t trim_blanks(bytes data, Py_ssize_t start, Py_ssize_t end) noexcept:
    cdef const char *base = PyBytes_AS_STRING(data)
    if end > PyBytes_GET_SIZE(data):
        end = PyBytes_GET_SIZE(data)
    while end > start and _blank(base[end - 1]):
        end -= 1
    return end


cdef inline bint same(bytes data, Py_ssize_t start, Py_ssize_t end, bytes word) noexcept:
    cdef const char *base = PyBytes_AS_STRING(data) + start
    cdef const char *wanted = PyBytes_AS_STRING(word)
    cdef Py_ssize_t at, size = PyBytes_GET_SIZE(word)
    if end - start != size or start < 0 or (size > 0 and end > PyBytes_GET_SIZE(data)):
        return False
    for at in range(size):
        if _lower(base[at]) != wanted[at]:
            return False
    return True


cdef inline Py_ssize_t number(bytes data, Py_ssize_t start, Py_ssize_t end) noexcept:
    cdef const char *base = PyBytes_AS_STRING(data)
    cdef Py_ssize_t value = 0
    if end > PyBytes_GET_SIZE(data):
        end = PyBytes_GET_SIZE(data)
    if start < 0 or end <= start or end - start > MAX_DIGITS:
        return -1
    while start < end:
        if not c'0' <= base[start] <= c'9':
            return -1
        value = value * 10 + (base[start] - c'0')
        start += 1
    return value if value <= MAX_NUMBER else -1


cdef inline Py_ssize_t quoted_end(bytes data, Py_ssize_t start, Py_ssize_t end) noexcept:
    cdef const char *base = PyBytes_AS_STRING(data)
    cdef Py_ssize_t at = start + 1
    if end > PyBytes_GET_SIZE(data):
        end = PyBytes_GET_SIZE(data)
    if start < 0:
        return -1
    while at < end:
        if base[at] == c'\\':
            at += 2
            continue
        if base[at] == c'"':
            return at + 1
        at += 1
    return -1


cdef inline Py_ssize_t find_outside_quotes(bytes data, Py_ssize_t start, Py_ssize_t end, int byte) noexcept:
    cdef const char *base = PyBytes_AS_STRING(data)
    cdef Py_ssize_t at = start
    cdef char c
    if end > PyBytes_GET_SIZE(data):
        end = PyBytes_GET_SIZE(data)
    # Most spans do not hold the byte at all.
    if find(data, byte, start, end) < 0:
        return -1
    while at < end:
        c = base[at]
        if c == <char>byte:
            return at
        if c == c'"':
            at = quoted_end(data, at, end)
            if at < 0:
                return -1
            continue
        if c == c'<':
            at = find(data, c'>', at, end)
            if at < 0:
                return -1
        at += 1
    return -1


cdef inline Py_ssize_t head_end(bytes data, Py_ssize_t start) noexcept:
    cdef const char *base = PyBytes_AS_STRING(data)
    cdef const char *hit
    cdef Py_ssize_t at = start + 1, size = PyBytes_GET_SIZE(data)
    if start < 0:
        return -1
    # From LF to LF: one that stands between CR and CRLF ends the header.
    while at + 2 < size:
        hit = <const char *>memchr(base + at, c'\n', size - 2 - at)
        if hit == NULL:
            return -1
        if hit[-1] == c'\r' and hit[1] == c'\r' and hit[2] == c'\n':
            return hit + 1 - base
        at = hit - base + 1
    return -1


cdef inline bint begins(bytes data, Py_ssize_t start, bytes word) noexcept:
    cdef Py_ssize_t size = PyBytes_GET_SIZE(word)
    if start < 0 or start + size > PyBytes_GET_SIZE(data):
        return False
    return memcmp(PyBytes_AS_STRING(data) + start, PyBytes_AS_STRING(word), size) == 0


cdef inline uint32_t checksum(bytes data, Py_ssize_t start, Py_ssize_t end, uint32_t seed) noexcept:
    if end > PyBytes_GET_SIZE(data):
        end = PyBytes_GET_SIZE(data)
    if start < 0 or end <= start:
        return seed
    return octets_crc(<const unsigned char *>PyBytes_AS_STRING(data) + start, end - start, seed)
