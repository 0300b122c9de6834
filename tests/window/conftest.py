"""Real windows of real Blenders, with the extension installed from its ZIP."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..support.window.blenders import ROOT, Blender, find_blenders
from ..support.window.display import Display
from ..support.window.shared import SharedWindow
from ..support.window.window import Open, Window, install_extension, save_startup_file, startup_file

ARTEFACTS = ROOT / "build" / "window"
"""Screenshots and logs stay here."""

HAS_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note which tests have failed: their windows are no good for others."""
    report = yield
    if report.failed:
        item.stash[HAS_FAILED] = True
    return report


SMALL = ("-p", "480", "260", "640", "480")
"""Blender's arguments for a window that software draws in a third of the time, with the screen's middle in it."""

POINTED_AT = ("addon", "farm", "operators", "pool")
"""Folders of tests that click on buttons, whose places are known in a window as large as the screen."""


def size_for(item: pytest.Item | pytest.Module) -> tuple[str, ...]:
    """Return Blender's arguments for the size of the window of a test, or of a module's tests."""
    return () if item.path.parent.name in POINTED_AT else SMALL


def shares_window(item: pytest.Item) -> bool:
    """Return whether a test's fixture `window` is the one of its module."""
    is_shared = item.get_closest_marker("shared_window") is not None
    return is_shared and item.get_closest_marker("factory_layout") is None


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
    return built(made_once, "extension")


@pytest.fixture(scope="session")
def farm_extension(made_once: MadeOnce) -> Path:
    """The ZIP of the extension that brings Dask; its wheels come from the index."""
    return built(made_once, "farm_extension")


def built(made_once: MadeOnce, name: str) -> Path:
    """Return a ZIP that `.ci/build_NAME.py` has built, once for all test processes."""

    def build(folder: Path) -> None:
        command = [sys.executable, str(ROOT / ".ci" / f"build_{name}.py")]
        built = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        assert built.returncode == 0, built.stderr
        shutil.copy(ROOT / built.stdout.strip(), folder)

    (file,) = made_once(name, build).iterdir()
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
            if request.node.get_closest_marker("factory_layout") is not None:
                saved = startup_file(home)
                assert saved is not None
                saved.unlink()
        opened.append(Window(blender.command or (), home, display, folder, *size_for(request.node), *arguments))
        return opened[-1]

    yield open_window
    try:
        for window in opened:
            keep(window, request.node)
    finally:
        for window in opened:
            window.end()


def keep(window: Window, test: pytest.Item) -> None:
    """Keep what a person wants to see of a window: its screenshots, and what it has printed."""
    kept = ARTEFACTS / test.name / window.folder.name
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    if window.process.poll() is None:
        window.display.screenshot(window.folder / "end.png")
    (kept / "blender.log").write_text(window.output)
    for file in (*window.folder.glob("*.png"), *window.folder.glob("*.log")):
        if file.name != "blender.log":
            shutil.copy(file, kept)


@pytest.fixture(scope="module")
def shared(
    request: pytest.FixtureRequest, blender: Blender, profile: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SharedWindow]:
    """The window of a module's tests, on a display of its own: tests that open other windows have the common one."""
    with Display() as display:

        def open_window() -> Window:
            folder = tmp_path_factory.mktemp("shared")
            home = Path(shutil.copytree(profile, folder / "home"))
            return Window(blender.command or (), home, display, folder, *size_for(request.node))

        shared = SharedWindow(open_window)
        yield shared
        shared.close()


@pytest.fixture
def window(request: pytest.FixtureRequest, blender: Blender, tmp_path: Path) -> Iterator[Window]:
    """A new user's Blender after its start; with the marker `shared_window` the one of the module, reset."""
    if not shares_window(request.node):
        yield request.getfixturevalue("open_window")()
        return
    shared: SharedWindow = request.getfixturevalue("shared")
    folder = tmp_path / "shared"
    folder.mkdir()
    window = shared.begin(request.node.name, folder)
    yield window
    try:
        keep(window, request.node)
    finally:
        shared.end(has_failed=request.node.stash.get(HAS_FAILED, False))
