"""What the handlers of other add-ons find in the scene: they run on the render thread."""

from __future__ import annotations

from pathlib import Path

from ...support.window.scenes import AS_THE_EXAMPLE, make_segments_file, wait_for_idle
from ...support.window.window import Window

SCRIPTS = Path(__file__).with_name("scripts")

MOVIE = "file_format='FFMPEG', container='MKV', filepath='//film.mkv'"


def paths(window: Window, which: int) -> set[str]:
    """All that the handlers of a finished render have read: the output path (0), or a frame's (1)."""
    window.wait_until("task.done()")
    found: dict[str, tuple[str, str]] = window.eval("{name: list(paths) for name, paths in seen.items()}")
    assert set(found) == {"render_init", "render_pre", "render_post", "render_write", "render_complete"}
    return {paths[which] for paths in found.values()}


def told(window: Window) -> list[str]:
    files: list[str] = window.eval("[str(file) for file in outcome[-1].files]")
    return files


def test_they_read_where_the_file_will_be_and_the_old_movie_stays(window: Window) -> None:
    make_segments_file(window)
    window.run_file(SCRIPTS / "handlers_read.py")
    window.exec("task = ar.run(still(filepath='//poster'))")
    assert paths(window, 0) == {str(window.folder / "poster.png")} == set(told(window))
    window.exec("task = ar.run(still(filepath='//pic_##'))")
    assert paths(window, 1) == {str(window.folder / "pic_01.png")} == set(told(window))
    window.exec(f"seen.clear(); task = ar.run(render({MOVIE}, frame_end=4))")
    assert paths(window, 1) == {str(window.folder / "film.mkv")} == set(told(window))

    movie = window.folder / "film.mkv"
    before = movie.read_bytes()
    window.exec(f"seen.clear(); task = ar.run(render({MOVIE}, samples=512, {AS_THE_EXAMPLE}))")
    window.wait_until(
        "len(list(__import__('pathlib').Path(bpy.data.filepath).parent.glob('.async_render_*/film.partial.mkv'))) == 1"
    )
    assert movie.read_bytes() == before  # the new one grows beside it
    window.exec("task.cancel()")
    window.wait_until("task.done()")
    assert movie.read_bytes() == before
    wait_for_idle(window)

    window.exec("bpy.app.handlers.render_init.append(set_path)")
    window.exec(f"task = ar.run(render({MOVIE}, frame_end=2))")
    window.wait_until("task.done()")
    message = window.eval("repr(outcome[-1])")
    assert message.startswith("OutputError")
    assert "scene.render.filepath was changed to '//theirs_' during the render" in message
    assert "set_path" in message
    assert movie.read_bytes() == before
    names = {file.name for file in window.folder.iterdir()}
    assert {"film.mkv", "poster.png", "pic_01.png"} < names
    assert not [name for name in names if name.startswith(".async_render_")]
