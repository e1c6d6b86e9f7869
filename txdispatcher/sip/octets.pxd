# C bodies of the primitives in octets.py, for the compiled build: each does what its Python twin does (tests/sip/test_twins.py).
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memchr, memcmp, memcpy

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


cdef inline bytes without(bytes data, Py_ssize_t start, Py_ssize_t end):
    cdef Py_ssize_t size = PyBytes_GET_SIZE(data)
    cdef const char *base = PyBytes_AS_STRING(data)
    cdef bytes left
    if start > size:
        start = size
    if end > size:
        end = size
    if end < start:
        end = start
    left = PyBytes_FromStringAndSize(NULL, size - (end - start))
    memcpy(PyBytes_AS_STRING(left), base, start)
    memcpy(PyBytes_AS_STRING(left) + start, base + end, size - end)
    return left


cdef inline bytes numbered(bytes head, unsigned long long number, int digits, bytes tail):
    cdef char text[MAX_DIGITS]
    cdef int at = MAX_DIGITS
    cdef Py_ssize_t before = PyBytes_GET_SIZE(head), behind = PyBytes_GET_SIZE(tail)
    cdef bytes made
    cdef char *to
    if digits > MAX_DIGITS:
        digits = MAX_DIGITS
    while number or at == MAX_DIGITS or MAX_DIGITS - at < digits:
        at -= 1
        text[at] = b"0123456789abcdef"[number & 15]
        number >>= 4
    made = PyBytes_FromStringAndSize(NULL, before + MAX_DIGITS - at + behind)
    to = PyBytes_AS_STRING(made)
    memcpy(to, PyBytes_AS_STRING(head), before)
    memcpy(to + before, text + at, MAX_DIGITS - at)
    memcpy(to + before + MAX_DIGITS - at, PyBytes_AS_STRING(tail), behind)
    return made


cdef struct _Edit:
    Py_ssize_t start, end, size
    const char *text

cdef enum:
    FEW_EDITS = 16


cdef inline bytes splice(bytes data, list edits):
    cdef _Edit few[FEW_EDITS]
    cdef _Edit *ordered = few
    cdef _Edit one
    cdef Py_ssize_t count = len(edits), size = PyBytes_GET_SIZE(data), index, place, at = 0
    cdef const char *base = PyBytes_AS_STRING(data)
    cdef char *to
    cdef tuple edit
    cdef bytes text, made
    if count > FEW_EDITS:
        ordered = <_Edit *>malloc(count * sizeof(_Edit))
        if ordered == NULL:
            raise MemoryError
    try:
        for index in range(count):
            edit = <tuple>edits[index]
            text = <bytes>edit[2]
            one.start = edit[0]
            one.end = edit[1]
            one.text = PyBytes_AS_STRING(text)
            one.size = PyBytes_GET_SIZE(text)
            if one.start < 0 or one.end < one.start or one.end > size:
                raise ValueError("an edit outside of the bytes")
            # A few only, mostly in order: an insertion sort does.
            place = index
            while place > 0 and (
                ordered[place - 1].start > one.start
                or (ordered[place - 1].start == one.start and ordered[place - 1].end > one.start and one.end == one.start)
            ):
                ordered[place] = ordered[place - 1]
                place -= 1
            ordered[place] = one
        for index in range(count):
            if ordered[index].start < at:
                raise ValueError("edits overlap")
            at = ordered[index].end
            size += ordered[index].size - (ordered[index].end - ordered[index].start)
        made = PyBytes_FromStringAndSize(NULL, size)
        to = PyBytes_AS_STRING(made)
        at = 0
        for index in range(count):
            memcpy(to, base + at, ordered[index].start - at)
            to += ordered[index].start - at
            memcpy(to, ordered[index].text, ordered[index].size)
            to += ordered[index].size
            at = ordered[index].end
        memcpy(to, base + at, PyBytes_GET_SIZE(data) - at)
        return made
    finally:
        if ordered != few:
            free(ordered)
