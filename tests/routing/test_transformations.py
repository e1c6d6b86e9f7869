"""Transformations, whatever they are given; tests/routing/kamailio/values.py has what each gives."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.routing import string_transformations, uri_transformations
from txdispatcher.routing.transformations import TRANSFORMATIONS, transformation

OF_TEXT = {**string_transformations.OF_TEXT, **uri_transformations.OF_TEXT}


def apply(text: str, value: bytes | int | None) -> bytes | int | None:
    return transformation(text, lambda variable: lambda subject: 2)(None, value)


@pytest.mark.parametrize(
    "codec", ["hexa", "base58", "base64", "base64t", "base64url", "base64urlt", "escape.user", "escape.param", "escape.common"]
)
@given(text=st.binary(max_size=60))
def test_what_is_encoded_is_decoded_to_itself(codec: str, text: bytes) -> None:
    there, back = (f"s.{codec}", f"s.un{codec}") if codec.startswith("escape") else (f"s.encode.{codec}", f"s.decode.{codec}")
    assert apply(back, apply(there, text)) == text


@given(text=st.binary(max_size=60))
def test_a_url_parameter_is_decoded_to_itself(text: bytes) -> None:
    assert apply("s.urldecode.param", apply("s.urlencode.param", text)) == text


@given(text=st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=40))
def test_seven_bits_are_decoded_to_themselves(text: str) -> None:
    decoded = apply("s.decode.7bit", apply("s.encode.7bit", text.encode()))
    # Seven characters fill seven of eight septets of bits: the last one may be empty.
    assert isinstance(decoded, bytes)
    assert decoded.rstrip(b"\0") == text.encode()


@given(text=st.binary(max_size=60), number=st.integers(-70, 70), words=st.lists(st.binary(max_size=3), min_size=3, max_size=3))
def test_each_gives_a_value_whatever_it_is_given(text: bytes, number: int, words: list[bytes]) -> None:
    for name, function in OF_TEXT.items():
        parameters = list(inspect.signature(function).parameters.values())[1:]
        arguments = [number if each.annotation == "int" else word for each, word in zip(parameters, words, strict=False)]
        assert isinstance(function(text, *arguments), bytes | int | None), name


def test_what_is_not_there_stays_so() -> None:
    for shown in TRANSFORMATIONS:
        name = shown.partition(",")[0].partition("[")[0]
        if name.startswith(("sql.", "val.")):
            assert apply(name, None) is not None
        elif name != "re.subst":
            needed = shown.partition("[")[0].count(",")
            assert apply(name + ",1" * needed, None) is None


def test_an_argument_may_be_a_variable_with_commas_of_its_own() -> None:
    asked: list[str] = []

    def compile_value(text: str):  # type: ignore[no-untyped-def]
        asked.append(text)
        return lambda subject: b"b"

    read = transformation("s.replace,$(var(x){s.select,0,,}),c,d", compile_value)
    assert read(None, b"abab") == b"ac,dac,d"
    assert asked == ["$(var(x){s.select,0,,})"]
