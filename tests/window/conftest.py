"""Real windows of real Blenders, with the extension installed from its ZIP."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..support.window.blenders import ROOT, Blender, find_blenders
from ..support.window.display import Display
from ..support.window.window import Open, Window, install_extension, save_startup_file, startup_file

ARTEFACTS = ROOT / "build" / "window"
"""Screenshots and logs stay here."""


@dataclass(frozen=True)
class MadeOnce:
    """Folders that the first test process that needs one makes, for all of them.

    A session's fixture would make them in each process, and again whenever the next test is for the other Blender.

    Attributes:
        where: the folder for the folders.
    """

    where: Path

    def __call__(self, name: str, make: Callable[[Path], None]) -> Path:
        """The folder of that name; other processes wait until `make` has filled it."""
        made = self.where / name
        with (self.where / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                unfinished = self.where / f"{name}.unfinished"
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir()
                make(unfinished)
                unfinished.rename(made)
        return made


@pytest.fixture(scope="session", params=find_blenders(), ids=lambda blender: blender.name)
def blender(request: pytest.FixtureRequest) -> Blender:
    found: Blender = request.param
    if found.missing is not None:
        if found.is_required:
            pytest.fail(found.missing)
        pytest.skip(found.missing)
    return found


@pytest.fixture(scope="session")
def display() -> Iterator[Display]:
    with Display() as display:
        yield display


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """Folders for all test processes of this run."""
    own = tmp_path_factory.getbasetemp()
    return MadeOnce(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)


@pytest.fixture(scope="session")
def extension(made_once: MadeOnce) -> Path:
    """The extension's ZIP, built as the README says."""

    def build(folder: Path) -> None:
        command = [sys.executable, str(ROOT / ".ci" / "build_extension.py")]
        built = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        assert built.returncode == 0, built.stderr
        shutil.copy(ROOT / built.stdout.strip(), folder)

    (file,) = made_once("extension", build).iterdir()
    return file


@pytest.fixture(scope="session")
def profile(blender: Blender, extension: Path, display: Display, made_once: MadeOnce) -> Path:
    """A new user's folder, where the extension has been installed and enabled by Blender itself.

    Its start-up file has no 3D viewports; `startup.py` says why.
    """

    def install(home: Path) -> None:
        install_extension(blender.command, home, extension)
        save_startup_file(blender.command, home, display)

    return made_once(f"profile-{blender.name}", install)


@pytest.fixture
def home(profile: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a user who runs Blender without a window: a copy, as other tests run meanwhile."""
    return Path(shutil.copytree(profile, tmp_path_factory.mktemp("user") / "home"))


@pytest.fixture
def open_window(
    request: pytest.FixtureRequest, blender: Blender, profile: Path, display: Display, tmp_path: Path
) -> Iterator[Open]:
    """Opens windows, with further arguments for Blender; those that are still open after the test are ended.

    The user is a new one, or with `home` the one of an earlier window. The marker `factory_layout` gives new users
    Blender's own start-up file.
    """
    opened: list[Window] = []
    assert blender.command is not None

    def open_window(*arguments: str | Path, home: Path | None = None) -> Window:
        folder = tmp_path / f"window{len(opened) or ''}"
        folder.mkdir()
        if home is None:
            home = shutil.copytree(profile, folder / "home")
            if request.node.get_closest_marker("factory_layout"):
                saved = startup_file(home)
                assert saved is not None
                saved.unlink()
        opened.append(Window(blender.command or (), home, display, folder, *arguments))
        return opened[-1]

    yield open_window
    kept = ARTEFACTS / request.node.name
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for window in opened:
        if window.process.poll() is None:
            display.screenshot(window.folder / "end.png")
        window.end()
        for file in (*window.folder.glob("*.png"), *window.folder.glob("*.log")):
            shutil.copy(file, kept)


@pytest.fixture
def window(open_window: Open) -> Window:
    """A new user's Blender after its start."""
    return open_window()
