"""balancing.transitions: from finding to state, row by row of the table; docs/states.md draws the same."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.balancing.destination import Destination, Record
from txdispatcher.balancing.probing import ALWAYS_FLAGGED, EVERY, FLAGGED, ONLY_INACTIVE, Probing
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import DISABLED, INACTIVE, NO_PING, PROBING, TRYING, letters, parse_mark, parse_state
from txdispatcher.balancing.transitions import TABLE, Transitions

MODES = (FLAGGED, EVERY, ONLY_INACTIVE, ALWAYS_FLAGGED)


class Scene:
    """One destination; each method gives the letters of its state afterwards."""

    def __init__(self, state: str = "a", flags: int = 0, **parameters: int) -> None:
        self.sets = Sets()
        self.sets.load([Record(1, "sip:127.0.0.1", flags=parse_state(state) | flags)])
        self.probing = Probing(**parameters)  # type: ignore[arg-type]
        self.transitions = Transitions(self.sets, self.probing)

    @property
    def destination(self) -> Destination:
        return self.sets[1].destinations[0]

    @property
    def state(self) -> str:
        return letters(self.destination.flags)

    def answered(self) -> str:
        self.transitions.ping_answered(self.destination, "answered", 0.0)
        return self.state

    def failed(self) -> str:
        self.transitions.ping_failed(self.destination, "failed", 0.0)
        return self.state

    def mark(self, word: str | None) -> str:
        self.transitions.mark(self.destination, None if word is None else parse_mark(word), "marked", 0.0)
        return self.state


def test_every_state_has_an_answer_to_every_finding() -> None:
    states, findings = ({key[at] for key in TABLE} for at in (0, 1))
    assert set(TABLE) == set(itertools.product(states, findings))
    assert states == {0, INACTIVE, TRYING, DISABLED}


@pytest.mark.parametrize(
    ("before", "answered", "failed"),
    [("a", "AX", "IP"), ("ap", "AX", "IP"), ("t", "AX", "IP"), ("tp", "AX", "IP"), ("i", "AX", "IP"), ("ip", "AX", "IP")],
)
def test_by_thresholds_of_one_each_finding_decides(before: str, answered: str, failed: str) -> None:
    """Mode 2: an answer takes P away, a failure gives it."""
    assert Scene(before, mode=ONLY_INACTIVE).answered() == answered
    assert Scene(before, mode=ONLY_INACTIVE).failed() == failed


def test_failures_are_counted_up_to_the_threshold_while_calls_go_on() -> None:
    scene = Scene(mode=EVERY, probing_threshold=3)
    assert [scene.failed() for _ in range(4)] == ["TP", "TP", "IP", "IP"]


def test_a_good_answer_ends_a_row_of_failures() -> None:
    scene = Scene(mode=EVERY, probing_threshold=2)
    assert [scene.failed(), scene.answered(), scene.failed(), scene.failed()] == ["TP", "AP", "TP", "IP"]


@pytest.mark.parametrize(("before", "after"), [("a", "AX"), ("ap", "AP"), ("tp", "AX"), ("ip", "IP"), ("d", "DX")])
def test_an_answer_to_a_call_ends_a_row_of_failures_and_brings_nobody_back(before: str, after: str) -> None:
    scene = Scene(before)
    scene.transitions.call_answered(scene.destination, "answered", 0.0)
    assert scene.state == after


def test_good_answers_are_counted_up_to_the_threshold_and_a_failure_ends_their_row() -> None:
    scene = Scene("ip", mode=EVERY, inactive_threshold=2)
    assert [scene.answered(), scene.failed(), scene.answered(), scene.answered()] == ["IP", "IP", "IP", "AP"]


def test_traffic_and_pings_make_one_row() -> None:
    scene = Scene(mode=EVERY, probing_threshold=3)
    assert [scene.failed(), scene.mark("tp"), scene.failed()] == ["TP", "TP", "IP"]


def test_a_threshold_that_changes_holds_from_the_next_finding_on() -> None:
    scene = Scene(mode=EVERY, probing_threshold=10)
    assert scene.failed() == "TP"
    scene.probing.probing_threshold = 2
    assert scene.failed() == "IP"


@pytest.mark.parametrize(
    ("mode", "before", "answered", "failed"),
    [
        (FLAGGED, "ap", "AX", "IP"),
        (FLAGGED, "i", "AX", "IX"),
        (EVERY, "a", "AP", "IP"),
        (ONLY_INACTIVE, "ip", "AX", "IP"),
        (ALWAYS_FLAGGED, "ap", "AP", "IP"),
        (ALWAYS_FLAGGED, "ip", "AP", "IP"),
    ],
)
def test_what_a_ping_does_to_the_mark_p_is_the_modes(mode: int, before: str, answered: str, failed: str) -> None:
    assert Scene(before, mode=mode).answered() == answered
    assert Scene(before, mode=mode).failed() == failed


@pytest.mark.parametrize("mode", MODES)
def test_who_stays_inactive_for_want_of_answers_goes_on_being_probed(mode: int) -> None:
    scene = Scene("ip", mode=mode, inactive_threshold=2)
    assert scene.answered() == "IP"
    assert scene.answered()[0] == "A"


@pytest.mark.parametrize(
    ("word", "state"),
    [
        *[("a", "AX"), ("i", "IX"), ("t", "TX"), ("d", "DX"), ("ap", "AP"), ("ip", "IP"), ("tp", "TP"), ("PI", "IP")],
        *[("dp", "DX"), ("p", "AP"), ("0", "IX"), ("1", "AX"), ("2", "TP")],
    ],
)
def test_the_words_of_ds_mark_dst(word: str, state: str) -> None:
    assert Scene(probing_threshold=2).mark(word) == state


def test_ds_mark_dst_counts_failures_and_resets_them() -> None:
    scene = Scene(probing_threshold=3)
    assert [scene.mark(word) for word in ("tp", "tp", "a", "tp", "tp", "tp")] == ["TP", "TP", "AX", "TP", "TP", "IP"]


def test_a_trying_mark_leaves_an_inactive_one_inactive() -> None:
    assert Scene("ip", probing_threshold=9).mark("tp") == "IP"
    assert Scene("ip", probing_threshold=9).mark("t") == "IX"


def test_without_a_state_it_is_inactive_and_in_mode_1_probed() -> None:
    assert [Scene(mode=mode).mark(None) for mode in MODES] == ["IX", "IP", "IX", "IX"]


@pytest.mark.parametrize("word", ["a", "i", "tp", "ip", "d", None])
def test_a_disabled_one_stays_so_whatever_calls_and_pings_find(word: str | None) -> None:
    scene = Scene("d", mode=EVERY)
    assert {scene.mark(word), scene.answered(), scene.failed()} == {"DX"}


def test_set_state_is_the_way_out_and_starts_the_row_anew() -> None:
    scene = Scene(mode=EVERY, probing_threshold=2)
    scene.failed()
    scene.sets.set_state(1, "sip:127.0.0.1", DISABLED)
    scene.sets.set_state(1, "sip:127.0.0.1", 0)
    assert scene.failed() == "TP"


def test_a_row_outlives_a_reload() -> None:
    scene = Scene(mode=EVERY, probing_threshold=2)
    scene.failed()
    scene.sets.load([Record(1, "sip:127.0.0.1")])
    assert scene.failed() == "IP"


def test_flags_that_are_no_state_stay() -> None:
    scene = Scene(flags=NO_PING)
    scene.failed()
    assert scene.destination.flags & NO_PING


def test_an_observer_hears_of_changes_alone() -> None:
    scene = Scene("ap", mode=ALWAYS_FLAGGED, probing_threshold=2)
    heard: list[tuple[str, str, str]] = []
    scene.sets.observers.add(lambda _, before, after, reason: heard.append((letters(before), letters(after), reason)))
    for finding in (scene.answered, scene.failed, scene.failed, scene.failed, scene.answered):
        finding()
    assert heard == [("AP", "TP", "failed"), ("TP", "IP", "failed"), ("IP", "AP", "answered")]


@given(
    st.lists(st.sampled_from(["answered", "failed", "t", "tp", "a", "i", "ip"]), max_size=40),
    st.integers(1, 4),
    st.integers(1, 4),
    st.sampled_from(MODES),
)
def test_letters_are_those_of_a_plain_count(findings: list[str], probing: int, inactive: int, mode: int) -> None:
    """The first letter by looking back over all that was found, without a counter that is kept."""
    scene = Scene("a", mode=mode, probing_threshold=probing, inactive_threshold=inactive)
    down, failures, answers = False, 0, 0
    for finding in findings:
        if finding in ("answered", "a"):
            failures, answers = 0, answers + 1
            if answers >= inactive or not down:
                down, answers = False, 0
        elif finding in ("i", "ip"):
            down, failures, answers = True, 0, 0
        else:
            failures, answers = failures + 1, 0
            down = down or failures >= probing
        if down:
            failures = 0
        {"answered": scene.answered, "failed": scene.failed}.get(finding, lambda word=finding: scene.mark(word))()
        assert scene.state[0] == ("I" if down else "T" if failures else "A")


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [(FLAGGED, "ap tp ip"), (EVERY, "a t i ap tp ip"), (ONLY_INACTIVE, "ip"), (ALWAYS_FLAGGED, "ap tp ip")],
)
def test_whom_a_mode_probes(mode: int, wanted: str) -> None:
    probing = Probing(mode=mode)
    states = ("a", "t", "i", "d", "ap", "tp", "ip", "dp")
    assert [state for state in states if probing.wants(parse_state(state))] == [each for each in states if each in wanted.split()]
    assert not any(probing.wants(parse_state(state) | NO_PING) for state in states)
    assert not probing.wants(DISABLED | PROBING)
