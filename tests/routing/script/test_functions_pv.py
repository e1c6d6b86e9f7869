"""The functions of the module pv."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import request
from tests.routing.kamailio.script_bench import script


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (
            'if (xavp_params_explode("a=b; c=\\"d e\\";f", "x")) xlog("$xavp(x=>a)|$xavp(x=>c)|$xavp(x=>f)|$xavp(x=>g)");',
            ["b|d e||<null>"],
        ),
        ('if (!xavp_params_explode("", "x")) xlog("nothing");', ["nothing"]),
        ('$xavp(x=>a) = "b"; $xavp(x[0]=>c) = 2; xavp_params_implode("x", "$var(o)"); xlog("$var(o)");', ["a=b;c=2;"]),
        ('xavp_child_seti("x", "n", "5"); xavp_child_sets("x", "s", "$rU"); xlog("$xavp(x=>n)$xavp(x=>s)");', ["5bob"]),
        ('$xavp(x=>a) = 1; xavp_child_rm("x", "a"); xlog("$xavp(x=>a)"); xavp_rm("x"); xlog("$xavp(x)");', ["<null>"] * 2),
        (
            '$xavp(x=>a) = 1; xavp_copy("x", 0, "y"); $xavp(y[0]=>a) = 2; xlog("$xavp(x=>a) $xavp(y=>a)");'
            'xavp_copy("x", 0, "y", 0); xlog("$xavp(y=>a)"); if (!xavp_copy("x", 7, "y")) xlog("no");',
            ["1 2", "1", "no"],
        ),
        (
            '$avp(s) = "t"; $avp(i) = 1; if (typeof("$avp(s)", "str") && typeof("$avp(i)", "int") && typeof("$avp(n)", "null"))'
            ' xlog("yes"); if (typeof("$avp(s)", "int")) xlog("no");',
            ["yes"],
        ),
        ('$var(x) = "test"; $var(y) = "$var(x)"; pv_evalx("$var(z)", "$var(y) one"); xlog("$var(z)");', ["test one"]),
        ('$xavp(x=>a) = 1; $xavp(x[0]=>b) = "c"; pv_xavp_print();', ["XAVP x: a=1; b=c"]),
        ('$avp(a) = 1; if (pv_isset("$avp(a)") && not_empty("$avp(a)")) pv_unset("$avp(a)"); xlog("$avp(a)");', ["<null>"]),
    ],
)
def test_what_a_function_does(tmp_path: Path, body: str, wanted: list[str]) -> None:
    bench = script(tmp_path, body)
    bench.receive(request())
    assert [text for _, text in bench.logged] == wanted
