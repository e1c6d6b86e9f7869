"""scripts/run and scripts/make-venv, in a copy of the checkout whose path has a space, called from another folder."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.peers import free_port, missing, require_peer

ROOT = Path(__file__).parent.parent
#: Seconds within which anything here has happened, or never will.
PATIENCE = 240.0
_LOCAL = (".git", ".venv", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis", "dropin.cache", "*.so", "build", "dist")


def copy_checkout(folder: Path) -> Path:
    copy = folder / "a checkout"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*_LOCAL))
    return copy


@pytest.fixture(scope="module", autouse=True)
def quick_compiler():
    """What is compiled here is compiled again and again, and need not be fast."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CFLAGS", "-O0")
        yield


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the checkout into which scripts/make-venv has installed the project."""
    probe = tmp_path_factory.mktemp("index")
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "--no-input"]
    # One small package that the installation needs; --no-cache-dir, or a cached one would hide that the index is away.
    found = subprocess.run(
        [*pip, "--retries", "0", "download", "--no-cache-dir", "--no-deps", "-d", probe, "ifaddr"],
        capture_output=True,
        text=True,
    )
    if found.returncode:
        missing(f"the package index cannot be reached: {found.stderr.strip().splitlines()[-1]}")
    copy = copy_checkout(tmp_path_factory.mktemp("scripts"))
    subprocess.run([copy / "scripts/make-venv"], check=True, cwd="/", env={**os.environ, "PYTHON": sys.executable})
    return copy


@pytest.fixture
def settings(tmp_path):
    """A configuration like the shipped one on ports of its own: (file, balancer's port, gateways' ports, RPC port)."""
    ports = [free_port(), free_port(), free_port(), free_port(kind=socket.SOCK_STREAM)]
    text = (ROOT / "conf/kdispatcher.toml").read_text()
    destinations = (ROOT / "conf/dispatcher.list").read_text()
    for shipped, port in zip((5060, 5080, 5081, 8060), ports, strict=True):
        text = re.sub(rf"\b{shipped}\b", str(port), text)
        destinations = re.sub(rf"(?m)^(1 sip:.*:){shipped}\b", rf"\g<1>{port}", destinations)
    file = tmp_path / "kdispatcher.toml"
    file.write_text(text)
    (tmp_path / "dispatcher.list").write_text(destinations)
    return file, ports[0], ports[1:3], ports[3]


class Run:
    """scripts/run in the background. `output` is what it has said so far, on stdout; its log goes to a file."""

    def __init__(self, checkout: Path, file: Path) -> None:
        self.log = file.with_suffix(".log")
        self._out = file.with_suffix(".out")
        with self.log.open("w") as log, self._out.open("w") as out:
            command = [checkout / "scripts/run", "--config", file]
            self.process = subprocess.Popen(command, stdout=out, stderr=log, stdin=subprocess.DEVNULL, cwd=file.parent)

    @property
    def output(self) -> str:
        return self._out.read_text()

    def wait_for(self, text: str) -> None:
        give_up = time.monotonic() + PATIENCE
        while text not in self.output:
            if self.process.poll() is not None or time.monotonic() > give_up:
                pytest.fail(f"no {text!r}; status {self.process.returncode}\n{self.output}\n{self.log.read_text()}")
            time.sleep(0.05)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)


@pytest.fixture
def run(checkout, settings):
    """scripts/run, up and with its advice given."""
    run = Run(checkout, settings[0])
    try:
        run.wait_for("Ctrl-C stops it.")
        yield run
    finally:
        run.stop()


def test_ten_calls_are_split_between_the_test_gateways(run, settings):
    _, _, gateways, _ = settings
    assert "10 calls through it, answered by:" in run.output
    for port in gateways:
        assert f"  127.0.0.1:{port}  5\n" in run.output


def test_ctrl_c_ends_all_that_was_started(run, settings):
    _, port, gateways, rpc = settings
    assert run.stop() == 0
    for kind, number in [(socket.SOCK_DGRAM, port), *((socket.SOCK_DGRAM, one) for one in gateways), (socket.SOCK_STREAM, rpc)]:
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(kind == socket.SOCK_STREAM))
            probe.bind(("127.0.0.1", number))
    assert "Traceback" not in run.log.read_text()


def test_it_runs_twice_in_a_row(run, checkout, settings):
    run.stop()
    again = Run(checkout, settings[0])
    try:
        again.wait_for("Ctrl-C stops it.")
    finally:
        assert again.stop() == 0


def test_the_kamcmd_line_of_the_advice_works(run, settings):
    _, _, gateways, _ = settings
    [line] = [line for line in run.output.splitlines() if line.endswith("dispatcher.list")]
    listed = subprocess.run(line, shell=True, cwd="/", capture_output=True, text=True, timeout=PATIENCE)
    assert listed.returncode == 0, listed.stderr
    for port in gateways:
        assert f"sip:127.0.0.1:{port}" in listed.stdout


def test_a_caller_that_may_not_call_places_no_calls(checkout, settings):
    file = settings[0]
    file.write_text(file.read_text().replace('callers = ["127.0.0.0/8", "::1"]', 'callers = ["10.0.0.0/8"]'))
    run = Run(checkout, file)
    try:
        run.wait_for("Ctrl-C stops it.")
        assert "No calls are placed: access.callers leaves out 127.0.0.1.\n" in run.output
    finally:
        assert run.stop() == 0


def test_without_test_gateways_nobody_is_called(checkout, settings):
    file, _, gateways, _ = settings
    file.write_text(re.sub(r"(?m)^gateways = .*", "", file.read_text()))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gateway:
        gateway.bind(("127.0.0.1", gateways[0]))
        gateway.setblocking(False)
        run = Run(checkout, file)
        try:
            run.wait_for("Ctrl-C stops it.")
            assert "No calls are placed: there are no test gateways in this configuration.\n" in run.output
            with pytest.raises(BlockingIOError):
                gateway.recv(1)
        finally:
            assert run.stop() == 0


def test_a_server_that_does_not_start_ends_it(checkout, settings):
    """A socket that nobody can have: only the server itself finds that out."""
    file = settings[0]
    file.write_text(re.sub(r"(?m)^jsonrpc = .*", 'jsonrpc = "unix:/no/such/folder/k"', file.read_text()))
    status, errors = run_to_the_end(checkout / "scripts/run", "--config", file)
    assert status == 1
    assert "control.jsonrpc: cannot listen on unix:/no/such/folder/k" in errors
    assert errors.endswith("The server has not started; it has said why.\n")
    assert "Traceback" not in errors


@pytest.mark.peer
def test_the_sipp_line_of_the_advice_works(run, settings, tmp_path):
    require_peer("sipp")
    [line] = [line for line in run.output.splitlines() if "sipp " in line]
    assert "sip-tester" in run.output
    line = line.replace("-m 500", "-m 20") + " -timeout 30 -nostdin"
    calls = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    assert calls.returncode == 0, calls.stdout + calls.stderr


def test_a_taken_port_is_one_line_and_status_1(checkout, settings):
    file, port, _, rpc = settings
    for kind, number, name in ((socket.SOCK_DGRAM, port, "sip.listen: udp"), (socket.SOCK_STREAM, rpc, "control.jsonrpc: tcp")):
        with socket.socket(socket.AF_INET, kind) as taken:
            taken.bind(("127.0.0.1", number))
            if kind == socket.SOCK_STREAM:
                taken.listen()
            ended = run_to_the_end(checkout / "scripts/run", "--config", file)
        assert ended == (1, f"{file}: {name} 127.0.0.1:{number} cannot be used: Address already in use\n")


def test_a_wrong_setting_is_one_line_and_status_1(checkout, tmp_path):
    file = tmp_path / "x.toml"
    file.write_text("sip.listen = 'udp:nowhere'\ndispatcher.list_file = 'x.list'\n")
    (tmp_path / "x.list").write_text("1 sip:127.0.0.1\n")
    status, errors = run_to_the_end(checkout / "scripts/run", "--config", file)
    assert status == 1
    assert re.fullmatch(rf"{file}: sip\.listen: found .*\n", errors)


def test_an_installed_checkout_is_left_alone(checkout):
    marker = checkout / ".venv/installed-"
    before = marker.stat().st_mtime_ns
    assert run_to_the_end(checkout / "scripts/make-venv") == (0, "")
    assert marker.stat().st_mtime_ns == before


def test_what_is_compiled_never_outlives_its_source(checkout):
    """An edit is compiled anew, and where plain Python is asked for, nothing compiled is left to win on import."""
    file = checkout / "txdispatcher/balancing/hashing.py"
    original = file.read_text()
    make_venv = checkout / "scripts/make-venv"
    shown = "import txdispatcher.balancing.hashing as m; print(m.EDITED, m.__file__[-3:])"
    try:
        file.write_text(original + "\n\nEDITED = 1\n")
        assert run_to_the_end(make_venv, TXDISPATCHER_EXTENSIONS="no") == (0, "")
        assert list(checkout.glob("txdispatcher/**/*.so")) == []
        assert imported(checkout, shown) == "1 .py"
        if shutil.which("cc"):
            file.write_text(original + "\n\nEDITED = 2\n")
            status, said = run_to_the_end(make_venv, TXDISPATCHER_EXTENSIONS="yes")
            assert status == 0
            assert said.startswith("Compiling ")
            assert imported(checkout, shown) == "2 .so"
    finally:
        file.write_text(original)
        run_to_the_end(make_venv)


def test_types_that_changed_reach_who_uses_them(checkout):
    if not shutil.which("cc"):
        pytest.skip("there is no compiler")
    file = checkout / "txdispatcher/routing/access.pxd"
    original = file.read_text()
    make_venv = checkout / "scripts/make-venv"

    def compiled(name: str) -> int:
        [found] = checkout.glob(f"txdispatcher/{name}.*.so")
        return found.stat().st_mtime_ns

    try:
        assert run_to_the_end(make_venv, TXDISPATCHER_EXTENSIONS="yes")[0] == 0
        before = {name: compiled(name) for name in ("routing/access", "routing/default", "net/mmsg")}
        file.write_text(original + "\n# edited\n")
        assert run_to_the_end(make_venv, TXDISPATCHER_EXTENSIONS="yes")[0] == 0
        assert [name for name, then in before.items() if compiled(name) != then] == ["routing/access", "routing/default"]
    finally:
        file.write_text(original)
        run_to_the_end(make_venv)


def imported(checkout: Path, code: str) -> str:
    """What that Python code prints in the checkout's venv."""
    run = subprocess.run([checkout / ".venv/bin/python", "-c", code], cwd="/", capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_a_word_that_steers_nothing_is_one_line_and_status_1(checkout):
    ended = run_to_the_end(checkout / "scripts/make-venv", TXDISPATCHER_EXTENSIONS="maybe")
    assert ended == (1, 'TXDISPATCHER_EXTENSIONS is "maybe"; auto, yes and no are allowed\n')


def test_a_compiler_that_fails(checkout):
    """With "yes" it ends the build, with "auto" it is said, and plain Python runs."""
    file = checkout / "txdispatcher/sip/_twins.pyx"
    original = file.read_text()
    make_venv = checkout / "scripts/make-venv"
    try:
        file.write_text(original + "\ncdef int\n")
        status, said = run_to_the_end(make_venv, TXDISPATCHER_EXTENSIONS="yes")
        assert status == 1
        assert said.endswith("The modules could not be compiled (TXDISPATCHER_EXTENSIONS=yes); the reason stands above\n")
        if shutil.which("cc"):
            assert "_twins.pyx" in said
            status, said = run_to_the_end(make_venv, TXDISPATCHER_EXTENSIONS="auto")
            assert status == 0
            assert f"Compiling failed, so plain Python runs; the reason stands in {checkout}/.venv/build.log\n" in said
        assert list(checkout.glob("txdispatcher/**/*.so")) == []
    finally:
        file.write_text(original)
        run_to_the_end(make_venv)


def test_without_a_compiler_plain_python_runs(checkout, tmp_path):
    """A PATH that holds what the script needs and no compiler."""
    for name in ("sh", "dirname", "cat", "cksum", "sed", "find", "sort", "xargs", "rm", "env"):
        (tmp_path / name).symlink_to(shutil.which(name))
    make_venv = checkout / "scripts/make-venv"
    (checkout / ".venv/built").unlink()
    try:
        environment = {"PATH": str(tmp_path), "TXDISPATCHER_EXTENSIONS": "auto", "CC": ""}
        status, said = run_to_the_end(make_venv, **environment)
        assert status == 0
        assert re.fullmatch(r"There is no C compiler: plain Python runs, .*\n", said)
        assert list(checkout.glob("txdispatcher/**/*.so")) == []
    finally:
        (checkout / ".venv/built").unlink()
        run_to_the_end(make_venv)


@pytest.fixture
def bare(tmp_path):
    """A copy of the checkout without a venv, and bare(script): the end of scripts/run there with that python3."""
    copy = copy_checkout(tmp_path)
    python = tmp_path / "bin/python3"
    python.parent.mkdir()

    def bare(script: str) -> tuple[int, str]:
        python.write_text("#!/bin/sh\n" + script)
        python.chmod(0o755)
        ended = run_to_the_end(copy / "scripts/run", PATH=f"{python.parent}:{os.environ['PATH']}")
        assert not (copy / ".venv").exists()
        return ended

    return bare


def test_an_old_python_is_one_line_and_status_1(bare):
    line = "Python 3.11 or newer is needed; python3 is 3.9.2 (PYTHON=/path/to/python names another)\n"
    assert bare("echo 3.9.2 False") == (1, line)


def test_a_python_without_venv_is_one_line_that_names_the_package(bare):
    status, errors = bare("case $2 in *ensurepip*) echo no >&2; exit 1;; *) echo 3.11.2 True;; esac")
    assert status == 1
    assert re.fullmatch(r".*python3-venv\n", errors)


def test_without_an_index_the_reason_comes_at_once(tmp_path):
    nowhere = f"http://127.0.0.1:{free_port(kind=socket.SOCK_STREAM)}/simple"
    away = {"PIP_INDEX_URL": nowhere, "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull}
    status, errors = run_to_the_end(copy_checkout(tmp_path) / "scripts/make-venv", PYTHON=sys.executable, **away)
    assert status == 1
    assert errors.endswith(
        "pip could not install the project; its reason stands above (it needs a package index, such as pypi.org)\n"
    )


def test_no_python_at_all_is_one_line_and_status_1(tmp_path):
    status, errors = run_to_the_end(copy_checkout(tmp_path) / "scripts/run", PYTHON="/no/such/python")
    assert status == 1
    assert re.fullmatch(r".*there is no /no/such/python.*\n", errors)


def run_to_the_end(*command: str | Path, **environment: str) -> tuple[int, str]:
    """Status and stderr of a command that ends by itself."""
    environment = {**{key: value for key, value in os.environ.items() if key != "PYTHON"}, **environment}
    ended = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, timeout=PATIENCE)
    return ended.returncode, ended.stderr
