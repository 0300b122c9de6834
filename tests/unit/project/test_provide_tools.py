"""What `.ci/provide-tools` does where something is missing, with commands that only pretend."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ...support.checkout import ROOT

REAL = ("cat", "dirname", "env", "mkdir", "mktemp", "rm", "sed", "sort")
"""The commands of the system that a script finds here; all others are written by the test."""

PACKAGES = "python3-venv libgl1 libice6 libsm6 libx11-6 libxext6 libxfixes3 libxi6 libxkbcommon0 libxrender1"

NO_PYTHON = "echo 'uv 0.8.4'; case $1 in --version|run) ;; *) exit 2 ;; esac"
"""A uv that finds no Python, downloads none, and runs anything."""


class Machine:
    """A machine with a checkout, and with few commands."""

    def __init__(self, folder: Path) -> None:
        self.checkout, self.commands, self.home = folder / "a checkout", folder / "commands", folder / "home"
        for path in (self.checkout / ".ci", self.commands, self.home):
            path.mkdir(parents=True)
        for name in (".ci/task", ".ci/provide-tools", "pyproject.toml"):
            shutil.copy(ROOT / name, self.checkout / name)
        for name in REAL:
            found = shutil.which(name)
            assert found
            (self.commands / name).symlink_to(found)
        self.has("uname", 'case $1 in -sm) echo "Linux x86_64" ;; esac')

    def has(self, command: str, script: str) -> None:
        """Give the machine a command, or write a file with another path."""
        path = self.commands / command
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def sources(self, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a script that has sourced `.ci/provide-tools`."""
        return self.runs("/bin/sh", "-euc", f". .ci/provide-tools; {script}", **environment)

    def runs(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.checkout,
            env={"PATH": str(self.commands), "HOME": str(self.home), **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_user_without_sudo_is_told_in_one_line_what_root_should_type(machine: Machine) -> None:
    machine.has("id", "echo 1000")
    machine.has("apt-get", "echo must not run; exit 1")
    ended = machine.sources("install_packages libgl1")
    install = f"apt-get install -y --no-install-recommends {PACKAGES}"
    assert ended.stderr == f"Let root type this, then start again: apt-get update && {install}\n"
    assert (ended.returncode, ended.stdout) == (1, "")


def test_a_user_whose_sudo_asks_for_a_password_is_told_in_one_line_what_to_type(machine: Machine) -> None:
    machine.has("id", "echo 1000")
    machine.has("apt-get", "echo must not run; exit 1")
    machine.has("sudo", "echo 'sudo: a password is required' >&2; exit 1")
    ended = machine.sources("install_packages libgl1")
    install = f"sudo apt-get install -y --no-install-recommends {PACKAGES}"
    assert ended.stderr == f"Type this, then start again: sudo apt-get update && {install}\n"
    assert (ended.returncode, ended.stdout) == (1, "")


@pytest.mark.parametrize("user", ["0", "1000"], ids=["root", "user with sudo"])
def test_packages_are_installed_without_a_question(machine: Machine, tmp_path: Path, user: str) -> None:
    log = tmp_path / "log"
    machine.has("id", f"echo {user}")
    machine.has("sudo", f'echo sudo >>"{log}"; shift; "$@"')
    arguments = '"$DEBIAN_FRONTEND $(cat) $*"'
    machine.has(
        "apt-get", f'echo {arguments} >>"{log}"; case $* in *update) >"{log}.lists" ;; esac; [ -e "{log}.lists" ]'
    )
    ended = machine.sources("install_packages libgl1 libice6")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "Installing libgl1 libice6\n")
    calls = [line for line in log.read_text().splitlines() if line != "sudo"]
    options = "noninteractive  -qq -o DPkg::Lock::Timeout=300"
    install = f"{options} install -y --no-install-recommends libgl1 libice6"
    assert calls == [install, f"{options} update", install]
    assert ("sudo" in log.read_text()) == (user == "1000")


@pytest.mark.parametrize(
    ("version", "is_taken"), [("0.6.0", False), ("0.8.3", False), ("0.8.4", True), ("0.13.9 (abc 2026)", True)]
)
def test_an_old_uv_of_the_user_is_passed_by(machine: Machine, version: str, is_taken: bool) -> None:
    machine.has("uv", f"echo 'uv {version}'")
    ours = machine.home / ".cache" / "async_render" / "tools" / "uv"
    machine.has(str(ours), "echo 'uv 0.9.0'")
    ended = machine.sources("provide_uv; command -v uv")
    assert (ended.stdout, ended.stderr) == (f"{machine.commands / 'uv' if is_taken else ours}\n", "")


def test_the_last_line_says_what_to_do_where_no_package_index_can_be_reached(machine: Machine) -> None:
    machine.has(
        "python3",
        "case $* in *--version) ;; *) echo 'ERROR: No matching distribution found for uv' >&2; exit 1 ;; esac",
    )
    ended = machine.sources("provide_uv; echo must not run")
    assert (ended.returncode, ended.stdout) == (1, "")
    last = "let it reach a package index, or put uv on PATH, then start again."
    assert ended.stderr.splitlines()[-1] == f"pip could not install uv, for the reason above: {last}"
    assert list((machine.home / ".cache" / "async_render" / "tools").iterdir()) == []


def test_uv_comes_into_the_checkout_where_the_home_takes_nothing(machine: Machine) -> None:
    ended = machine.sources('echo "$tools $XDG_CACHE_HOME $XDG_CONFIG_HOME"', HOME=os.devnull)
    home = machine.checkout / "build" / "home"
    assert (ended.stdout, ended.stderr) == (f"{home}/cache/async_render/tools {home}/cache {home}/config\n", "")


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({}, "Neither is here, and uv could not download one: install either of them."),
        (
            {"UV_PYTHON": "/usr/bin/python3.12"},
            "UV_PYTHON is /usr/bin/python3.12: unset it, or set it to one of these.",
        ),
    ],
)
def test_one_sentence_says_what_the_example_lacks(machine: Machine, variables: dict[str, str], reason: str) -> None:
    machine.has("uv", NO_PYTHON)
    ended = machine.runs(".ci/task", "example", **variables)
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("Blender's module bpy is made for Python 3.11 and 3.13")
    assert last.endswith(reason)


def test_a_python_comes_into_the_folder_of_uv_alone(machine: Machine, tmp_path: Path) -> None:
    machine.has(
        "uv", f'echo "$*" >>"{tmp_path}/log"; case "$*" in --version) echo "uv 0.8.4" ;; *find*) exit 2 ;; esac'
    )
    ended = machine.sources('bring_python 3.13; echo "$UV_PYTHON"')
    assert (ended.returncode, ended.stdout) == (0, "3.13\n")
    assert (tmp_path / "log").read_text() == "python install --quiet --no-bin 3.13\n"


def test_the_tests_run_where_there_is_no_bpy(machine: Machine, tmp_path: Path) -> None:
    machine.has("uname", 'case $1 in -sm) echo "Linux aarch64" ;; esac')
    machine.has("uv", f'echo "$*" >>"{tmp_path}/log"; {NO_PYTHON}')
    ended = machine.runs(".ci/task", "tests", "-x")
    assert ended.returncode == 0
    skipped, reason = ended.stderr.splitlines()[-1].split(", the others run now. ")
    assert skipped == "The tests that need Blender's module bpy are skipped"
    assert reason == "The module is not made for Linux aarch64: use an installed Blender, as README.md says."
    assert (tmp_path / "log").read_text().splitlines()[-1] == "run pytest -m not slow -x"
