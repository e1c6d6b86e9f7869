# cython: language_level=3
"""Many datagrams in one system call: recvmmsg and sendmmsg, which Python cannot say. `datagrams` is the same in plain Python."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.errno cimport EAGAIN, EINTR, errno
from libc.stdint cimport uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset

cdef extern from "<sys/socket.h>" nogil:
    ctypedef unsigned int socklen_t
    int AF_INET, AF_INET6, MSG_DONTWAIT
    cdef struct iovec:
        void *iov_base
        size_t iov_len
    cdef struct msghdr:
        void *msg_name
        socklen_t msg_namelen
        iovec *msg_iov
        size_t msg_iovlen
        void *msg_control
        size_t msg_controllen
        int msg_flags
    cdef struct mmsghdr:
        msghdr msg_hdr
        unsigned int msg_len
    cdef struct sockaddr_storage:
        unsigned short ss_family
    int recvmmsg(int fd, mmsghdr *messages, unsigned int count, int flags, void *timeout)
    int sendmmsg(int fd, mmsghdr *messages, unsigned int count, int flags)

cdef extern from "<netinet/in.h>" nogil:
    cdef struct in_addr:
        uint32_t s_addr
    cdef struct sockaddr_in:
        unsigned short sin_family
        uint16_t sin_port
        in_addr sin_addr
    cdef struct in6_addr:
        pass
    cdef struct sockaddr_in6:
        unsigned short sin6_family
        uint16_t sin6_port
        in6_addr sin6_addr

cdef extern from "<arpa/inet.h>" nogil:
    uint16_t ntohs(uint16_t value)
    uint16_t htons(uint16_t value)
    const char *inet_ntop(int family, const void *address, char *text, socklen_t size)
    int inet_pton(int family, const char *text, void *address)

DEF BATCH_SIZE = 64
DEF MAX_SIZE = 65535
#: Addresses that are remembered in either direction; strangers can fill the tables, so they are emptied when full.
DEF REMEMBERED = 65536

BATCH = BATCH_SIZE
MAX_DATAGRAM = MAX_SIZE


cdef class Datagrams:
    """A non-blocking UDP socket; see the twin. It is known by its descriptor's number: who closes it lets go of this too."""

    cdef public long long refused
    cdef object _socket
    cdef int _fd
    cdef int _family
    cdef mmsghdr *_in
    cdef mmsghdr *_out
    cdef iovec *_in_vectors
    cdef iovec *_out_vectors
    cdef sockaddr_storage *_in_names
    cdef char *_buffers
    cdef dict _peers
    cdef dict _names

    def __cinit__(self, sock):
        cdef int i
        self._in = <mmsghdr *>calloc(BATCH_SIZE, sizeof(mmsghdr))
        self._out = <mmsghdr *>calloc(BATCH_SIZE, sizeof(mmsghdr))
        self._in_vectors = <iovec *>calloc(BATCH_SIZE, sizeof(iovec))
        self._out_vectors = <iovec *>calloc(BATCH_SIZE, sizeof(iovec))
        self._in_names = <sockaddr_storage *>calloc(BATCH_SIZE, sizeof(sockaddr_storage))
        # Only the pages that real messages touch become resident.
        self._buffers = <char *>malloc(BATCH_SIZE * MAX_SIZE)
        if not (self._in and self._out and self._in_vectors and self._out_vectors and self._in_names and self._buffers):
            raise MemoryError
        for i in range(BATCH_SIZE):
            self._in_vectors[i].iov_base = self._buffers + i * MAX_SIZE
            self._in_vectors[i].iov_len = MAX_SIZE
            self._in[i].msg_hdr.msg_iov = &self._in_vectors[i]
            self._in[i].msg_hdr.msg_iovlen = 1
            self._in[i].msg_hdr.msg_name = &self._in_names[i]
            self._out[i].msg_hdr.msg_iov = &self._out_vectors[i]
            self._out[i].msg_hdr.msg_iovlen = 1

    def __init__(self, sock):
        self.refused = 0
        self._socket = sock
        self._fd = sock.fileno()
        self._family = sock.family
        self._peers = {}
        self._names = {}

    def __dealloc__(self):
        free(self._in)
        free(self._out)
        free(self._in_vectors)
        free(self._out_vectors)
        free(self._in_names)
        free(self._buffers)

    cpdef list receive(self):
        cdef int count, i
        cdef list found = []
        for i in range(BATCH_SIZE):
            self._in[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage)
        with nogil:
            count = recvmmsg(self._fd, self._in, BATCH_SIZE, MSG_DONTWAIT, NULL)
        if count < 0:
            if errno != EAGAIN and errno != EINTR:
                self.refused += 1
            return found
        for i in range(count):
            found.append((
                PyBytes_FromStringAndSize(<char *>self._in_vectors[i].iov_base, self._in[i].msg_len),
                self._peer(&self._in_names[i]),
            ))
        return found

    cpdef Py_ssize_t send(self, list sends, Py_ssize_t start) except -1:
        cdef Py_ssize_t at = start, total = len(sends), i
        cdef int count, done
        cdef tuple each
        cdef bytes data, name
        # What the vectors point to must outlive the call; the memory of `sends` does, that of the names is in `_names`.
        if len(self._names) > REMEMBERED:
            self._names.clear()
        while at < total:
            count = 0
            while count < BATCH_SIZE and at + count < total:
                each = <tuple>sends[at + count]
                data = <bytes>each[2]
                name = self._names.get(each[1])
                if name is None:
                    name = self._name(<tuple>each[1])
                    if name is None:
                        break
                self._out_vectors[count].iov_base = PyBytes_AS_STRING(data)
                self._out_vectors[count].iov_len = PyBytes_GET_SIZE(data)
                self._out[count].msg_hdr.msg_name = PyBytes_AS_STRING(name)
                self._out[count].msg_hdr.msg_namelen = <socklen_t>PyBytes_GET_SIZE(name)
                count += 1
            if count == 0:
                # No address of this family at all.
                self.refused += 1
                at += 1
                continue
            with nogil:
                done = sendmmsg(self._fd, self._out, count, MSG_DONTWAIT)
            if done > 0:
                at += done
            elif errno == EAGAIN:
                return at
            elif errno != EINTR:
                # The first of them was refused; the others may go.
                self.refused += 1
                at += 1
        return at

    cdef tuple _peer(self, sockaddr_storage *name):
        cdef sockaddr_in *four
        cdef sockaddr_in6 *six
        cdef char text[64]
        cdef object key
        cdef tuple peer
        if name.ss_family == AF_INET:
            four = <sockaddr_in *>name
            key = (<uint64_t>four.sin_addr.s_addr << 16) | four.sin_port
        else:
            six = <sockaddr_in6 *>name
            key = PyBytes_FromStringAndSize(<char *>&six.sin6_addr, 16) + PyBytes_FromStringAndSize(<char *>&six.sin6_port, 2)
        found = self._peers.get(key)
        if found is not None:
            return <tuple>found
        if name.ss_family == AF_INET:
            inet_ntop(AF_INET, &four.sin_addr, text, sizeof(text))
            peer = (text.decode("ascii"), ntohs(four.sin_port))
        else:
            inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof(text))
            peer = (text.decode("ascii"), ntohs(six.sin6_port))
        if len(self._peers) >= REMEMBERED:
            self._peers.clear()
        self._peers[key] = peer
        return peer

    cdef bytes _name(self, tuple address):
        """The socket address for (host, port); None where that is none of the socket's family."""
        cdef sockaddr_in four
        cdef sockaddr_in6 six
        cdef bytes host = (<str>address[0]).encode("ascii", "replace")
        cdef bytes name
        if not 0 <= address[1] <= 65535:
            return None
        if self._family == AF_INET:
            memset(&four, 0, sizeof(four))
            four.sin_family = AF_INET
            four.sin_port = htons(address[1])
            if inet_pton(AF_INET, host, &four.sin_addr) != 1:
                return None
            name = PyBytes_FromStringAndSize(<char *>&four, sizeof(four))
        else:
            memset(&six, 0, sizeof(six))
            six.sin6_family = AF_INET6
            six.sin6_port = htons(address[1])
            if inet_pton(AF_INET6, host, &six.sin6_addr) != 1:
                return None
            name = PyBytes_FromStringAndSize(<char *>&six, sizeof(six))
        self._names[address] = name
        return name
