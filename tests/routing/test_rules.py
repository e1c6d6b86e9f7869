"""The conditions of one rule."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from tests.routing.requests import context, request
from txdispatcher.balancing.sets import Sets
from txdispatcher.routing.rules import Action, Rule
from txdispatcher.stores.list_file import parse_list

SET_2 = ("10.0.2.1", 5060)
SET_3 = ("10.0.3.1", 5060)


@pytest.fixture(scope="module")
def sets() -> Sets:
    found = Sets()
    found.load(parse_list("2 sip:10.0.2.1:5060\n3 sip:10.0.3.1:5060\n", "dispatcher.list"))
    return found


@pytest.mark.parametrize(
    ("conditions", "data", "source", "matches"),
    [
        ({}, request(), SET_2, True),
        ({"methods": ["INVITE", "MESSAGE"]}, request("MESSAGE"), SET_2, True),
        ({"methods": ["INVITE", "MESSAGE"]}, request("OPTIONS"), SET_2, False),
        ({"prefixes": ["00", "+"]}, request(uri="sip:0049@a"), SET_2, True),
        ({"prefixes": ["00", "+"]}, request(uri="tel:+49"), SET_2, True),
        ({"prefixes": ["00", "+"]}, request(uri="sip:049@a"), SET_2, False),
        ({"prefixes": ["00"]}, request(uri="sip:00.example.com"), SET_2, False),
        ({"prefixes": ["1:s"]}, request(uri="sip:1:secret@a"), SET_2, False),  # a password is no part of the user
        ({"domains": ["example.com"]}, request(uri="sip:a@EXAMPLE.com:5070"), SET_2, True),
        ({"domains": ["example.com"]}, request(uri="sip:a@b.example.com"), SET_2, False),
        ({"domains": ["2001:db8::1"]}, request(uri="sip:a@[2001:DB8::1]:5070"), SET_2, True),
        ({"domains": ["example.com"]}, request(uri="tel:+49"), SET_2, False),
        ({"from_networks": [ip_network("10.0.2.0/24")]}, request(), SET_2, True),
        ({"from_networks": [ip_network("10.0.2.0/24")]}, request(), SET_3, False),
        ({"from_sets": [2]}, request(), SET_2, True),
        ({"from_sets": [2]}, request(), (SET_2[0], 5061), False),
        ({"from_sets": [2]}, request(), SET_3, False),
        ({"from_sets": [7, 3]}, request(), SET_3, True),
        ({"from_sets": [2], "from_networks": [ip_network("10.0.3.0/24")]}, request(), SET_3, True),
        ({"from_sets": [2], "methods": ["MESSAGE"]}, request(), SET_2, False),
        ({"from_sets": [2], "prefixes": ["00"], "domains": ["a"], "methods": ["INVITE"]}, request(uri="sip:001@a"), SET_2, True),
        ({"from_sets": [2], "prefixes": ["00"], "domains": ["b"], "methods": ["INVITE"]}, request(uri="sip:001@a"), SET_2, False),
    ],
)
def test_all_of_its_conditions_must_hold(
    conditions: dict[str, Any], data: bytes, source: tuple[str, int], matches: bool, sets: Sets
) -> None:
    assert Rule(Action(1), **conditions).matches(context(data, source), sets) is matches


@pytest.mark.parametrize(
    ("conditions", "names"),
    [
        ({}, False),
        ({"prefixes": ["1"], "methods": ["INVITE"], "domains": ["a"]}, False),
        ({"from_sets": [1]}, True),
        ({"from_networks": [ip_network("::/0")]}, True),
    ],
)
def test_it_tells_whether_it_names_the_source(conditions: dict[str, Any], names: bool) -> None:
    assert Rule(Action(1), **conditions).names_source is names
