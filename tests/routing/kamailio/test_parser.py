from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.routing.kamailio.samples import sample
from txdispatcher.errors import ScriptError
from txdispatcher.routing.kamailio import nodes
from txdispatcher.routing.kamailio.parser import parse_script, unquoted


def parsed(folder: Path, content: str) -> nodes.Script:
    file = folder / "k.cfg"
    file.write_text(content)
    return parse_script(str(file))


def shape(node: object) -> object:
    """An expression without its places."""
    if isinstance(node, nodes.Binary):
        return (node.operator, shape(node.left), shape(node.right))
    if isinstance(node, nodes.Unary):
        return (node.operator, shape(node.operand))
    if isinstance(node, nodes.Call):
        return (node.name, *map(shape, node.arguments))
    return node.value if isinstance(node, nodes.Literal) else node.text  # type: ignore[attr-defined]


def expression(folder: Path, text: str) -> object:
    statement = parsed(folder, f"route {{ if ({text}) exit; }}").routes[0].body[0]
    assert isinstance(statement, nodes.If)
    return shape(statement.condition)


def test_parameters_of_the_scripts_own_are_constants(tmp_path: Path) -> None:
    own = 'gw.ip = "192.0.2.1" desc "where calls go"\ngw.port = 5070 desc "its port"\ngw.note = "5 $"\n'
    text = 'f($sel(cfg_get.gw.ip), "sip:$sel(cfg_get.gw.ip):$sel(cfg_get.gw.port)", @cfg_get.gw.port, $(sel(cfg_get.gw.note)))'
    statement = parsed(tmp_path, f"{own}route {{ {text}; }}").routes[0].body[0]
    assert isinstance(statement, nodes.Do)
    assert shape(statement.expression) == ("f", "192.0.2.1", "sip:192.0.2.1:5070", "5070", "5 $$")
    with pytest.raises(ScriptError, match=r"k.cfg:4: \$sel\(cfg_get.gw.host\): there is no gw.host; there is: gw.ip, gw.port"):
        parsed(tmp_path, f"{own}route {{ f($sel(cfg_get.gw.host)); }}")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a() && b() || c()", ("||", ("&&", ("a",), ("b",)), ("c",))),
        ("!a() and not b()", ("&&", ("!", ("a",)), ("!", ("b",)))),
        ("a() or b() and c()", ("||", ("a",), ("&&", ("b",), ("c",)))),
        ("$var(a) + 2 * 3 == 7", ("==", ("+", "$var(a)", ("*", 2, 3)), 7)),
        ("uri == myself", ("==", "uri", "myself")),
        ('method =~ "^INV"', ("=~", "method", "^INV")),
        ("$rU == $null", ("==", "$rU", "$null")),
        ('$(ru{uri.host}) != "a"', ("!=", "$(ru{uri.host})", "a")),
        ("$(var(x){param.value,a,;}) >= -1", (">=", "$(var(x){param.value,a,;})", -1)),
        ("$avp(a) & 3", ("&", "$avp(a)", 3)),
        ('"a" + $xavp(x[0]=>y)', ("+", "a", "$xavp(x[0]=>y)")),
        ('f(1, "b", $ru, g())', ("f", 1, "b", "$ru", ("g",))),
        ("f(127.0.0.1:5060, udp:127.0.0.1:5060)", ("f", "127.0.0.1:5060", "udp:127.0.0.1:5060")),
        ("defined $avp(x)", ("defined", "$avp(x)")),
        ("(int)$var(x) > 0x10", (">", ("int", "$var(x)"), 16)),
    ],
)
def test_an_expression_binds_as_in_kamailio(tmp_path: Path, text: str, wanted: object) -> None:
    assert expression(tmp_path, text) == wanted


def test_statements(tmp_path: Path) -> None:
    script = parsed(
        tmp_path,
        """route[A] {
            if (a()) b(); else if (c()) { d(); } else e();
            while ($var(i) < 3) { $var(i) = $var(i) + 1; break; }
            switch ($rU) { case "1": f(); case /^2/: g(); break; default: h(); }
            return -1; return(2); return; drop; exit();
        }""",
    )
    first, second, third, *leaves = script.routes[0].body
    assert isinstance(first, nodes.If)
    assert first.otherwise is not None
    assert isinstance(first.otherwise[0], nodes.If)
    assert isinstance(second, nodes.While)
    assert [type(each) for each in second.body] == [nodes.Assign, nodes.Leave]
    assert isinstance(third, nodes.Switch)
    assert [(case.value and shape(case.value), case.regex, len(case.body)) for case in third.cases] == [
        ("1", False, 1),
        ("^2", True, 2),
        (None, False, 1),
    ]
    assert [(each.how, each.value and shape(each.value)) for each in leaves if isinstance(each, nodes.Leave)] == [
        ("return", -1),
        ("return", 2),
        ("return", None),
        ("drop", None),
        ("exit", None),
    ]


def test_the_top_of_a_file(tmp_path: Path) -> None:
    script = parsed(
        tmp_path,
        'debug=9 # much\nlisten=udp:127.0.0.1:5060 name "a"\nalias="x.example"\nloadmodule "/lib/tm.so"\n'
        'modparam("tm|sl", "fr_timer", 20)\nmodparam("acc", "log_extra", "a=$fU;"\n  "b=$tU")\n'
        "event_route[dispatcher:dst-down] { exit; }\nreply_route { }\nroute[0] { }\n",
    )
    assert [(each.name, each.value, each.place.line) for each in script.settings] == [
        ("debug", "9", 1),
        ("listen", 'udp:127.0.0.1:5060 name "a"', 2),
        ("alias", "x.example", 3),
    ]
    assert script.modules[0].name == "tm"
    assert [(each.modules, each.name, each.value) for each in script.modparams] == [
        (("tm", "sl"), "fr_timer", 20),
        (("acc",), "log_extra", "a=$fU;b=$tU"),
    ]
    assert [(each.kind, each.name) for each in script.routes] == [
        ("event_route", "dispatcher:dst-down"),
        ("onreply_route", ""),
        ("request_route", ""),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("route {\n if (a() { b(); }\n}", r"k\.cfg:2: found '{'; allowed: .*\)"),
        ("route {\n a()\n}", r"k\.cfg:3: found '}'; allowed: ;"),
        ('loadmodul "tm.so"', r"k\.cfg:1: found '.*'; (did you mean loadmodule|allowed)"),
        ("route {\n a();\n", r"k\.cfg:2: the file ends too early; the { of line 1 has no }"),
        (
            "a = 1\nroute {\n if (b()) {\n}\nroute[X] { c(); }",
            r"k\.cfg:5: found 'route\[X\] .*' within the block of line 2: a } is missing",
        ),
        (
            'route {\n a();\nmodparam("tm", "fr_timer", 1)\nonreply_route { }',
            r"k\.cfg:4: found 'onreply_route { }' within the block of line 1: a } is missing",
        ),
        ("route {\n a();\n}\n}\nb();", r"k\.cfg:4: found '}'"),
        ("route {\n if (a())\n  b();\n }\n c();\n}", r"k\.cfg:5: found 'c\(\);' outside of a route: a } is one too many"),
        ("route {\n whlie (1) { }\n}", r"k\.cfg:2: "),
        ("a = 1\nroute {\n @;\n}", r"k\.cfg:3: found '@'; allowed: "),
    ],
)
def test_an_error_names_the_line_and_what_is_allowed(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(ScriptError, match=message):
        parsed(tmp_path, content)


@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=30))
def test_a_quoted_string_is_what_it_was(text: str) -> None:
    assert unquoted('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"') == text


@pytest.mark.parametrize(("name", "routes", "parameters"), [("sample-000.cfg", 8, 14), ("sample-002.cfg", 2, 5)])
def test_the_documents_samples_are_read_whole(name: str, routes: int, parameters: int) -> None:
    script = parse_script(sample(name))
    assert (len(script.routes), len(script.modparams)) == (routes, parameters)
