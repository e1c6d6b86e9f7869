"""htable: tables in memory, as such and as a script uses them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.proxy.bench import request
from tests.routing.kamailio.script_bench import ScriptBench
from txdispatcher.errors import ConfigError
from txdispatcher.routing.script import hash_tables
from txdispatcher.routing.script.hash_tables import HashTable, counting

KEYS = st.sampled_from([b"a", b"b", b"c", b"d"])


@given(st.lists(st.tuples(KEYS, st.integers(0, 9), st.integers(0, 4)), max_size=60), st.booleans())
def test_it_is_a_dictionary_whose_items_end(steps: list[tuple[bytes, int, int]], renew: bool) -> None:
    table = HashTable("t", expire=5, renew=renew)
    model: dict[bytes, tuple[int, float]] = {}
    now = 0.0
    for key, value, passed in steps:
        now += passed
        model = {each: item for each, item in model.items() if item[1] > now}
        if value == 0:
            table.set(key, None, now)
            model.pop(key, None)
        else:
            table.set(key, value, now)
            model[key] = value, (model[key][1] if key in model and not renew else now + 5)
        for each in (b"a", b"b", b"c", b"d"):
            assert table.get(each, now) == (model[each][0] if each in model else None)
            assert table.left(each, now) == (model[each][1] - now if each in model else None)


def test_what_is_over_goes_though_nobody_asks_for_it() -> None:
    table = HashTable("t", expire=10)
    for number in range(1000):
        table.set(b"%d" % number, number, number / 10)
    assert len(table) < 120


def test_what_never_ends_does_not_keep_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    table = HashTable("t", expire=10)
    table.set(b"for ever", 1, 0.0, 0)
    for number in range(1000):
        table.set(b"%d" % number, number, number / 10)
    assert len(table) < 130
    assert table.get(b"for ever", 100.0) == 1


def test_there_is_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hash_tables, "MOST_ITEMS", 10)
    table = HashTable("t")
    for number in range(100):
        table.set(b"%d" % number, number, 0.0)
    assert len(table) <= 11
    assert table.get(b"99", 0.0) == 99


@pytest.mark.parametrize(("text", "found"), [(b"~~^a", 2), (b"~%b", 1), (b"==ab", 1), (b"**", 3), (b"B$", 1), (b"==a", 0)])
def test_counting(text: bytes, found: int) -> None:
    assert len(list(filter(counting(text), (b"ab", b"ac", b"bd")))) == (found if text != b"B$" else 1)


def printed(folder: Path, body: str, *more: str, wait: float = 0.0) -> list[str]:
    """What a script prints whose request route has that body; `more` are further bodies, one for each request after the first."""
    file = folder / "k.cfg"
    bodies = "".join(f'if ($rU == "{number}") {{ {each} }}\n' for number, each in enumerate((body, *more)))
    file.write_text(
        'loadmodule "htable.so"\nmodparam("htable", "htable", "a=>size=8;autoexpire=10;")\n'
        'modparam("htable", "htable", "b=>initval=7;updateexpire=0;autoexpire=10")\n'
        f"request_route {{ {bodies} }}\n"
        'event_route[htable:mod-init] { $sht(a=>made) = "early"; }\n'
    )
    bench = ScriptBench(file)
    for number in range(len(more) + 1):
        bench.receive(request(uri=b"sip:%d@x" % number, branch=b";branch=z9hG4bK%d" % number))
        bench.wait(wait)
    return [text for _, text in bench.logged]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ('xlog("$sht(a=>made) $sht(a=>none) $sht(b=>none)");', ["early <null> 7"]),
        ('$sht(a=>$ci::$fU) = 5; xlog("$sht(a=>call@192.0.2.1::alice)");', ["5"]),
        ('$sht(a=>x) = 1; $sht(a=>x) = $sht(a=>x) + 1; if ($sht(a=>x) == 2) xlog("$(sht(a=>x){s.len})");', ["1"]),
        ('$sht(a=>x) = 1; $sht(a=>x) = $null; if ($sht(a=>x) == $null) xlog("gone");', ["gone"]),
        ('xlog("$shtinc(b=>n) $shtinc(b=>n) $shtdec(b=>n) $shtinc(a=>n)");', ["8 9 8 <null>"]),
        ('$shtex(a=>made) = 100; xlog("$shtex(a=>made) $shtex(a=>none)");', ["100 <null>"]),
        ('sht_setxi("a", "x", 3, 20); sht_setxs("a", "y", "z", 30); xlog("$shtex(a=>x) $sht(a=>y)");', ["20 z"]),
        ('$sht(a=>x1) = "p"; $sht(a=>x2) = "q"; xlog("$shtcn(a=>~%x) $shtcv(a=>~~q)");', ["2 1"]),
        ('$sht(a=>x1) = 1; sht_rm_name_re("a=>^x"); sht_rm("a", "made"); xlog("$shtcn(a=>**)");', ["0"]),
        ('$sht(a=>x1) = "p"; sht_rm_name("a", "sw", "ma"); sht_rm_value("a", "eq", "p"); xlog("$shtcn(a=>**)");', ["0"]),
        ('if (sht_match_name("a", "eq", "made") && !sht_match_str_value("a", "re", "^late")) xlog("yes");', ["yes"]),
        ('sht_reset("a"); if (!sht_has_name("a", "re", ".")) xlog("empty");', ["empty"]),
        ("sht_print();", ["htable a: made = early"]),
        (
            'sht_iterator_start("i", "a"); while (sht_iterator_next("i")) xlog("$shtitkey(i)=$shtitval(i)");',
            ["made=early"],
        ),
        (
            'sht_iterator_start("i", "a"); sht_iterator_next("i"); sht_iterator_sets("i", "late"); sht_iterator_setex("i", 77);'
            'xlog("$sht(a=>made) $shtex(a=>made)"); if (!sht_iterator_rm("i")) xlog("$shtcn(a=>**)");',
            ["late 77", "0"],
        ),
    ],
)
def test_what_a_script_does_with_tables(tmp_path: Path, body: str, wanted: list[str]) -> None:
    assert printed(tmp_path, body) == wanted


def test_an_item_is_there_for_the_next_request_until_it_ends(tmp_path: Path) -> None:
    show = 'xlog("$sht(a=>x)");'
    assert printed(tmp_path, "$sht(a=>x) = 1;", show, show, show, wait=4) == ["1", "1", "<null>"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('xlog("$sht(c=>x)");', r"k\.cfg:4: there is no htable c; there is: "),
        ("$sht(c=>x) = 1;", "there is no htable c"),
        ('sht_rm("c", "x");', "there is no htable c"),
        ("if ($sht(c=>x) == 1) exit;", "there is no htable c"),
        ('xlog("$sht(a)");', r"needs a table and a key: \$sht\(table=>key\)"),
        ("$shtinc(a=>x) = 1;", r"\$shtinc cannot be written"),
    ],
)
def test_what_is_wrong_is_an_error_when_it_is_loaded(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        printed(tmp_path, body)


def test_an_unknown_operator_is_a_fault(tmp_path: Path) -> None:
    (text,) = printed(tmp_path, 'sht_rm_name("a", "like", "x");')
    assert "found the operator 'like'; allowed: eq, ne, re, sw" in text
