"""Functions of the module sdpops: what a session description (RFC 8866) has."""

from __future__ import annotations

import re
from dataclasses import dataclass

from txdispatcher.routing.message_variables import header_values
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import Variable, function

TRUE, FALSE = 1, -1
#: What there is no session description of, for some functions; and what some streams have, and not all.
_NONE, _SOME = -2, 2

#: m=<media> <port> ["/" <number>] <proto> <fmt> ...   (RFC 8866 5.14)
_MEDIA = re.compile(rb"m=(\S+) (\d+)(?:/\d+)? (\S+)((?: \S+)*)")
_NAME = re.compile(rb"a=rtpmap:(\S+) ([^/\s]+)")
_FAMILY = re.compile(rb"^c=IN IP([46]) ", re.MULTILINE)
#: The names of what has a number of its own and needs no rtpmap (RFC 3551 6).
_STATIC = {
    b"PCMU": b"0",
    b"GSM": b"3",
    b"G723": b"4",
    b"DVI4": b"5",
    b"PCMA": b"8",
    b"G722": b"9",
    b"G728": b"15",
    b"G729": b"18",
}


@dataclass(frozen=True, slots=True)
class _Stream:
    media: bytes
    port: int
    transport: bytes
    formats: tuple[bytes, ...]
    lines: tuple[bytes, ...]

    def numbers(self, name: bytes) -> set[bytes]:
        """The payload types that have the name."""
        named = {number for line in self.lines for number, each in _NAME.findall(line) if each.lower() == name.lower()}
        fixed = _STATIC.get(name.upper())
        return named | ({fixed} if fixed is not None else set())


@function("sdpops")
def sdp_content(run: Run) -> int:
    """Whether the body is a session description."""
    return TRUE if _lines(run) else FALSE


@function("sdpops")
def sdp_with_media(run: Run, media: bytes) -> int:
    """Whether there is a stream of the media, such as ``audio``."""
    return TRUE if any(each.media == media.strip().lower() for each in _streams(run)) else FALSE


@function("sdpops")
def sdp_with_active_media(run: Run, media: bytes) -> int:
    """The same for a stream that is not refused (port 0), and that is received."""
    off = (b"a=sendonly", b"a=inactive")
    active = (each for each in _streams(run) if each.port and not any(line in off for line in each.lines))
    return TRUE if any(each.media == media.strip().lower() for each in active) else FALSE


@function("sdpops")
def sdp_with_transport(run: Run, transport: bytes) -> int:
    """Whether there is a stream by that transport, such as ``RTP/AVP``."""
    return TRUE if any(each.transport == transport.strip() for each in _streams(run)) else FALSE


@function("sdpops")
def sdp_with_transport_like(run: Run, text: bytes) -> int:
    """Whether there is a stream by a transport with that text in its name."""
    return TRUE if any(text.strip().lower() in each.transport.lower() for each in _streams(run)) else FALSE


@function("sdpops")
def sdp_transport(run: Run, variable: Variable) -> int:
    """Write the transport of the first stream to the variable."""
    streams = _streams(run)
    if streams:
        variable.write(streams[0].transport)
    return TRUE


@function("sdpops")
def sdp_with_codecs_by_id(run: Run, numbers: bytes) -> int:
    """Whether the streams have one of the payload types ``0,8``: 2 where not all have."""
    streams = _streams(run)
    wanted = {each.strip() for each in numbers.split(b",")}
    return _how_many([bool(wanted.intersection(each.formats)) for each in streams]) if streams else _NONE


@function("sdpops")
def sdp_with_codecs_by_name(run: Run, names: bytes) -> int:
    """Whether the streams have one of the codecs ``PCMU,PCMA``: 2 where not all have."""
    wanted = [each.strip() for each in names.split(b",")]
    return _how_many([any(each.numbers(name).intersection(each.formats) for name in wanted) for each in _streams(run)])


@function("sdpops")
def sdp_with_ice(run: Run) -> int:
    """Whether there is a candidate of ICE (RFC 8839)."""
    return TRUE if any(line.startswith(b"a=candidate:") for line in _lines(run)) else FALSE


@function("sdpops")
def sdp_get_address_family(run: Run) -> int:
    """4 or 6: the kind of address that it begins with; -1 without one."""
    found = _FAMILY.search(b"\n".join(_lines(run)))
    return int(found[1]) if found is not None else FALSE


@function("sdpops")
def sdp_get(run: Run, variable: Variable) -> int:
    """Write the session description to the variable; -2 where there is none."""
    if not _lines(run):
        return _NONE
    variable.write(run.request.data[run.request.body :])
    return TRUE


@function("sdpops")
def sdp_get_line_startswith(run: Run, variable: Variable, beginning: bytes) -> int:
    """Write the first line that begins so to the variable; -2 without a session description."""
    lines = _lines(run)
    if not lines:
        return _NONE
    found = next((line for line in lines if line.startswith(beginning)), None)
    if found is None:
        return FALSE
    variable.write(found)
    return TRUE


def _how_many(having: list[bool]) -> int:
    return TRUE if having and all(having) else _SOME if any(having) else FALSE


def _lines(run: Run) -> list[bytes]:
    """Its lines; none where the body is something else."""
    kinds = header_values(run.context, b"content-type")
    if not kinds or kinds[0].partition(b";")[0].strip().lower() != b"application/sdp":
        return []
    return run.request.data[run.request.body :].splitlines()


def _streams(run: Run) -> list[_Stream]:
    found: list[tuple[re.Match[bytes], list[bytes]]] = []
    for line in _lines(run):
        media = _MEDIA.match(line)
        if media is not None:
            found.append((media, []))
        elif found:
            found[-1][1].append(line)
    return [_Stream(each[1].lower(), int(each[2]), each[3], tuple(each[4].split()), tuple(lines)) for each, lines in found]
