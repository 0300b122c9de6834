"""Runs until the test says so; its main is awaited by the menu item."""

import asyncio

import bpy

names = bpy.app.driver_namespace
log = names["log"]


async def main() -> None:
    log.append("in")
    while not names["go"]:
        await asyncio.sleep(0.02)
    log.append("out")
