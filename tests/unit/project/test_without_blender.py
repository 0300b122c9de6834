"""The public names in a Python without Blender: looked at, replaced, and called in vain."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from ...support.checkout import ROOT

WITHOUT_BLENDER = "import sys; sys.modules['bpy'] = None; "


def python(code: str, folder: Path = ROOT) -> str:
    """Return what the code prints in a Python without Blender."""
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_BLENDER + f"sys.path.insert(0, {str(ROOT)!r}); {code}"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr + ended.stdout
    return ended.stdout


def test_each_name_is_there_with_its_docstring_and_a_signature() -> None:
    code = (
        "import async_render as ar, inspect\n"
        "for name in dir(ar):\n"
        "    assert hasattr(ar, name), name\n"
        "    assert getattr(ar, name).__doc__, name\n"
        "print(inspect.signature(ar.open_file))\n"
        "print(inspect.iscoroutinefunction(ar.render_still), inspect.iscoroutinefunction(ar.segments))\n"
        "print(ar.handler is ar.handler, ar.handler.__module__)"
    )
    assert python(code).splitlines() == [
        "(path: 'str | os.PathLike[str]', *, load_ui: 'bool' = False, use_scripts: 'bool | None' = None, "
        "discard: 'bool' = False) -> 'None'",
        "True False",
        "True async_render.blender.host.handlers",
    ]


def test_help_tells_the_whole_face() -> None:
    told = python("import pydoc, async_render; print(pydoc.plain(pydoc.render_doc(async_render)))")
    assert re.search(r"render_still\(\s*settings: 'RenderSettings \| None' = None", told)  # 3.13 breaks the line
    assert "class AsyncOperator" in told
    assert "Render one picture as *Render > Render Image* does" in told


def test_mock_and_monkeypatch_put_a_fake_there_and_take_it_away() -> None:
    code = (
        "import async_render as ar, asyncio, pytest\n"
        "from unittest import mock\n"
        "before = ar.render_animation\n"
        "with mock.patch('async_render.render_animation') as fake:\n"
        "    fake.return_value = 7\n"
        "    print(type(fake).__name__, asyncio.run(ar.render_animation()))\n"
        "with mock.patch('async_render.segments', autospec=True) as fake:\n"
        "    ar.segments('Film'); fake.assert_called_once_with('Film')\n"
        "with pytest.MonkeyPatch.context() as patch:\n"
        "    patch.setattr(ar, 'render_animation', lambda: 8); print(ar.render_animation())\n"
        "print(ar.render_animation is before)"
    )
    assert python(code).splitlines() == ["AsyncMock 7", "8", "True"]


def test_an_unknown_name_is_answered_with_the_names_near_to_it() -> None:
    code = (
        "import async_render as ar\n"
        "try: ar.render_movie\n"
        "except AttributeError as error: print(error)\n"
        "print(hasattr(ar, 'render_movie'), hasattr(ar, '__wrapped__'))"
    )
    message, *rest = python(code).splitlines()
    assert message.startswith("module 'async_render' has no attribute 'render_movie'; near to it: 'render_")
    assert message.endswith("; all names are in dir(async_render)")
    assert len(message) < 200
    assert rest == ["False False"]


def test_a_coroutine_of_ones_own_is_tested_by_plain_pytest(tmp_path: Path) -> None:
    """The example of docs/testing.md, with asyncio.run and with pytest-asyncio."""
    (tmp_path / "shots.py").write_text(
        "import async_render as ar\n\n\n"
        "async def deliver(cameras):\n"
        "    for camera in cameras:\n"
        "        await ar.render_animation(camera=camera, filepath='//{camera}/####')\n",
        encoding="utf-8",
    )
    documented = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    test = documented.partition("```python\n")[2].partition("```")[0]
    (tmp_path / "test_shots.py").write_text(test, encoding="utf-8")
    alone = ["--rootdir", str(tmp_path), "--confcutdir", str(tmp_path)]  # else pytest lists all folders above
    options = ["-q", "-p", "no:cacheprovider", "-c", "/dev/null", *alone, str(tmp_path)]
    told = python(f"sys.path.insert(0, '.'); import pytest; sys.exit(pytest.main({options}))", tmp_path)
    assert "4 passed" in told
