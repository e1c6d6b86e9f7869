"""routing.dispatching: the functions of the guide, one after the other, with what they return and what they write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.routing.requests import HERE, context, request
from txdispatcher.balancing.probing import Probing
from txdispatcher.balancing.sets import FAILOVER, Sets
from txdispatcher.balancing.states import letters, parse_state
from txdispatcher.balancing.transitions import Transitions
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.routing.choosing import Choosing
from txdispatcher.routing.dispatching import BAD_ARGUMENT, FALSE, TRUE, Dispatched, Dispatching, Names
from txdispatcher.routing.pseudovariables import compile_format, compile_target
from txdispatcher.routing.sockets import Sockets
from txdispatcher.routing.variables import variables_of
from txdispatcher.stores.list_file import parse_list

LIST = """\
1 sip:192.0.2.3 0 0
1 sip:192.0.2.2:5070 0 10 duid=two;socket=udp:127.0.0.1:5060;sockname=here
1 sip:192.0.2.1 0 20 duid=one;x=1
2 sip:198.51.100.1;transport=tcp
"""
FIRST, SECOND, THIRD = "sip:192.0.2.1", "sip:192.0.2.2:5070", "sip:192.0.2.3"
SERIAL = 8
THERE = Listener("udp", "127.0.0.1", 9)
ALL_NAMES = Names(dst_avp="dst", grp_avp="grp", cnt_avp="cnt", dstid_avp=273, attrs_avp="attrs")


class Scene:
    def __init__(
        self,
        data: bytes | None = None,
        *,
        source: tuple[str, int] = ("10.0.0.1", 5060),
        names: Names = ALL_NAMES,
        force_dst: bool = True,
        failover: bool = True,
        count_calls: bool = False,
        use_default: bool = False,
        destinations: str = LIST,
        listeners: Sequence[Listener] = (),
    ) -> None:
        self.sets = Sets(flags=FAILOVER if failover else 0, use_default=use_default, count_calls=count_calls)
        self.sets.load(parse_list(destinations, "dispatcher.list"))
        self.reloads = 0
        self.module = Dispatching(
            Choosing(self.sets, sockets=Sockets(Listeners(listeners)) if listeners else None),
            Transitions(self.sets, Probing()),
            failover=failover,
            force_dst=force_dst,
            names=names,
            reload=self.reload,
        )
        self.context = context(request(uri="sip:bob@example.com") if data is None else data, source)
        self.route: Dispatched = self.module.bind(self.context, 10.0)

    def reload(self) -> None:
        self.reloads += 1

    def read(self, text: str) -> bytes:
        """A pseudo-variable, as a script prints it."""
        return compile_format(text).text(self.context)

    def state(self, uri: str) -> str:
        return letters(self.sets.destination(1, uri).flags)


class TestSelecting:
    def test_a_destination_is_put_into_du_and_its_followers_on_the_lists(self) -> None:
        scene = Scene()
        assert scene.route.ds_select_dst(1, SERIAL) == TRUE
        assert scene.read("$du $ru") == b"sip:192.0.2.1 sip:bob@example.com"
        assert scene.read("$avp(dst) $avp(grp) $avp(cnt) $avp(i:273) $avp(attrs)") == b"sip:192.0.2.1 1 3 one duid=one;x=1"
        assert variables_of(scene.context).avps("dst") == [FIRST.encode(), SECOND.encode(), THIRD.encode()]
        assert scene.read("$xavp(_dsdst_=>uri) $xavp(_dsdst_[1]=>uri) $xavp(_dsctx_=>cnt)") == b"%b %b 3" % (
            FIRST.encode(),
            SECOND.encode(),
        )
        assert scene.read("$xavp(_dsdst_=>grp) $xavp(_dsdst_=>dstid) $xavp(_dsdst_=>attrs)") == b"1 one duid=one;x=1"

    def test_or_into_the_request_uri(self) -> None:
        scene = Scene()
        assert scene.route.ds_select_domain(1, SERIAL) == TRUE
        assert scene.read("$du $ru") == b"<null> sip:bob@192.0.2.1"
        assert scene.route.ds_next_domain() == TRUE
        assert scene.read("$ru") == b"sip:bob@192.0.2.2:5070"

    def test_or_nowhere_yet(self) -> None:
        scene = Scene()
        assert scene.route.ds_select(1, SERIAL) == TRUE
        assert scene.read("$du $ru $xavp(_dsdst_=>uri)") == b"<null> sip:bob@example.com sip:192.0.2.1"
        assert scene.route.ds_set_dst() == scene.route.ds_set_domain() == TRUE
        assert scene.read("$du $ru") == b"sip:192.0.2.1 sip:bob@192.0.2.1"

    def test_the_next_ones_come_in_their_order_and_then_none(self) -> None:
        scene = Scene()
        scene.route.ds_select_dst(1, SERIAL)
        for uri in (SECOND, THIRD):
            assert scene.route.ds_next_dst() == TRUE
            assert scene.read("$du $avp(dst) $xavp(_dsdst_=>uri)") == b" ".join([uri.encode()] * 3)
        assert scene.route.ds_next_dst() == FALSE
        assert scene.route.ds_next_domain() == FALSE

    def test_one_that_went_out_in_the_meantime_is_passed_over(self) -> None:
        scene = Scene()
        scene.route.ds_select_dst(1, SERIAL)
        scene.sets.set_state(1, SECOND, parse_state("i"))
        assert scene.route.ds_next_dst() == TRUE
        assert scene.read("$du") == THIRD.encode()

    def test_the_last_one_too_unless_it_is_the_default(self) -> None:
        for use_default, found in ((False, FALSE), (True, TRUE)):
            scene = Scene(use_default=use_default)
            scene.route.ds_select_dst(1, SERIAL)
            for uri in (SECOND, THIRD):
                scene.sets.set_state(1, uri, parse_state("i"))
            assert scene.route.ds_next_dst() == found

    def test_maxcps_counts_the_calls_that_each_gets_and_not_those_that_might_have_come_to_it(self) -> None:
        scene = Scene(destinations="1 sip:b 0 0 maxcps=2\n1 sip:a 0 0 maxcps=2\n2 sip:c 0 0 maxcps=1\n")
        routes = [scene.module.bind(context(request(uri="sip:bob@example.com")), 10.0) for _ in range(6)]
        selected = [route.ds_select_routes(f"1={SERIAL};2={SERIAL}", "0") for route in routes]
        found = [each.uri if (each := route.current) is not None else "" for route in routes]
        assert found == ["sip:a", "sip:a", "sip:b", "sip:b", "sip:c", ""]
        assert selected == [TRUE] * 5 + [FALSE]

    def test_one_that_has_had_its_calls_of_this_second_is_passed_over(self) -> None:
        scene = Scene(destinations="1 sip:c\n1 sip:b 0 0 maxcps=1\n1 sip:a\n")
        found = []
        for _ in range(2):
            route = scene.module.bind(context(request(uri="sip:bob@example.com")), 10.0)
            assert route.ds_select_dst(1, SERIAL) == TRUE
            assert route.ds_next_dst() == TRUE
            assert route.current is not None
            found.append(route.current.uri)
        assert found == ["sip:b", "sip:c"]

    def test_the_limit_is_that_of_the_list(self) -> None:
        scene = Scene()
        scene.route.ds_select_dst(1, SERIAL, 2)
        assert scene.read("$avp(cnt)") == b"2"

    def test_the_count_is_of_those_that_were_chosen(self) -> None:
        scene = Scene()
        scene.route.ds_select_dst(1, SERIAL)
        scene.route.ds_next_dst()
        # As in Kamailio, where the one that was tried goes from the list.
        assert scene.read("$avp(cnt) $xavp(_dsctx_=>cnt) $xavp(_dsdst_[2]=>uri)") == b"3 3 <null>"

    def test_without_failover_there_are_no_lists(self) -> None:
        scene = Scene(failover=False)
        assert scene.route.ds_select_dst(1, SERIAL) == TRUE
        assert scene.read("$du $avp(dst) $xavp(_dsdst_=>uri)") == b"sip:192.0.2.1 <null> <null>"
        assert scene.route.ds_next_dst() == FALSE

    def test_nothing_to_select_changes_nothing(self) -> None:
        scene = Scene()
        scene.sets.set_state(1, "all", parse_state("i"))
        for select in (scene.route.ds_select_dst, scene.route.ds_select_domain, scene.route.ds_select):
            assert select(1, SERIAL) == select(99, SERIAL) == FALSE
        assert scene.read("$du $ru $avp(dst)") == b"<null> sip:bob@example.com <null>"
        assert scene.route.ds_set_dst() == scene.route.ds_set_domain() == scene.route.ds_mark_dst() == FALSE

    def test_without_force_dst_a_du_that_is_set_stays(self) -> None:
        scene = Scene(force_dst=False)
        assert scene.route.ds_select_dst(2, SERIAL) == TRUE
        assert scene.route.ds_select_dst(1, SERIAL) == FALSE
        assert scene.read("$du") == b"sip:198.51.100.1;transport=tcp"

    def test_routes_join_sets(self) -> None:
        scene = Scene()
        assert scene.route.ds_select_routes("2=8;1=8", "d", 3) == TRUE
        assert [uri for _, uri in ((set_id, each.uri) for set_id, each in scene.route.targets)] == [
            "sip:198.51.100.1;transport=tcp",
            FIRST,
            SECOND,
        ]
        assert scene.read("$du $avp(grp)") == b"sip:198.51.100.1;transport=tcp 2"
        assert scene.route.ds_select_routes("99=8;1=8", "ruri") == TRUE
        assert scene.read("$ru") == b"sip:bob@192.0.2.1"
        assert scene.route.ds_select_routes("99=8", "x") == FALSE

    @pytest.mark.parametrize(("rules", "mode"), [("1", "d"), ("1=a", "d"), ("", "d"), ("1=8", "q"), ("1=8", "")])
    def test_what_is_no_rule_and_no_mode_is_said(self, rules: str, mode: str) -> None:
        assert Scene().route.ds_select_routes(rules, mode) == BAD_ARGUMENT

    def test_algorithm_12_has_no_lists(self) -> None:
        scene = Scene()
        assert scene.route.ds_select_dst(1, 12) == TRUE
        assert [each.uri for each in scene.route.at_once] == [FIRST, SECOND, THIRD]
        assert scene.read("$avp(dst)") == b"<null>"

    @pytest.mark.parametrize(
        ("mode", "fields"),
        [
            (0, {"grp", "uri", "dstid", "attrs"}),
            (1, {"grp", "uri", "dstid"}),
            (2, {"grp", "uri", "dstid", "attrs", "socket"}),
            (4, {"grp", "uri", "dstid", "attrs", "sockname"}),
        ],
    )
    def test_xavp_dst_mode_says_which_fields(self, mode: int, fields: set[str]) -> None:
        scene = Scene(names=replace(ALL_NAMES, xavp_dst_mode=mode, xavp_ctx_mode=1))
        scene.route.ds_select_dst(1, SERIAL)
        found = variables_of(scene.context).xavp("_dsdst_", 1)
        assert found is not None
        assert set(found) == fields
        assert variables_of(scene.context).xavp("_dsctx_") is None


class TestMarking:
    @pytest.mark.parametrize(("word", "state"), [("", "IX"), ("i", "IX"), ("ip", "IP"), ("P", "AP"), ("d", "DX"), ("0", "IX")])
    def test_the_current_destination_is_marked(self, word: str, state: str) -> None:
        scene = Scene()
        scene.route.ds_select_dst(1, SERIAL)
        assert scene.route.ds_mark_dst(word) == TRUE
        assert (scene.state(FIRST), scene.state(SECOND)) == (state, "AX")
        scene.route.ds_next_dst()
        scene.route.ds_mark_dst("ip")
        assert scene.state(SECOND) == "IP"

    def test_an_unknown_word_marks_nothing(self) -> None:
        scene = Scene()
        scene.route.ds_select_dst(1, SERIAL)
        assert scene.route.ds_mark_dst("zz") == BAD_ARGUMENT
        assert scene.state(FIRST) == "AX"

    def test_any_destination_by_its_uri(self) -> None:
        scene = Scene()
        assert scene.route.ds_mark_addr("ip", 1, THIRD) == TRUE
        assert scene.state(THIRD) == "IP"
        assert scene.route.ds_mark_addr("a", -1, THIRD) == TRUE
        assert scene.state(THIRD)[0] == "A"
        assert scene.route.ds_mark_addr("i", 2, THIRD) == FALSE


class TestIsFromList:
    @pytest.mark.parametrize(
        ("source", "group", "mode", "expected"),
        [
            (("192.0.2.2", 5070), -1, None, TRUE),
            (("192.0.2.2", 5071), -1, None, FALSE),
            (("192.0.2.2", 5071), -1, 1, TRUE),
            (("192.0.2.2", 5070), 2, None, FALSE),
            (("192.0.2.2", 5070), 1, 0, TRUE),
            # The request came by UDP.
            (("198.51.100.1", 5060), 2, None, TRUE),
            (("198.51.100.1", 5060), 2, 0, FALSE),
            (("198.51.100.1", 5060), 2, 2, TRUE),
            (("192.0.2.3", 9), 1, 4, FALSE),
            (("192.0.2.1", 9), 1, 4, TRUE),
            (("203.0.113.1", 5060), -1, 3, FALSE),
        ],
    )
    def test_the_source_by_group_and_mode(self, source: tuple[str, int], group: int, mode: int | None, expected: int) -> None:
        scene = Scene(source=source)
        scene.sets.set_state(1, THIRD, parse_state("i"))
        assert scene.route.ds_is_from_list(group, mode) == expected

    def test_a_uri_instead(self) -> None:
        scene = Scene()
        assert scene.route.ds_is_from_list(-1, 0, "sip:192.0.2.2:5070") == TRUE
        assert scene.route.ds_is_from_list(-1, 0, "sip:192.0.2.2:5070;transport=tcp") == FALSE
        assert scene.route.ds_is_from_list(-1, 0, "nonsense") == FALSE

    @pytest.mark.parametrize(
        ("socket", "found"), [("", TRUE), ("socket=udp:127.0.0.1:5060", TRUE), ("socket=udp:127.0.0.1:9", FALSE)]
    )
    def test_bit_8_compares_the_socket(self, socket: str, found: int) -> None:
        scene = Scene(source=("192.0.2.9", 5060), destinations=f"1 sip:192.0.2.9 0 0 a=b;{socket}\n", listeners=[HERE, THERE])
        assert (scene.route.ds_is_from_list(1, 2), scene.route.ds_is_from_list(1, 10)) == (TRUE, found)

    @pytest.mark.parametrize(
        ("lines", "found"),
        [
            (["sip:192.0.2.9 0 0 n=1", "sip:192.0.2.9:5070 0 0 n=2", "sip:192.0.2.9:5071 0 0 n=3"], b"n=2"),
            (
                ["sip:192.0.2.9:5070 0 0 n=1", "sip:192.0.2.9;transport=udp 0 0 n=2", "sip:192.0.2.9;transport=tcp 0 0 n=3"],
                b"n=2",
            ),
            (
                ["sip:192.0.2.9:5070;transport=udp 0 0 n=1", "sip:192.0.2.9 0 0 n=2;socket=udp:127.0.0.1:5060"],
                b"n=2;socket=udp:127.0.0.1:5060",
            ),
            (
                [
                    "sip:192.0.2.9:5071 0 0 n=1",
                    "sip:192.0.2.9;transport=tcp 0 0 n=2",
                    "sip:192.0.2.9 0 0 n=3;socket=udp:127.0.0.1:9",
                ],
                b"<null>",
            ),
        ],
    )
    def test_bit_16_finds_the_one_that_names_most(self, lines: list[str], found: bytes) -> None:
        text = "".join(f"1 {line}\n" for line in lines)
        names = Names(attrs_pvname=compile_target("$avp(found)"))
        scene = Scene(source=("192.0.2.9", 5070), names=names, destinations=text, listeners=[HERE, THERE])
        assert scene.route.ds_is_from_list(1, 16) == (FALSE if found == b"<null>" else TRUE)
        assert scene.read("$avp(found)") == found

    def test_what_was_found_is_written(self) -> None:
        names = Names(setid_pvname=compile_target("$var(setid)"), attrs_pvname=compile_target("$avp(found)"))
        scene = Scene(source=("192.0.2.1", 5060), names=names)
        assert scene.route.ds_is_from_list() == TRUE
        assert scene.read("$var(setid) $avp(found)") == b"1 duid=one;x=1"


class TestCallLoad:
    def load(self, scene: Scene) -> list[int]:
        return [scene.sets.destination(1, uri).load for uri in (FIRST, SECOND, THIRD)]

    def test_a_call_is_counted_moves_and_ends(self) -> None:
        scene = Scene(count_calls=True)
        scene.route.ds_select_dst(1, 10)
        assert self.load(scene) == [1, 0, 0]
        scene.route.ds_next_dst()
        assert self.load(scene) == [0, 1, 0]
        assert scene.route.ds_load_update() == TRUE
        bye = scene.module.bind(context(request("BYE", to="<sip:a@b>;tag=1"), ("10.0.0.1", 5060)), 20.0)
        assert bye.ds_load_update() == TRUE
        assert self.load(scene) == [0, 0, 0]
        assert bye.ds_load_update() == FALSE

    def test_unset_ends_it_whatever_the_message(self) -> None:
        scene = Scene(count_calls=True)
        scene.route.ds_select_dst(1, 10)
        assert scene.route.ds_load_unset() == TRUE
        assert scene.route.ds_load_unset() == FALSE
        # It is not counted again where it goes next.
        scene.route.ds_next_dst()
        assert self.load(scene) == [0, 0, 0]


class TestQuestions:
    def test_whether_a_set_is_there(self) -> None:
        route = Scene().route
        assert [route.ds_list_exists(each) for each in (1, 2, 3)] == [TRUE, TRUE, FALSE]
        assert route.ds_list_exist(1) == TRUE

    def test_whether_a_destination_may_be_selected(self) -> None:
        scene = Scene()
        scene.sets.set_state(1, FIRST, parse_state("i"))
        scene.sets.set_state(2, "all", parse_state("d"))
        route = scene.route
        assert [route.ds_is_active(each) for each in (1, 2, 3)] == [TRUE, FALSE, FALSE]
        assert [route.ds_is_active(1, uri) for uri in (FIRST, SECOND, "sip:unknown")] == [FALSE, TRUE, FALSE]

    def test_how_many_are_in_which_state(self) -> None:
        """Kamailio counts as active what may be selected, and always says true."""
        scene = Scene()
        everything = "$dsg(count) $dsg(active) $dsg(pactive) $dsg(inactive) $dsg(pinactive)"
        assert scene.read("$dsg(count)") == b"<null>"
        for state, counted in (
            ("a", b"3 3 100 0 0 0 0 0 <null>"),
            ("ip", b"3 2 66 1 33 0 0 1 <null>"),
            ("t", b"3 3 100 0 0 1 0 0 <null>"),
            ("d", b"3 2 66 1 33 0 1 0 <null>"),
        ):
            scene.sets.set_state(1, FIRST, parse_state(state))
            assert scene.route.ds_dsg_fetch(1) == TRUE
            assert scene.read(everything + " $dsg(trying) $dsg(disabled) $dsg(probing) $dsg(other)") == counted
        assert scene.route.ds_dsg_fetch(9) == TRUE
        assert scene.read("$dsg(count) $dsg(ocrate)") == b"<null> <null>"

    def test_the_overload_of_a_destination(self) -> None:
        scene = Scene()
        scene.route.ds_oc_set_attrs(1, FIRST, 30, 500, 7.0)
        for uri, overload in ((FIRST, b"3 30 7"), ("sip:unknown", b"3 0 0")):
            assert scene.route.ds_dsg_fetch_uri(1, uri) == TRUE
            assert scene.read("$dsg(count) $dsg(ocrate) $dsg(ocseq)") == overload

    def test_a_reload_is_asked_for(self) -> None:
        scene = Scene()
        assert scene.route.ds_reload() == TRUE
        assert scene.reloads == 1

    def test_an_overloaded_destination_says_so(self) -> None:
        scene = Scene()
        assert scene.route.ds_oc_set_attrs(1, FIRST, 100, 500, 1.0) == TRUE
        assert scene.route.ds_oc_set_attrs(1, FIRST, 10, 500, 0.5) == FALSE
        assert scene.route.ds_oc_set_attrs(1, "sip:unknown", 10) == FALSE
        assert all(scene.route.ds_select_dst(1, 64) and scene.read("$du") != FIRST.encode() for _ in range(30))
