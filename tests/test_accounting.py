"""Accounting, made by the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import execute
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent, globalLogPublisher

from txdispatcher.accounting import MOMENT, EventLog, accounting_of, accounts_of, write_events
from txdispatcher.config import Config, load_config
from txdispatcher.config.settings import Acc
from txdispatcher.errors import ConfigError
from txdispatcher.routing.script.accounting import ANSWERED, Event

EVENT = Event(ANSWERED, 1_700_000_000.5, (b"INVITE", b"a", b"b", b"1@x", b"200", b"OK", b"bob"), ("user",))


def config(folder: Path, text: str) -> Config:
    file = folder / "k.toml"
    file.write_text("[acc]\n" + text)
    return load_config(str(file))


def test_nothing_is_accounted_without_a_flag() -> None:
    assert accounting_of(Acc(log_extra="a=$fU")) is None


def test_records_are_what_goes_to_the_log_unless_they_have_flags_of_their_own() -> None:
    accounting = accounting_of(Acc(log_flag=1, log_missed_flag=2, log_extra="a=$fU", failed_transaction_flag=3))
    assert accounting is not None
    assert (accounting.records, accounting.failed_transaction_flag) == (accounting.log, 3)
    accounting = accounting_of(Acc(log_flag=1, db_missed_flag=4, db_extra="b=$fU"))
    assert accounting is not None
    assert (accounting.records.flag, accounting.records.missed_flag, accounting.records.extra.names[0]) == (0, 4, "b")


def test_a_record_comes_to_the_file_that_the_settings_name(tmp_path: Path) -> None:
    settings = config(tmp_path, 'log_flag = 1\nlog_extra = "user=$fU"\ncsv_file = "acc.csv"\n')
    accounts = accounts_of(settings, Clock(), in_thread=execute)
    assert accounts is not None
    accounts.add(EVENT)
    accounts.stop()
    assert (tmp_path / "acc.csv").read_text().splitlines()[1].endswith(",200,OK,bob")


def test_without_a_place_there_are_none(tmp_path: Path) -> None:
    assert accounts_of(config(tmp_path, "log_flag = 1\n"), Clock()) is None


def test_one_place_is_enough(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"acc\.csv_file: found beside acc\.db_url; allowed: one of the two"):
        config(tmp_path, 'csv_file = "a.csv"\ndb_url = "sqlite:////x.db"\n')


def test_the_log_has_the_fields(tmp_path: Path) -> None:
    seen: list[Any] = []
    clock = Clock()
    log = EventLog(clock, 1)
    globalLogPublisher.addObserver(seen.append)
    log.add(EVENT)
    clock.advance(MOMENT)
    globalLogPublisher.removeObserver(seen.append)
    (entry,) = seen
    assert formatEvent(entry).startswith("ACC: transaction answered: timestamp=1700000000;")
    (event,) = entry["events"]
    assert (event["call_id"], event["extra"]) == ("1@x", {"user": "bob"})


def test_the_events_of_a_moment_are_one_entry_in_their_order() -> None:
    seen: list[Any] = []
    clock = Clock()
    log = EventLog(clock, 1)
    globalLogPublisher.addObserver(seen.append)
    for code in (b"200", b"486"):
        log.add(Event(ANSWERED, 0.0, (b"INVITE", b"a", b"b", b"1@x", code, b"")))
    assert not seen
    clock.advance(MOMENT)
    log.add(EVENT)
    log.write()
    clock.advance(MOMENT)
    globalLogPublisher.removeObserver(seen.append)
    assert [[event["code"] for event in entry["events"]] for entry in seen] == [["200", "486"], ["200"]]
    assert [line.count("ACC: ") for line in formatEvent(seen[0]).split("\n")] == [1, 1]


@pytest.mark.parametrize(("level", "name"), [(-1, "error"), (0, "warn"), (1, "info"), (2, "info"), (3, "debug")])
def test_the_level_of_its_lines(level: int, name: str) -> None:
    with capturedLogs() as events:
        write_events([EVENT], level)
    assert [event["log_level"].name for event in events] == [name]
