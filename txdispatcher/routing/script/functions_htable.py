"""Functions of the module htable. The variables $sht, $shtex, … are in `texts`."""

from __future__ import annotations

from txdispatcher.errors import ScriptFault
from txdispatcher.routing.script.hash_tables import HashTable, matching
from txdispatcher.routing.script.run import Iterated, Run
from txdispatcher.routing.script.table import ANY, function
from txdispatcher.routing.values import as_bytes

TRUE, FALSE = 1, -1


@function("htable")
def sht_rm(run: Run, htable: bytes, key: bytes) -> int:
    """Take an item out of the table."""
    _table(run, htable).set(key, None, run.now)
    return TRUE


@function("htable")
def sht_reset(run: Run, htable: bytes) -> int:
    """Empty the table."""
    _table(run, htable).clear()
    return TRUE


@function("htable")
def sht_rm_name_re(run: Run, expression: bytes) -> int:
    """``table=>regex``: take out the items whose names match."""
    table, _, text = expression.partition(b"=>")
    return sht_rm_name(run, table, b"re", text)


@function("htable")
def sht_rm_value_re(run: Run, expression: bytes) -> int:
    """``table=>regex``: take out the items whose values match."""
    table, _, text = expression.partition(b"=>")
    return sht_rm_value(run, table, b"re", text)


@function("htable")
def sht_rm_name(run: Run, htable: bytes, operator: bytes, text: bytes) -> int:
    """Take out the items whose names match: ``re`` a regular expression, ``sw`` a beginning, ``eq``, ``ne``."""
    return _remove(run, htable, _table(run, htable).names(matching(operator, text), run.now))


@function("htable")
def sht_rm_value(run: Run, htable: bytes, operator: bytes, text: bytes) -> int:
    """Take out the items whose values match, as `sht_rm_name` does."""
    return _remove(run, htable, _table(run, htable).values(matching(operator, text), run.now))


@function("htable", ANY, "sht_has_name")
def sht_match_name(run: Run, htable: bytes, operator: bytes, text: bytes) -> int:
    """Whether an item's name matches: ``eq``, ``ne``, ``re`` or ``sw``."""
    return TRUE if _table(run, htable).names(matching(operator, text), run.now) else FALSE


@function("htable", ANY, "sht_has_str_value")
def sht_match_str_value(run: Run, htable: bytes, operator: bytes, text: bytes) -> int:
    """Whether an item's value matches."""
    return TRUE if _table(run, htable).values(matching(operator, text), run.now) else FALSE


@function("htable")
def sht_setxs(run: Run, htable: bytes, key: bytes, value: bytes, expire: int) -> int:
    """Write a string that ends in `expire` seconds."""
    _table(run, htable).set(key, value, run.now, expire)
    return TRUE


@function("htable")
def sht_setxi(run: Run, htable: bytes, key: bytes, value: int, expire: int) -> int:
    """Write a number that ends in `expire` seconds."""
    _table(run, htable).set(key, value, run.now, expire)
    return TRUE


@function("htable", ANY, "sht_unlock")
def sht_lock(run: Run, expression: bytes) -> int:
    """Nothing is to be locked: a route is never interrupted by another."""
    return TRUE


@function("htable")
def sht_print(run: Run) -> int:
    """Print every item, at L_ERR as Kamailio does."""
    for table in run.shared.modules.tables.values():
        for key, value in table.items(run.now):
            text = b"%b = %b" % (key, as_bytes(value))
            run.shared.log(-1, f"htable {table.name}: {text.decode('utf-8', 'replace')}")
    return TRUE


@function("htable")
def sht_iterator_start(run: Run, iterator: bytes, htable: bytes) -> int:
    """Begin to go through the table, as it is now, under that name."""
    table = _table(run, htable)
    run.iterators[iterator] = (table, list(table.items(run.now))[::-1], None)
    return TRUE


@function("htable")
def sht_iterator_end(run: Run, iterator: bytes) -> int:
    """End it."""
    run.iterators.pop(iterator, None)
    return TRUE


@function("htable")
def sht_iterator_next(run: Run, iterator: bytes) -> int:
    """The next item, in $shtitkey and $shtitval. False where there is none."""
    table, left, _ = _iterator(run, iterator)
    item = left.pop() if left else None
    run.iterators[iterator] = (table, left, item)
    return TRUE if item is not None else FALSE


@function("htable")
def sht_iterator_rm(run: Run, iterator: bytes) -> int:
    """Take out the item that it is at, and go to the next. False where there is none."""
    table, _, item = _iterator(run, iterator)
    if item is None:
        return FALSE
    table.set(item[0], None, run.now)
    return sht_iterator_next(run, iterator)


@function("htable")
def sht_iterator_sets(run: Run, iterator: bytes, value: bytes) -> int:
    """Give the item that it is at a string."""
    return _write(run, iterator, value)


@function("htable")
def sht_iterator_seti(run: Run, iterator: bytes, value: int) -> int:
    """Give the item that it is at a number."""
    return _write(run, iterator, value)


@function("htable")
def sht_iterator_setex(run: Run, iterator: bytes, expire: int) -> int:
    """Let the item that it is at end in `expire` seconds."""
    table, _, item = _iterator(run, iterator)
    if item is None:
        return FALSE
    table.set_end(item[0], expire, run.now)
    return TRUE


def _write(run: Run, iterator: bytes, value: bytes | int) -> int:
    table, left, item = _iterator(run, iterator)
    if item is None:
        return FALSE
    table.set(item[0], value, run.now)
    run.iterators[iterator] = (table, left, (item[0], value))
    return TRUE


def _remove(run: Run, htable: bytes, keys: list[bytes]) -> int:
    table = _table(run, htable)
    for key in keys:
        table.set(key, None, run.now)
    return TRUE


def _table(run: Run, name: bytes) -> HashTable:
    return run.shared.modules.table(name.decode("utf-8", "replace"))


def _iterator(run: Run, name: bytes) -> Iterated:
    found = run.iterators.get(name)
    if found is None:
        raise ScriptFault(f"there is no iterator {name.decode('utf-8', 'replace')}; sht_iterator_start() begins one")
    return found
