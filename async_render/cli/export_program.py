"""The program that Blender runs for `async-render export`: what the open file renders, and whether it needs others.

Its argument is the beginning of the line that it prints.
"""

import json
import sys

from async_render.blender.session.export_facts import export_facts

print(f"{sys.argv[1]}{json.dumps(export_facts())}")
