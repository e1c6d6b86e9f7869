from __future__ import annotations

from pathlib import Path

import pytest

from txdispatcher.errors import ScriptError
from txdispatcher.routing.kamailio.preprocessor import read_source


def text(folder: Path, content: str) -> str:
    file = folder / "k.cfg"
    file.write_text(content)
    return " ".join(read_source(str(file)).text.split())


def test_a_condition_keeps_one_of_its_branches_and_conditions_nest(tmp_path: Path) -> None:
    content = "#!define A\n#!ifdef A\none\n#!ifndef B\ntwo\n#!else\nthree\n#!endif\n"
    content += "#!else\nfour\n#!ifdef A\nfive\n#!endif\n#!endif\nsix"
    assert text(tmp_path, content) == "one two six"


def test_a_defined_name_stands_for_its_value_outside_of_strings_and_variables(tmp_path: Path) -> None:
    assert text(tmp_path, '#!define FLAG 5\nsetflag(FLAG); log("FLAG"); $FLAG FLAGS') == 'setflag(5); log("FLAG"); $FLAG FLAGS'


def test_a_definition_may_use_another_and_may_not_use_itself(tmp_path: Path) -> None:
    assert text(tmp_path, "#!define A B\n#!define B 7\nA") == "7"
    with pytest.raises(ScriptError, match="A is defined by itself"):
        text(tmp_path, "#!define A A\nA")


def test_trydef_leaves_and_redefine_replaces(tmp_path: Path) -> None:
    assert text(tmp_path, "#!define A 1\n#!trydef A 2\nA\n#!redefine A 3\nA\n#!undef A\nA") == "1 3 A"
    with pytest.raises(ScriptError, match=r"k.cfg:2: A is defined already"):
        text(tmp_path, "#!define A 1\n#!define A 2")


def test_subst_works_in_strings_and_substdef_defines_too(tmp_path: Path) -> None:
    content = '#!subst "/DBHOST/db.example/g"\n#!substdef "!PORT!5070!g"\na="DBHOST:PORT DBHOST" b=DBHOST c=PORT'
    assert text(tmp_path, content) == 'a="db.example:5070 db.example" b=DBHOST c=5070'


def test_comments_go_and_what_looks_like_one_in_a_string_stays(tmp_path: Path) -> None:
    assert text(tmp_path, 'a # b\n/* c\nd */ e "# /* f" // g\n"h\\"#i"') == 'a e "# /* f" "h\\"#i"'


def test_a_variable_may_hold_what_looks_like_a_comment_or_a_name(tmp_path: Path) -> None:
    line = "$(ru{re.subst,/;a=[a-z]*//g}) $avp(X)"
    assert text(tmp_path, f"#!define X 1\n{line} X # comment") == f"{line} 1"


def test_an_included_file_is_read_in_place_and_each_line_knows_where_it_is_from(tmp_path: Path) -> None:
    (tmp_path / "other.cfg").write_text("#!define X 9\ninner\n")
    file = tmp_path / "k.cfg"
    file.write_text('first\ninclude_file "other.cfg"\nimport_file "none.cfg"\nX\n')
    source = read_source(str(file))
    assert source.text.split() == ["first", "inner", "9"]
    assert [(Path(place.file).name, place.line) for place in source.places] == [("k.cfg", 1), ("other.cfg", 2), ("k.cfg", 4)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('a\ninclude_file "none.cfg"', r"k\.cfg:2: .*none\.cfg cannot be read: No such file"),
        ('include_file "k.cfg"', r"is included within itself"),
        ("a\n#!ifdef X\nb", r"k\.cfg:2: this #!ifdef has no #!endif"),
        ("#!endif", r"k\.cfg:1: #!endif without #!ifdef"),
        ("#!ifdef A\n#!else\n#!else\n#!endif", r"k\.cfg:3: a second #!else to the #!ifdef of line 1"),
        ("#!deffine A", r"k\.cfg:1: unknown directive #!deffine; did you mean #!define\?"),
        ("#!define 1", r"#!define needs a name"),
        ('#!subst "/[/x/"', r"is no regular expression"),
        ("a\n/* b\nc", r"a comment has no end"),
        ('a\n"b\nc', r"k\.cfg:2: a string has no end"),
    ],
)
def test_an_error_names_file_line_and_reason(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(ScriptError, match=message):
        text(tmp_path, content)


def test_a_file_saved_from_a_page_is_read_as_meant(tmp_path: Path) -> None:
    assert text(tmp_path, "a &amp;&amp; b &lt; c") == "a && b < c"
    assert text(tmp_path, 'a && "&amp;"') == 'a && "&amp;"'
