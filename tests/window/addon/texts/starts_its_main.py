"""Runs until the test says so; it starts its main itself."""

import asyncio

import bpy

import async_render as ar

names = bpy.app.driver_namespace
log = names["log"]


async def main() -> None:
    log.append("in")
    while not names["go"]:
        await asyncio.sleep(0.02)
    log.append("out")


ar.run(main())
