"""Markers by folder, tests that run in one process, how processes end, and one line at the end for what was skipped."""

from __future__ import annotations

import ast
import gc
import signal
from collections import Counter
from collections.abc import Generator, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from .support.process_state import ProcessState

LAYERS = ("unit", "headless", "window")
"""Folders of tests, and the markers of the tests in them."""

SHARED = "pytestmark = pytest.mark.shared_window"
"""The line in modules whose tests share a window."""

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def pytest_configure() -> None:
    """Let Ctrl-C end the tests' processes. In the background of a shell it is ignored, and processes inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the name of its folder: `pytest -m "headless and not slow"`."""
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        if folder in LAYERS:
            item.add_marker(folder)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what is there: it would look through `bpy` and all tests again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def same_process_as_before(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a test fail that changes its process. This fixture is the first one: those of the test restore before."""
    if request.path.relative_to(Path(__file__).parent).parts[0] not in {"unit", "headless"}:
        yield
        return
    before = ProcessState()
    yield
    changes = before.changes()
    assert not changes, f"the test has left its process changed: {'; '.join(changes)}"


IN_ONE_PROCESS = {
    "tests/headless/farm/test_farm.py",
    "tests/headless/farm/test_files_travel.py",
    "tests/headless/farm/test_shipped_farm.py",
    "tests/headless/pool/test_faults.py",
    "tests/headless/pool/test_pool.py",
    "tests/headless/pool/test_same_files.py",
    "tests/headless/pool/test_session.py",
    "tests/headless/quirks/test_identifiers.py",
    "tests/headless/test_docstring_examples.py",
    "tests/unit/project/test_extension_zip.py",
    "tests/unit/project/test_farm_extension_zip.py",
    "tests/unit/project/test_imports.py",
}
"""The modules whose tests share what is costly to make: Blenders, a cluster of Dask, a ZIP, parsed files."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process one test after another, and tests that share a window, or more, to one process, the most first.

    Not by `--dist loadgroup`: pytest-xdist 3.8.0 adds the group to `_nodeid`, which pytest 9.2 does not read any more.
    """
    if config.getoption("dist") != "load":
        return None
    scheduling: Any = import_module("xdist.scheduler").LoadScopeScheduling(config, log)  # not installed everywhere
    scheduling._split_scope = who_runs_together
    return scheduling


def who_runs_together(nodeid: str) -> str:
    """Return a name for the tests that go to one process: `tests/window/test_x.py[trixie`, or the test alone."""
    file, _, test = nodeid.partition("::")
    if file in IN_ONE_PROCESS:
        return file
    name, _, parameters = test.partition("[")
    if name not in sharing_tests(file):
        return nodeid
    return f"{file}[{parameters.rstrip(']').partition('-')[0]}"


@cache
def sharing_tests(file: str) -> frozenset[str]:
    """Return the tests of a module that share a window, if any do; the others run beside them, in any process.

    By the module's text: the process that distributes the tests does not import the module.
    """
    source = (Path(__file__).parents[1] / file).read_text(encoding="utf-8")
    if SHARED not in source.splitlines():
        return frozenset()
    return frozenset(node.name for node in ast.parse(source).body if isinstance(node, FUNCTIONS) and _shares(node))


def _shares(test: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a test of such a module takes the shared window: neither another layout nor its own window."""
    has_layout = any("factory_layout" in ast.unparse(decorator) for decorator in test.decorator_list)
    return not has_layout and "open_window" not in [argument.arg for argument in test.args.args]


STARTED: list[Any] = []
"""The processes that pytest-xdist has started."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_newgateway(gateway: Any) -> None:
    """Keep the process."""
    STARTED.append(gateway)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let processes end: after ten seconds pytest-xdist kills them, and Blender's exit may take longer under load."""
    import_module("xdist.workermanage").NodeManager.EXIT_TIMEOUT = 60


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    """Fail where a process has not ended well: pytest-xdist looks at no exit code, and Blender may fail in its exit."""
    gc.unfreeze()
    yield
    for process in STARTED:
        code = process._io.wait()  # there is no public way to it
        if code != 0:
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED
            reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
            reporter.write_line(f"ERROR: the process {process.id} has ended with exit code {code}", red=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line what was skipped: hundreds of window tests are skipped for one and the same reason."""
    counts = Counter(reason_of(report) for report in terminalreporter.stats.get("skipped", []))
    if counts:
        terminalreporter.write_line("SKIPPED " + "; ".join(f"{n}: {reason}" for reason, n in counts.most_common()))


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The reason that the skip gave: such a report holds file, line and text."""
    assert isinstance(report.longrepr, tuple)
    return report.longrepr[2].removeprefix("Skipped: ")
