"""The requests of a pool, one function each: it takes the request's fields and returns the result's.

`pool/worker_process/protocol.py` has the fields of each request, of its events and of its result. Each does what the
function of the same name in `blender/kinds/` does in a window: there is one implementation of a render.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from time import perf_counter
from typing import Any

import bpy

from ...output.temporary_folders import using
from ...render.errors import RenderError
from ...work.wire import result_to_wire
from ..datablocks import library_path
from ..host.long_work import call_in_worker_thread
from ..kinds.baking import bake as bake_here
from ..kinds.encode import encode_pictures, unclaimed
from ..kinds.sound import mixdown as mixdown_here
from ..quirks.versions import HEADLESS_WRITES_ONE_SOUND
from ..session.missing_files import missing_paths
from ..session.unsaved_pixels import pixels_of, write_pixels
from .claimed import claimed
from .events import Action, Emit
from .frames import frames, plan
from .loaded import loaded
from .still import still


async def load(request: Mapping[str, Any], emit: Emit) -> dict[str, Any]:  # noqa: ARG001 - as each action
    """Open a file, unless it is open already.

    Raises:
        RenderError: Blender cannot read the file.
    """
    begin = perf_counter()
    is_new = await loaded.open(request["file"], request["key"], request["folder"], use_scripts=request["use_scripts"])
    missing = missing_paths() if is_new else []
    return {"loaded": is_new, "seconds": perf_counter() - begin, "missing": missing}


async def bake(request: Mapping[str, Any], emit: Emit) -> dict[str, Any]:  # noqa: ARG001 - as each action
    """Bake textures. The pixels of the images that the bake has changed go into files of the request's folder.

    Raises:
        OperatorError: as `bake`.
        RenderError: the bake would go into meshes, which stay in this process.
    """
    await loaded.reload()
    properties = _with_sets(bpy.ops.object.bake, request["properties"])
    scene = bpy.context.scene
    assert scene is not None
    target = properties.get("target", scene.render.bake.target)
    if target != "IMAGE_TEXTURES":
        raise RenderError(f"target={target!r}: a worker bakes into images only; bake into meshes by ar.bake() instead")
    if "filepath" in properties:
        properties["filepath"] = loaded.absolute(properties["filepath"])
    before = dict(_pixels())
    async with claimed(_baked_files(request["type"], properties)):
        result = await bake_here(request["type"], **properties)
    changed = [uid for uid, digest in _pixels() if before.get(uid) != digest]
    folder = Path(request["folder"])
    images = [image for image in bpy.data.images if image.session_uid in changed]
    with using(folder):
        rows = [
            {
                "name": image.name,
                "library": library_path(image),
                "is_float": image.is_float,
                **write_pixels(image, folder / f"{number}.raw"),
            }
            for number, image in enumerate(images)
        ]
    return {"name": result.name, "status": result.status, "seconds": result.seconds, "images": rows}


def _with_sets(operator: Any, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties with sets where the operator takes them: JSON has lists only."""
    known = operator.get_rna_type().properties
    flags = {item.identifier for item in known if item.type == "ENUM" and item.is_enum_flag}
    return {name: set(value) if name in flags else value for name, value in properties.items()}


def _baked_files(kind: str, properties: Mapping[str, Any]) -> list[Path]:
    """Return the files into which a bake writes, as far as pools of this package can tell them apart.

    With automatic names Blender adds the object's name and the type, and then the material's name: see
    `bake_targets_output_external` in source/blender/editors/object/object_bake_api.cc. A slash in the object's name
    leads into a folder.
    """
    if properties.get("save_mode") != "EXTERNAL" or not properties.get("filepath"):
        return []
    file = Path(properties["filepath"])
    if not properties.get("use_automatic_name"):
        return [file]
    objects = bpy.context.selected_objects
    return [file.parent / f"{file.stem}_{item.name}_{kind}{file.suffix}" for item in objects]


def _pixels() -> Iterator[tuple[int, bytes]]:
    """Yield each image that has unsaved pixels, by its `session_uid`, with a digest of them."""
    for image in bpy.data.images:
        if image.is_dirty and image.has_data:
            yield image.session_uid, blake2b(pixels_of(image)).digest()


async def mixdown(request: Mapping[str, Any], emit: Emit) -> dict[str, Any]:  # noqa: ARG001 - as each action
    """Write the sound of the scene into a file.

    Raises:
        RenderError: as `mixdown`.
    """
    await loaded.reload()
    loaded.needs_reload = HEADLESS_WRITES_ONE_SOUND
    path = loaded.absolute(request["filepath"])
    async with claimed([Path(path)]):
        file = await mixdown_here(path, **request["properties"])
    return {"file": str(file)}


async def encode(request: Mapping[str, Any], emit: Emit) -> dict[str, Any]:  # noqa: ARG001 - as each action
    """Encode pictures as one movie.

    Raises:
        RenderError: as `encode`.
    """
    await loaded.reload()
    file = Path(request["listing"])
    with using(file.parent):
        listing = await call_in_worker_thread(file.read_text, encoding="utf-8")
    settings = loaded.settings(request["settings"])
    claiming = claimed if request["claims"] else unclaimed
    return {"result": result_to_wire(await encode_pictures(json.loads(listing), settings, claiming))}


ACTIONS: Mapping[str, Action] = {
    "load": load,
    "plan": plan,
    "frames": frames,
    "still": still,
    "bake": bake,
    "mixdown": mixdown,
    "encode": encode,
}
"""The action of each request."""
