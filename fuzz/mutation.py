"""Random damage to well-formed input, and the loop that feeds it to one entry point."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence

#: What the grammar of SIP turns on: more often the interesting byte than one of 256.
_TOKENS = [
    *(bytes((c,)) for c in b'<>"\\;:,=@[]%/?&+- \t\r\n\x00\xff09aZ'),
    b"\r\n",
    b"\r\n\r\n",
    b"\r\n ",
    b"SIP/2.0",
    b";tag=",
    b";rport",
    b";received",
    b";branch=",
    b"Via: ",
    b"Route: ",
    b"Content-Length: 5\r\n",
    b"99999999999999999999",
]


def mutate(rng: random.Random, corpus: Sequence[bytes]) -> bytes:
    """One of the corpus with one or a few changes: pieces cut, doubled, overwritten, taken from another one, swapped."""
    data = bytearray(rng.choice(corpus))
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        at = rng.randint(0, len(data))
        length = rng.choice((0, 1, 1, 2, 8, 40))
        kind = rng.randrange(6)
        if kind == 0:
            del data[at : at + length]
        elif kind == 1:
            data[at:at] = data[at : at + length] * rng.choice((1, 2, 50))
        elif kind == 2:
            data[at : at + length] = rng.choice(_TOKENS)
        elif kind == 3:
            data[at:at] = rng.choice(_TOKENS)
        elif kind == 4:
            data[at : at + length] = rng.randbytes(length)
        else:
            other = rng.choice(corpus)
            start = rng.randint(0, len(other))
            data[at : at + length] = other[start : start + length]
    return bytes(data)


def run(entry: Callable[[bytes], object], corpus: Sequence[bytes], allowed: type[Exception]) -> None:
    """Feed `entry` as many mutations as the command line says (default 10,000; a second number is the seed).

    An exception other than `allowed` ends the run: the input that caused it is shown, and the exit status is 1.
    """
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(2**32)
    rng = random.Random(seed)
    refused = 0
    for number in range(count):
        data = mutate(rng, corpus)
        try:
            entry(data)
        except allowed:
            refused += 1
        except Exception:
            sys.stderr.write(f"input {number} of seed {seed}: {data!r}\n")
            raise
    sys.stdout.write(f"{count} inputs of seed {seed}: {count - refused} taken, {refused} refused\n")
