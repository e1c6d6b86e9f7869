"""What the benchmarks that compare both servers have in common: their options, and whose turn it is."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import load
import servers

from txdispatcher.build import running_build


def parser(text: str | None) -> argparse.ArgumentParser:
    """With the options that all of them have; `text` is the script's docstring."""
    found = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--settings", default="", help="TOML for this server, dotted keys at its end: 'sip.batch_wait = 0'")
    return found


def show_build() -> None:
    """Which build is measured: TXDISPATCHER_EXTENSIONS=yes|no scripts/make-venv chooses it."""
    print(f"build: {running_build()}", flush=True)


def pinned(pin: bool = True) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The prefixes of the server's command and of the load's (see `load.cores`); none without `pin`."""
    return load.cores() if pin else ((), ())


def turns(rounds: int, ours: servers.Start, kamailio: servers.Start) -> Iterator[tuple[int, servers.Start]]:
    """Both, `rounds` times, each with the number of its round.

    Who begins alternates, so that neither always meets the warmer machine.
    """
    for number in range(rounds):
        pair = (ours, kamailio)
        for start in pair if number % 2 == 0 else reversed(pair):
            yield number, start
