"""The program that Blender runs for `async-render export`: what the open file renders, and whether it needs others."""

import json

from async_render.blender.session.export_facts import export_facts

print(f"async_render export: {json.dumps(export_facts())}")
