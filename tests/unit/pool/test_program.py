"""Programs that can be workers, and those that cannot: the message says why before anything is started."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from async_render.pool.worker_process import program
from async_render.pool.worker_process.how_it_ended import how_it_ended
from async_render.pool.worker_process.program import check_program, command, environment, is_worker
from async_render.render.errors import WorkerError
from async_render.work.session import Program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs that begin with #!")


def script(folder: Path, body: str, name: str = "blender") -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return file


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("echo Python 3.11", "is no Blender: --version answers 'Python 3.11'"),
        ("exit 1", "is no Blender: --version answers ''"),
        ("head -c 5000000 /dev/zero", "is no Blender: --version answers '"),
        ("printf '\\033[2J'", "answers '\\\\x1b[2J'"),
        ("echo Blender 3.6.5", "is Blender 3.6.5; workers need 4.2 or newer"),
        ("echo Blender 4.1", "is Blender 4.1.0; workers need 4.2 or newer"),
        ("echo Blender four", "is no Blender"),
    ],
)
async def test_a_program_that_is_no_blender_or_too_old_is_refused(body: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(WorkerError) as caught:
        await check_program(Program("blender", script(tmp_path, body)))
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"blender={str(tmp_path / 'blender')!r} ")
    assert len(str(caught.value)) < 1500


async def test_what_is_no_program_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("Blender 5.0")
    empty = script(tmp_path, "", "empty")
    empty.write_bytes(b"\x7fELF nonsense")
    for path, said in (
        (tmp_path / "none", "is not a file"),
        (tmp_path, "is not a file"),
        (text, "may not be executed"),
    ):
        with pytest.raises(WorkerError, match=said):
            await check_program(Program("blender", path))
    with pytest.raises(WorkerError, match="cannot be started: Exec format error"):
        await check_program(Program("blender", empty))


async def test_a_program_that_does_not_answer_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "VERSION_TIMEOUT", 0.2)
    with pytest.raises(WorkerError, match=r"has not said its version in 0\.2 s; is it Blender's program\?"):
        await check_program(Program("blender", script(tmp_path, "exec sleep 600")))


async def test_a_blender_says_its_version_and_is_asked_again_only_when_its_file_has_changed(tmp_path: Path) -> None:
    blender = script(tmp_path, f"echo asked >> {tmp_path}/asked; echo; echo 'Blender 5.2.2 LTS'; echo built")
    asked = tmp_path / "asked"
    for _ in range(3):
        assert await check_program(Program("blender", blender)) == (5, 2, 2)
    assert asked.read_text().count("asked") == 1
    os.utime(blender, (1, 1))
    assert await check_program(Program("blender", blender)) == (5, 2, 2)
    assert asked.read_text().count("asked") == 2


async def test_a_path_may_have_any_characters(tmp_path: Path) -> None:
    folder = tmp_path / "mit Leerzeichen ü 渲染 'x' \"y\" $HOME \udcff"
    folder.mkdir()
    assert await check_program(Program("blender", script(folder, "echo Blender 4.2.0"))) == (4, 2, 0)


async def test_a_python_needs_the_module_bpy_and_its_version(tmp_path: Path) -> None:
    answers = {
        "bpy False 3 11 7": "is Python 3.11.7, and lacks the module bpy: pip install bpy",
        "bpy True 3 9 0": "is Python 3.9.0, and is older than 3.11",
        "Blender 4.2": "is no Python: 'Blender 4.2'",
    }
    for number, (answer, said) in enumerate(answers.items()):
        with pytest.raises(WorkerError) as caught:
            await check_program(Program("python", script(tmp_path, f"echo {answer}", f"python{number}")))
        assert said in str(caught.value)
    good = script(tmp_path, "echo 'bpy True 3 13 0'", "python")
    assert await check_program(Program("python", good)) == (3, 13, 0)


def test_the_token_is_the_last_argument() -> None:
    blender = command(Program("blender", Path("/b"), ("-y",)), "token")
    assert blender[:3] == ["/b", "-y", "-b"]
    assert blender[-2:] == ["--", "token"]
    assert command(Program("python", Path("/p"), ("-X", "dev")), "token")[:4] == ["/p", "-X", "dev", "-P"]


def test_a_worker_gets_no_variable_that_its_program_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("HERE", "1")
    made = environment(Program("blender", Path("/blender"), environment={"SET": "1"}, without=("OMP_NUM_THREADS",)))
    assert ("OMP_NUM_THREADS" in made, made["HERE"], made["SET"]) == (False, "1", "1")


def test_this_process_is_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_worker()
    monkeypatch.setenv("ASYNC_RENDER_WORKER", "1")
    assert is_worker()


def test_an_end_in_words() -> None:
    codes = {0: "exit code 0", 3: "exit code 3", -9: "signal SIGKILL", -11: "signal SIGSEGV", -200: "signal 200"}
    codes |= {
        139: "exit code 139, as of SIGSEGV",
        0xC0000005: "exit code 0xc0000005, access violation",
    }
    assert {code: how_it_ended(code) for code in codes} == codes
    assert how_it_ended(None) == "exit code not known"
