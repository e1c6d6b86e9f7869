# The C bodies of octets.pxd and headers.pxd as Python functions, so that tests/sip/test_twins.py can hold them against their
# twins. Nothing else uses it.
cimport txdispatcher.sip.headers as headers
cimport txdispatcher.sip.octets as octets


def cut(bytes data, Py_ssize_t start, Py_ssize_t end):
    return octets.cut(data, start, end)


def find(bytes data, int byte, Py_ssize_t start, Py_ssize_t end):
    return octets.find(data, byte, start, end)


def is_token(bytes data, Py_ssize_t start, Py_ssize_t end):
    return octets.is_token(data, start, end)


def head_end(bytes data, Py_ssize_t start):
    return octets.head_end(data, start)


def begins(bytes data, Py_ssize_t start, bytes word):
    return octets.begins(data, start, word)


def checksum(bytes data, Py_ssize_t start, Py_ssize_t end, unsigned int seed):
    return octets.checksum(data, start, end, seed)


def without(bytes data, Py_ssize_t start, Py_ssize_t end):
    return octets.without(data, start, end)


def numbered(bytes head, unsigned long long number, int digits, bytes tail):
    return octets.numbered(head, number, digits, tail)


def splice(bytes data, list edits):
    return octets.splice(data, edits)


def is_framed(bytes data, Py_ssize_t end):
    return octets.is_framed(data, end)


def line_end(bytes data, Py_ssize_t start, Py_ssize_t end):
    return octets.line_end(data, start, end)


def skip_blanks(bytes data, Py_ssize_t start, Py_ssize_t end):
    return octets.skip_blanks(data, start, end)


def trim_blanks(bytes data, Py_ssize_t start, Py_ssize_t end):
    return octets.trim_blanks(data, start, end)


def same(bytes data, Py_ssize_t start, Py_ssize_t end, bytes word):
    return octets.same(data, start, end, word)


def number(bytes data, Py_ssize_t start, Py_ssize_t end):
    return octets.number(data, start, end)


def find_outside_quotes(bytes data, Py_ssize_t start, Py_ssize_t end, int byte):
    return octets.find_outside_quotes(data, start, end, byte)


def quoted_end(bytes data, Py_ssize_t start, Py_ssize_t end):
    return octets.quoted_end(data, start, end)


def header_id(bytes data, Py_ssize_t start, Py_ssize_t end):
    return headers.header_id(data, start, end)


#: What octets.pxd and headers.pxd have as C constants, by name.
CONSTANTS = {
    "MAX_NUMBER": octets.MAX_NUMBER,
    "MAX_DIGITS": octets.MAX_DIGITS,
    "OTHER": headers.OTHER,
    "VIA": headers.VIA,
    "FROM": headers.FROM,
    "TO": headers.TO,
    "CALL_ID": headers.CALL_ID,
    "CSEQ": headers.CSEQ,
    "MAX_FORWARDS": headers.MAX_FORWARDS,
    "ROUTE": headers.ROUTE,
    "RECORD_ROUTE": headers.RECORD_ROUTE,
    "CONTENT_LENGTH": headers.CONTENT_LENGTH,
    "CONTACT": headers.CONTACT,
    "PROXY_REQUIRE": headers.PROXY_REQUIRE,
    "PROXY_AUTHORIZATION": headers.PROXY_AUTHORIZATION,
    "AUTHORIZATION": headers.AUTHORIZATION,
    "WWW_AUTHENTICATE": headers.WWW_AUTHENTICATE,
    "PROXY_AUTHENTICATE": headers.PROXY_AUTHENTICATE,
    "TIMESTAMP": headers.TIMESTAMP,
    "EXPIRES": headers.EXPIRES,
}
