"""Files of settings for tests."""

from __future__ import annotations

import pytest

from txdispatcher.config import Config, check_config, load_config


@pytest.fixture
def load(tmp_path):
    """load(text): the settings of a file with that text."""

    def load(text: str) -> Config:
        file = tmp_path / "kdispatcher.toml"
        file.write_text(text)
        return load_config(str(file))

    return load


@pytest.fixture
def errors(tmp_path):
    """errors(text): what `check_config` finds in a file with that text, as (key, reason)."""

    def errors(text: str) -> list[tuple[str, str]]:
        file = tmp_path / "kdispatcher.toml"
        file.write_text(text)
        found = check_config(str(file))
        assert all(str(error).startswith(f"{file}: ") for error in found)
        return [(error.key, error.reason) for error in found]

    return errors
