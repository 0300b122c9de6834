"""The command `async-render`, as `python -m async_render`."""

import sys

from .cli.main import main

sys.exit(main())
