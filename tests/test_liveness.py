"""liveness: what the settings make of probing, history, events and saved states. On the wire: tests/wire/test_probing.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent

from tests.proxy.bench import ScriptedRouter, relay
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import DISABLED, INACTIVE, letters
from txdispatcher.balancing.transitions import Transitions
from txdispatcher.config import load_config
from txdispatcher.errors import ConfigError
from txdispatcher.listening import sockets_of
from txdispatcher.liveness import Liveness, probing_of
from txdispatcher.net.engine import TURN, Engine
from txdispatcher.net.events import Event
from txdispatcher.proxy.actions import Send
from txdispatcher.proxy.intake import Common
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.proxy.stateful import StatefulProxy
from txdispatcher.proxy.timers import Timers
from txdispatcher.stores.list_file import parse_list
from txdispatcher.stores.saved_states import SavedState, read_states, write_states

FIRST, SECOND = Listener("udp", "127.0.0.1", 5060), Listener("udp", "127.0.0.1", 5062)
LIST = "1 sip:127.0.0.9:5080\n1 sip:127.0.0.9:5081\n"


class Outlet:
    """Keeps what is sent."""

    unsent = 0
    behind = 0.0

    def __init__(self) -> None:
        self.sent: list[Send] = []

    def send_all(self, sends: list[Send]) -> None:
        self.sent += sends


class Scene:
    def __init__(self, file: Path, settings: str) -> None:
        file.write_text(f'[sip]\nlisten = ["udp:127.0.0.1:5060", "udp:127.0.0.1:5062 name second"]\n[dispatcher]\n{settings}\n')
        self.clock = Clock()
        self.sets = Sets()
        listeners = Listeners([FIRST, SECOND])
        proxy = StatefulProxy(listeners, ScriptedRouter(relay(1)), Common(b"inst"), Timers(), 0.0)
        names: Any = None  # No destination here has a name.
        self.engine = Engine(proxy, self.clock, names, self.clock.seconds)
        self.outlet = Outlet()
        for listener in listeners.all:
            self.engine.outlets[listener] = self.outlet
        config = load_config(str(file))
        self.probing = probing = probing_of(config)
        self.liveness = Liveness(
            config,
            Transitions(self.sets, probing),
            listeners,
            proxy,
            self.engine,
            names,
            self.clock,
            sockets_of(config, listeners),
            seconds=self.clock.seconds,
            clock=self.clock.seconds,
        )
        self.heard: list[Event] = []
        self.liveness.events.subscribe(self.heard.append)

    def load(self, text: str = LIST) -> None:
        self.sets.load(parse_list(text, "test.list"))
        self.liveness.loaded()

    def wait(self, seconds: float) -> None:
        self.engine.start()
        for _ in range(round(seconds / TURN)):
            self.clock.advance(TURN)
        self.engine.stop()

    def state(self, port: int) -> str:
        return letters(self.sets.destination(1, f"sip:127.0.0.9:{port}").flags)


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str], Scene]:
    return lambda settings: Scene(tmp_path / "k.toml", settings)


def test_pings_are_what_the_settings_say(made: Callable[[str], Scene]) -> None:
    scene = made(
        "ds_ping_interval = 1\nds_probing_mode = 1\nds_ping_fr_timer = 400\nds_probing_threshold = 2\n"
        'ds_ping_socket = "udp:127.0.0.1:5062"\nds_ping_method = "INFO"\noutbound_proxy = "sip:127.0.0.7:5099"'
    )
    scene.load()
    scene.wait(1.0)
    assert {(listener, address, data[:5]) for listener, address, data in scene.outlet.sent} == {
        (SECOND, ("127.0.0.7", 5099), b"INFO ")
    }
    scene.wait(0.5)
    assert scene.state(5080) == "TP"
    scene.wait(1.0)
    assert scene.state(5080) == "IP"
    assert [event.reason for event in scene.heard] == ["ping not answered in 0.4 s"] * 2


def test_without_an_interval_nothing_is_sent(made: Callable[[str], Scene]) -> None:
    scene = made("ds_probing_mode = 1")
    scene.load()
    scene.wait(5.0)
    assert scene.outlet.sent == []


def test_ping_reply_codes_and_the_default_listener_by_its_name(made: Callable[[str], Scene]) -> None:
    scene = made(
        'ds_ping_interval = 1\nds_probing_mode = 1\nds_ping_reply_codes = "code=486"\n'
        'ds_default_sockname = "second"\nds_default_socket = "udp:127.0.0.1:5060"'
    )
    assert [status for status in (200, 404, 486) if status in scene.probing.reply_codes] == [200, 486]
    scene.load()
    scene.wait(1.0)
    assert {listener for listener, _, _ in scene.outlet.sent} == {SECOND}


def test_attributes_that_cannot_be_are_warned_of_by_name(made: Callable[[str], Scene]) -> None:
    scene = made("")
    with capturedLogs() as logged:
        scene.load("1 sip:127.0.0.9 0 0 ping_interval=often\n")
    assert ["ping_interval 'often'" in (formatEvent(each) or "") for each in logged] == [True]


def test_history_has_the_size_of_the_setting(made: Callable[[str], Scene]) -> None:
    for size, kept in ((2, 2), (0, 0)):
        scene = made(f"history = {size}")
        scene.load()
        for flags in (INACTIVE, 0, DISABLED):
            scene.sets.set_state(1, "sip:127.0.0.9:5080", flags)
        assert len(scene.sets.destination(1, "sip:127.0.0.9:5080").changes or ()) == kept


def test_saved_states_come_back_without_events_with_the_first_destinations(made: Callable[[str], Scene], tmp_path: Path) -> None:
    """A database that is away at the start: there are no sets yet, and the file is not overwritten."""
    file = str(tmp_path / "states.json")
    write_states(file, [SavedState(1, "sip:127.0.0.9:5080", None, 0, INACTIVE)])
    scene = made(f'saved_states = "{file}"')
    scene.load("")
    scene.clock.advance(60)
    assert len(read_states(file)) == 1
    scene.load()
    assert (scene.state(5080), scene.heard) == ("IX", [])
    scene.sets.set_state(1, "sip:127.0.0.9:5080", 0)
    assert [event.name for event in scene.heard] == ["dst-up"]
    # A second load brings no old state back.
    scene.load(LIST + "1 sip:127.0.0.9:5082\n")
    assert scene.state(5080) == "AX"


def heard(name: str, event: Event) -> None:
    HEARD.append((name, event.uri))


HEARD: list[tuple[str, str]] = []


def test_a_function_hears_of_events(made: Callable[[str], Scene]) -> None:
    HEARD.clear()
    scene = made('event_callback = "tests.test_liveness:heard"')
    scene.load("1 sip:127.0.0.1\n")
    scene.sets.set_state(1, "sip:127.0.0.1", 1)
    assert HEARD == [("dispatcher:dst-down", "sip:127.0.0.1")]


def test_in_mode_1_only_of_what_pings_led_to(made: Callable[[str], Scene]) -> None:
    HEARD.clear()
    scene = made(
        'event_callback = "tests.test_liveness:heard"\nevent_callback_mode = 1\nds_ping_interval = 1\nds_probing_mode = 1\n'
        "ds_ping_fr_timer = 400"
    )
    scene.load("1 sip:127.0.0.9:5080\n")
    for flags in (1, 0):
        scene.sets.set_state(1, "sip:127.0.0.9:5080", flags)
    assert ([event.name for event in scene.heard], HEARD) == (["dst-down", "dst-up"], [])
    scene.wait(1.5)
    assert HEARD == [("dispatcher:dst-down", "sip:127.0.0.9:5080")]
    assert (scene.heard[-1].code, scene.heard[-1].phrase) == (408, None)


@pytest.mark.parametrize("text", ["tests.test_liveness:nobody", "no.such.module:heard", "ksr_event"])
def test_a_function_that_is_not_there_is_an_error(text: str, made: Callable[[str], Scene]) -> None:
    with pytest.raises(ConfigError, match=r"dispatcher\.event_callback"):
        made(f'event_callback = "{text}"')
