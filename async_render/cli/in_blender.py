"""The program that `blender -b --python` runs for `async-render run`. Blender finds it by its path."""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from runpy import run_path

PATIENCE = 5.0
"""Seconds that the script has to clean up when the process that has started Blender is gone."""


def end_with_parent() -> None:
    """Wait until the other end of standard input is closed, then end the script, and this process."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(PATIENCE)
    os._exit(1)


def run() -> None:
    """Run the script that the last argument describes, and report its exit code."""
    boot = Path(__file__).resolve().parents[1] / "pool" / "worker_process" / "boot.py"
    run_path(str(boot))["import_package"]()
    from async_render.cli.reports import JsonReport
    from async_render.cli.script_here import run_here

    asked = json.loads(sys.argv[-1])
    file = asked["file"] and Path(asked["file"])
    with os.fdopen(asked["report"], "w") as pipe:
        report = JsonReport(pipe)
        try:
            code = run_here(Path(asked["script"]), asked["arguments"], file, report)
        except KeyboardInterrupt:
            code = 130
        report.event("ended", code=code)


threading.Thread(target=end_with_parent, daemon=True).start()
run()
