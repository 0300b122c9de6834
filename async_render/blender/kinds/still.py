"""`render_still`: one picture, as a file, as pixels, or as both."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal, Unpack, overload

import bpy

from ...output.temporary_folders import STILL_PREFIX, temporary_folder
from ...render.call_settings import settings_with
from ...render.errors import RenderError
from ...render.result import Pixels, StillResult, StillWithPixels
from ...render.setting_fields import StillFields
from ...render.settings import RenderSettings
from ..host.own_loop import require_own_loop
from ..settings.apply import applied
from ..settings.output_paths import EYES, rendered_views
from ..settings.scenes import find_scene, found_again
from ..window.reports import message_of
from .plan import Plan
from .rendering import Listener, render
from .request import Request
from .staging import as_template
from .still_frame import StillFrame


@overload
async def render_still(
    settings: RenderSettings | None = None,
    *,
    frame: float | None = None,
    write: bool = True,
    pixels: Literal[True],
    **fields: Unpack[StillFields],
) -> StillWithPixels: ...
@overload
async def render_still(
    settings: RenderSettings | None = None,
    *,
    frame: float | None = None,
    write: bool = True,
    pixels: bool = False,
    **fields: Unpack[StillFields],
) -> StillResult: ...
async def render_still(
    settings: RenderSettings | None = None,
    *,
    frame: float | None = None,
    write: bool = True,
    pixels: bool = False,
    **fields: Unpack[StillFields],
) -> StillResult:
    """Render one picture as *Render > Render Image* does, and wait for it while Blender's window lives.

    The window shows its own frame, except while Blender renders a frame that no animation can have: between
    two frames, or before frame 0. From 5.0 on it also shows the frame beside which *File Output* nodes write. The file
    has the name that *Render Image* gives it: `//still` becomes `//still.png`, unless *File Extensions* is off. A row
    of `#` in the name is the frame number. In a folder, `//out/`, the file is `//out/0001.png`, as an animation's. A
    file that was there comes back unless the new file is complete.

    Args:
        settings: the settings in which the render differs from the scene; None: none. Their frames do not count here.
        frame: the frame, `12.5` is between two; None: the scene's current frame, with its `frame_subframe`.
        write: whether a file is left at the output path.
        pixels: whether the result brings the pixels.
        **fields: fields of `RenderSettings` but the frames, alone or on top of `settings`.

    Returns:
        The frame, its file, the seconds, and the pixels.

    Raises:
        RenderError: the settings cannot work (nothing was changed), or Blender ended with an error.
        OutputError: Blender says that all is well, and the file is not complete.
        RenderCancelled: the user pressed Esc, loaded a file, or undid something.
        ValueError: Blender has no such frame, or a range of frames is given.

    Example:
        >>> result = await ar.render_still(filepath="//front", camera="Camera.Front")
        >>> print(result.files[0])
    """
    require_own_loop("ar.render_still()")
    settings = settings_with(settings, fields, of_still=True)
    still = StillFrame.at(frame)
    if pixels:
        _check_views(find_scene(settings.scene))
    with temporary_folder(STILL_PREFIX) as folder:
        asked = settings if write else _unwritten(settings, str(folder))
        request = Request.of(asked, still=still, is_kept=write)
        slot = _SlotOfRender()
        result, plan = await render(request, Listener(on_plan=slot.note))
        picture = _pixels(found_again(request.scene), folder, slot) if pixels else None
    files = result.files if write else ()
    subframe = plan.still.subframe if plan.still is not None else 0.0
    parts = result.frames, files, result.seconds, result.frame_seconds, (), result.warnings
    if picture is None:
        return StillResult(*parts, subframe=subframe)
    return StillWithPixels(*parts, subframe=subframe, pixels=picture)


def _check_views(scene: bpy.types.Scene) -> None:
    views = rendered_views(scene)
    if views and not set(EYES) <= set(views):
        raise RenderError(
            f"pixels=True: of several views Blender gives the pixels of the left eye, and the scene {scene.name!r} "
            f"renders {', '.join(map(repr, views))}; read the files, or let it render 'left' and 'right'"
        )


def _unwritten(settings: RenderSettings, folder: str) -> RenderSettings:
    """Return the settings for a picture that is removed with its folder, in a format that is always possible."""
    of_formats = dict.fromkeys(("exr_codec", "container", "video_codec", "audio_codec"))
    path = as_template(folder, "####")
    return settings.replace(filepath=path, file_format="PNG", color_mode="RGBA", color_depth="8", **of_formats)


def _render_result() -> Any:
    """Return Blender's image of the last render; None: nothing was rendered yet.

    Its name proves nothing: users rename it, and another image may have the name.
    """
    return next((image for image in bpy.data.images if image.type == "RENDER_RESULT"), None)


class _SlotOfRender:
    """The slot of the Render Result into which a still is rendered. Users look at other slots meanwhile, by J."""

    def __init__(self) -> None:
        self._index = 0

    def note(self, _plan: Plan) -> None:
        """Note the slot that is shown now: Blender renders into this slot."""
        image = _render_result()
        self._index = 0 if image is None else image.render_slots.active_index

    @contextmanager
    def shown(self, image: Any) -> Iterator[None]:
        """Let the image show the slot inside the `with` block."""
        slots = image.render_slots
        before = slots.active_index
        try:
            slots.active_index = min(self._index, len(slots) - 1)
            yield
        finally:
            slots.active_index = before


def _pixels(scene: bpy.types.Scene, folder: Path, slot: _SlotOfRender) -> Pixels:
    """Return the picture in the Render Result, read from a file: the image itself has no `pixels` (size 0 × 0).

    Raises:
        RenderError: Blender has the picture no more, or cannot save it.
    """
    file = str(folder / "pixels.exr")
    as_floats = RenderSettings(scene=scene.name, file_format="OPEN_EXR", color_depth="32", color_mode="RGBA")
    rendered = _render_result()
    if rendered is None:
        raise RenderError("pixels=True: the Render Result was deleted before its pixels could be read")
    has_eyes = bool(rendered_views(scene))
    views = _side_by_side(rendered, scene.render.image_settings) if has_eyes else nullcontext()
    try:
        with applied(scene, as_floats), views, slot.shown(rendered):
            rendered.save_render(file, scene=scene)
        image: Any = bpy.data.images.load(file)
    except RuntimeError as error:
        raise RenderError(f"pixels=True: the picture cannot be read by {file}: {message_of(error)}") from error
    try:
        width, height = image.size
        values = array("f", bytes(4 * 4 * width * height))
        image.pixels.foreach_get(values)
    finally:
        bpy.data.images.remove(image)
    return _left_half(width, height, values) if has_eyes else Pixels(width, height, values)


@contextmanager
def _side_by_side(*owners: Any) -> Iterator[None]:
    """Let both eyes be saved as one picture inside the `with` block.

    Blender 4.2 to 5.2 say that they cannot save each view as an EXR file, although they do. Before 5.0 Blender reads
    none of these files. At one save the image's format counts, at another the scene's.

    Args:
        *owners: the structs that have `views_format` and `stereo_3d_format`.
    """
    structs = [struct for owner in owners for struct in (owner, owner.stereo_3d_format)]
    before = [{name: getattr(struct, name) for name in _SIDE_BY_SIDE if hasattr(struct, name)} for struct in structs]
    try:
        for struct, names in zip(structs, before, strict=True):
            for name in names:
                setattr(struct, name, _SIDE_BY_SIDE[name])
        yield
    finally:
        for struct, names in zip(structs, before, strict=True):
            for name, value in names.items():
                setattr(struct, name, value)


_SIDE_BY_SIDE = {
    "views_format": "STEREO_3D",
    "display_mode": "SIDEBYSIDE",
    "use_sidebyside_crosseyed": False,
    "use_squeezed_frame": False,
}


def _left_half(width: int, height: int, values: array[float]) -> Pixels:
    row = 4 * width
    left = array("f", b"".join(values[y * row : y * row + row // 2].tobytes() for y in range(height)))
    return Pixels(width // 2, height, left)
