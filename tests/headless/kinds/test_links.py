"""Links at the destination: Blender's own render writes through them, and so does each kind of ours."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest

import async_render as ar


@pytest.mark.parametrize("kind", ["poster", "poster_##", "between two frames", "movie", "animation"])
@pytest.mark.parametrize("is_dangling", [True, False])
def test_a_render_writes_through_a_link(scene: bpy.types.Scene, tmp_path: Path, kind: str, is_dangling: bool) -> None:
    scene.frame_start = scene.frame_end = 7
    scene.render.resolution_x = scene.render.resolution_y = 16
    scene.frame_set(7, subframe=0.5 if kind == "between two frames" else 0)
    settings = ar.RenderSettings(filepath=f"{tmp_path}/out/poster")
    name = "poster.png"
    if kind == "movie":
        settings = ar.RenderSettings(filepath=f"{tmp_path}/out/shot.mkv", file_format="FFMPEG", container="MKV")
        settings = settings.replace(video_codec="MPEG4", audio_codec="NONE")
        name = "shot.mkv"
    elif kind in {"poster_##", "animation"}:
        settings = settings.replace(filepath=f"{tmp_path}/out/poster_##")
        name = "poster_07.png"
    link, target = tmp_path / "out" / name, tmp_path / "behind" / "real.bin"
    link.parent.mkdir()
    target.parent.mkdir()
    link.symlink_to("../behind/real.bin")
    if not is_dangling:
        target.write_bytes(b"old")
    render = ar.render_animation if kind in {"movie", "animation"} else ar.render_still
    result = ar.run(render(settings)).result()
    assert result.files == (link,)
    assert link.readlink() == Path("../behind/real.bin")
    assert target.read_bytes()[:4] == (b"\x1aE\xdf\xa3" if kind == "movie" else b"\x89PNG")
    assert sorted(tmp_path.glob("*/*")) == [target, link]
