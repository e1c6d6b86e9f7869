"""As many open files as the connections of the settings need."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from txdispatcher.check_settings import setting_warnings
from txdispatcher.config import Config, read_config
from txdispatcher.open_files import allow

FEW = 300
NEEDED = 2 * 100 + 256
TOO_FEW = "k.toml: stream.connections: 100, and as many of ours, need 456 open files, and the system allows 400 (ulimit -Hn)"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.chdir(tmp_path)
    Path("k.toml").write_text("sip.listen = ['udp:127.0.0.1', 'tcp:127.0.0.1']\nstream.connections = 100\n")
    found, errors = read_config("k.toml")
    assert found is not None, errors
    return found


@pytest.fixture
def hard() -> Iterator[int]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW, before[1]))
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_limit_that_is_too_low_is_raised_as_far_as_is_needed(config: Config, hard: int) -> None:
    allow(config)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (NEEDED, hard)
    # It is never brought down.
    allow(replace(config, stream=replace(config.stream, connections=1)))
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (NEEDED, hard)


def test_without_connections_it_stays(config: Config, hard: int) -> None:
    allow(replace(config, sip=replace(config.sip, listen=config.sip.listen[:1])))
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (FEW, hard)


@pytest.mark.parametrize(("hard", "found"), [(400, [TOO_FEW]), (NEEDED, []), (resource.RLIM_INFINITY, [])])
def test_what_the_system_does_not_allow_is_said(
    config: Config, monkeypatch: pytest.MonkeyPatch, hard: int, found: list[str]
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (FEW, hard))
    assert list(setting_warnings(config)) == found
