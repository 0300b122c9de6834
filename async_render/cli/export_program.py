"""The program that Blender runs for `async-render export`: what the open file renders, and what it needs."""

import json
import sys
from pathlib import Path

from async_render.blender.session.self_contained import facts_for_export

print(f"async_render export: {json.dumps(facts_for_export(Path(sys.argv[1])))}")
