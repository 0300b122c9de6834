"""Each example in a docstring of the public face runs as it stands, in a file that has what examples name."""

from __future__ import annotations

import ast
import asyncio
import doctest
import importlib.util
import inspect
import threading
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.blender.host.host import host_in_use
from async_render.pool.calls import RenderCalls

from ..support.cameras import add_camera

PARSER, CHECKER = doctest.DocTestParser(), doctest.OutputChecker()
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
IMPORTED = {"ar": ar, "bpy": bpy, "asyncio": asyncio, "threading": threading, "Path": Path}
"""What an example may use: a script has `ar` and `bpy`, and imports the others."""

WITH_WINDOW = {"render_viewport"}
"""The examples that only a window can run; here they are refused, after their arguments were checked."""


WITHOUT_EXAMPLE = {"DaskFarm.open"}
"""The members without an example: the one of the class opens a farm, and each farm costs seconds."""


@pytest.fixture(autouse=True)
def no_panel_is_left() -> Iterator[None]:
    """Unregister the panel of an example: the module `bpy` of 4.2 crashes at exit when one is left."""
    yield
    panel = getattr(bpy.types, "VIEW3D_PT_renders", None)
    if panel is not None:
        bpy.utils.unregister_class(panel)


def docstrings() -> Iterator[tuple[str, str]]:
    """The docstrings of all public names and their members; the pool and the farm have the same calls."""
    seen = set()
    for name in dir(ar):
        item = getattr(ar, name)
        yield name, inspect.getdoc(item) or ""
        for owner in inspect.getmro(item) if inspect.isclass(item) else ():
            if owner not in (item, RenderCalls):
                continue
            members = vars(owner).items() if owner not in seen else ()
            seen.add(owner)
            for key, member in members:
                if not key.startswith("_"):
                    yield f"{name}.{key}", inspect.getdoc(member) or ""


EXAMPLES = {name: examples for name, text in docstrings() if (examples := PARSER.get_examples(text))}


def test_there_are_examples() -> None:
    functions = {name for name in dir(ar) if inspect.isfunction(getattr(ar, name))}
    assert functions <= set(EXAMPLES), "each public function has an example"
    assert len(EXAMPLES) > 90


def test_members_have_an_example_of_their_own() -> None:
    """Attributes and the fields of settings stand in the docstring of their class."""
    described = {name for name, _ in docstrings() if "." in name and is_described(name)}
    assert described - set(EXAMPLES) == WITHOUT_EXAMPLE


def is_described(name: str) -> bool:
    """Whether a member is a property or a method, which has a docstring of its own."""
    owner, _, key = name.partition(".")
    member = inspect.getattr_static(getattr(ar, owner), key)
    return inspect.isfunction(member) or isinstance(member, property | classmethod | staticmethod)


@pytest.fixture
def prepared(scene: bpy.types.Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bpy.types.Scene:
    """The file that examples are about: a short film with two segments, cameras, and a plane whose texture is baked."""
    monkeypatch.chdir(tmp_path)
    scene.frame_end, scene.frame_step = 120, 12  # ten pictures: to render all 120 takes half a second, thirty times
    scene.render.filepath = "//scene_"
    for name, frame in (("Intro", 1), ("Chase", 49)):
        scene.timeline_markers.new(name, frame=frame)
    for name in ("Camera.Top", "Camera.Front"):
        add_camera(scene, name)
    for name in ("Film", "Draft"):
        bpy.data.scenes.new(name)
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=4, y_subdivisions=4)
    plane: Any = bpy.context.object
    cache = plane.modifiers.new("Cloth", "CLOTH").point_cache
    cache.frame_end = 3
    material: Any = bpy.data.materials.new("Material")
    if material.node_tree is None:  # before 5.0
        material.use_nodes = True
    plane.data.materials.append(material)
    image = bpy.data.images.new("Texture", 8, 8)
    image.filepath_raw, image.file_format = str(tmp_path / "texture.png"), "PNG"
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    material.node_tree.nodes.active = node
    for file in ("shots/shot_01.blend", "shots/shot_02.blend", "shot_02.blend", "shot_01.blend"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / file), copy=file != "shot_01.blend")
    return scene


@pytest.fixture(scope="module")
def pool() -> Iterator[ar.BlenderPool]:
    """The pool that examples of its methods name."""
    pool = ar.BlenderPool(1)
    pool.open()
    yield pool
    pool.close()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs_as_it_stands(name: str, prepared: bpy.types.Scene, request: pytest.FixtureRequest) -> None:
    namespace: dict[str, Any] = {**IMPORTED, "__name__": "__main__"}
    if name.startswith("BlenderPool.") or name == "WorkerError":
        namespace["pool"] = request.getfixturevalue("pool")
    if name.startswith("DaskFarm."):
        namespace["farm"] = ar.DaskFarm(file="shot_01.blend")
    codes = [compiled(example) for example in EXAMPLES[name]]
    awaits = any(code.co_flags & inspect.CO_COROUTINE for code in codes)
    if name in WITH_WINDOW:
        with pytest.raises(ar.RenderError, match="needs Blender's window"):
            ar.run(run_all(name, codes, namespace))
    elif name == "DaskFarm" and importlib.util.find_spec("distributed") is None:
        with pytest.raises(ar.RenderError, match="which is not installed"):
            ar.run(run_all(name, codes, namespace))
    elif name in {"mixdown", "BlenderPool.mixdown"} and not has_sound():
        with pytest.raises(ar.RenderError, match="this Blender was built without sound"):
            ar.run(run_all(name, codes, namespace))
    elif awaits:
        ar.run(run_all(name, codes, namespace))
    else:
        for example, code in zip(EXAMPLES[name], codes, strict=True):
            with redirect_stdout(StringIO()) as printed:
                exec(code, namespace)
            check(name, example, printed.getvalue())
    call_operators(namespace)
    run_what_waits()


def run_what_waits() -> None:
    """Run the tasks that an example has created, as `ar.create_task`: the next script would run them."""

    async def main() -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others)

    if host_in_use() is not None:
        ar.run(main()).result()


def has_sound() -> bool:
    """The wheel of 4.2 is built without."""
    built_with: Any = bpy.app.build_options
    return bool(built_with.audaspace)


def compiled(example: doctest.Example) -> Any:
    """Return the code of an example, as Python's own prompt has it: it may await, and shows values."""
    return compile(example.source, "<example>", "single", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


async def run_all(name: str, codes: list[Any], namespace: dict[str, Any]) -> None:
    for example, code in zip(EXAMPLES[name], codes, strict=True):
        user = asyncio.create_task(scrub() if name == "handler" else asyncio.sleep(0))
        with redirect_stdout(StringIO()) as printed:
            result = eval(code, namespace)
            if inspect.iscoroutine(result):
                await result
        user.cancel()
        check(name, example, printed.getvalue())


async def scrub() -> None:
    """Go through the timeline, as a user does meanwhile."""
    while True:
        for frame in (1, 2):
            await asyncio.sleep(0.05)
            bpy.context.scene.frame_set(frame)


def check(name: str, example: doctest.Example, printed: str) -> None:
    """Compare what was printed with what stands there; an example that promises no text may print any."""
    if example.want:
        assert CHECKER.check_output(example.want, printed, OPTIONS), f"{name}: {example.source}{printed}"


def call_operators(namespace: dict[str, Any]) -> None:
    """Call the operators that an example defines."""
    for item in list(namespace.values()):
        if inspect.isclass(item) and issubclass(item, bpy.types.Operator) and item.__module__ == "__main__":
            if not item.is_registered:
                bpy.utils.register_class(item)
            category, function = item.bl_idname.split(".")
            try:
                assert getattr(getattr(bpy.ops, category), function)() == {"FINISHED"}
            finally:
                bpy.utils.unregister_class(item)
