"""Readers of [acc]: accounting, by the names of Kamailio's module acc; `csv_file` and `kept` are ours."""

from __future__ import annotations

from typing import Any

from txdispatcher.config import parameters
from txdispatcher.config import values as value
from txdispatcher.errors import FormatError
from txdispatcher.routing.script.accounting import compile_extra


def readers(base: str) -> dict[str, value.Reader[Any]]:
    """The reader of each key. `base` is the folder that paths are relative to."""
    flag = value.integer(0, 31, "a flag's number, 1 to 31, or 0 for none")
    named = parameters.column
    return {
        "log_flag": flag,
        "log_missed_flag": flag,
        "failed_transaction_flag": flag,
        "failed_filter": _statuses,
        "log_level": value.integer(-5, 4, "a level from -5 (alert) over -1 (error) and 1 (notice) to 3 (debug)"),
        "reason_from_hf": value.switch,
        "log_extra": _extra,
        "csv_file": value.optional(value.file(base)),
        "db_url": parameters.db_url,
        "db_flag": flag,
        "db_missed_flag": flag,
        "db_extra": _extra,
        "db_table_acc": parameters.table,
        "db_table_missed_calls": parameters.table,
        "acc_method_column": named,
        "acc_from_tag_column": named,
        "acc_to_tag_column": named,
        "acc_callid_column": named,
        "acc_sip_code_column": named,
        "acc_sip_reason_column": named,
        "acc_time_column": named,
        "kept": value.integer(1, 1_000_000),
    }


def _statuses(given: object) -> tuple[int, ...]:
    """``"404,407"``; Kamailio's limits."""
    words = given.replace(",", " ").split() if isinstance(given, str) else [str(given)]
    if not all(word.isdigit() and 300 <= int(word) <= 999 for word in words):
        raise value.refused(given, 'statuses from 300 to 999, such as "404,407"')
    return tuple(map(int, words))


def _extra(given: object) -> str:
    """``name=$variable;…``, as text that `compile_extra` takes."""
    if not isinstance(given, str):
        raise value.refused(given, 'text such as "src_user=$fU;src_ip=$si"')
    try:
        compile_extra(given)
    except FormatError as error:
        raise value.RefusedError(str(error)) from None
    return given
