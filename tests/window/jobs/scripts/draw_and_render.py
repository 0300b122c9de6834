"""Counts a viewport's drawings and the main loop's turns while EEVEE renders."""

from __future__ import annotations

import bpy

import async_render as ar

drawings: list[int] = []
turns: list[int] = []


def note_drawing() -> None:
    if bpy.app.is_job_running("RENDER"):
        drawings.append(1)


def note_turn() -> float:
    if bpy.app.is_job_running("RENDER"):
        turns.append(1)
    return 0.0


def leave_out_what_is_not_tested() -> None:
    """Let EEVEE compute no shadows, and a small picture of the world: these take six sevenths of a frame."""
    scene = bpy.context.scene
    scene.eevee.use_shadows = False
    scene.world = bpy.data.worlds.new("World")
    scene.world.probe_resolution = "128"


async def render_twice() -> None:
    leave_out_what_is_not_tested()
    settings = ar.RenderSettings(engine="BLENDER_EEVEE", samples=1, frame_end=8, resolution_percentage=1000)
    await ar.render_animation(settings.replace(filepath="//first_", frame_end=1))  # compiles its shaders
    bpy.types.SpaceView3D.draw_handler_add(note_drawing, (), "WINDOW", "POST_VIEW")
    bpy.app.timers.register(note_turn)
    await ar.render_animation(settings.replace(filepath="//second_"))
    await ar.render_animation(settings.replace(filepath="//third_"))
    bpy.app.timers.unregister(note_turn)
