"""control.table: parameters become arguments, or the method's own fault."""

from __future__ import annotations

import pytest

from txdispatcher.control.table import Fault, Kind, Method, Methods, Parameter, UnknownMethod

MOVE = Method(
    "test.move",
    (
        Parameter("what", Kind.STRING),
        Parameter("count", Kind.INTEGER),
        Parameter("how", Kind.WORD, required=False),
    ),
    "Move things",
    lambda *arguments: list(arguments),
    misuse=(400, "Wrong Use"),
)


@pytest.mark.parametrize(
    ("given", "arguments"),
    [
        (["a", 1], ["a", 1]),
        (["a", 1, "fast"], ["a", 1, "fast"]),
        (["a", 1, 7], ["a", 1, "7"]),
        (["a", 1, "fast", "more", None], ["a", 1, "fast"]),
        (["a", 2.9], ["a", 2]),
        (["a", -2.9], ["a", -2]),
        (["a", True], ["a", 1]),
        ({"what": "a", "count": 1}, ["a", 1]),
        ({"how": "fast", "count": 1, "what": "a"}, ["a", 1, "fast"]),
        # Kamailio's jsonrpcs looks at no name, only at the order.
        ({"x": "a", "y": 1}, ["a", 1]),
        ({"count": "a", "y": 1}, ["a", 1]),
    ],
)
def test_parameters_by_position_or_by_name(given: object, arguments: list[object]) -> None:
    assert Methods([MOVE]).call("test.move", given) == arguments  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["a"],
        {"what": "a"},
        {"count": 1},
        {"what": "a", "how": "fast"},
        ["a", "1"],
        ["a", None],
        ["a", [1]],
        ["a", {"count": 1}],
        ["a", float("inf")],
        ["a", float("nan")],
        [5, 1],
        [None, 1],
        ["a", 1, None],
        ["a", 1, True],
    ],
)
def test_missing_and_wrong_parameters_are_the_methods_own_fault(given: object) -> None:
    with pytest.raises(Fault) as caught:
        Methods([MOVE]).call("test.move", given)  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.text) == (400, "Wrong Use")


def test_an_unknown_method_has_the_fault_of_jsonrpcs() -> None:
    with pytest.raises(Fault) as caught:
        Methods([MOVE]).call("test.mov")
    assert (caught.value.code, caught.value.text) == (500, "Method Not Found")
    assert isinstance(caught.value, UnknownMethod)
    assert caught.value.name == "test.mov"


def test_the_last_parameter_may_be_repeated() -> None:
    names = Method("test.names", (Parameter("name", Kind.WORD, repeated=True),), "", lambda *names: names)
    assert Methods([names]).call("test.names", ["a", 1, "b"]) == ("a", "1", "b")
    with pytest.raises(Fault):
        Methods([names]).call("test.names", ["a", None])


def test_any_value_is_what_the_function_looks_at() -> None:
    anything = Method("test.any", (Parameter("what", Kind.ANY),), "", lambda what: what)
    assert Methods([anything]).call("test.any", [[1, None]]) == [1, None]


def test_who_may_only_read_changes_nothing() -> None:
    called: list[str] = []
    methods = Methods(
        [
            Method("test.read", (), "", lambda: called.append("read")),
            Method("test.change", (), "", lambda: called.append("change"), changes=True),
        ]
    )
    methods.call("test.read", read_only=True)
    with pytest.raises(Fault) as caught:
        methods.call("test.change", read_only=True)
    assert caught.value.code == 403
    methods.call("test.change")
    assert called == ["read", "change"]


def test_a_name_belongs_to_one_method() -> None:
    with pytest.raises(ValueError, match=r"two methods are named test\.move"):
        Methods([MOVE, MOVE])
