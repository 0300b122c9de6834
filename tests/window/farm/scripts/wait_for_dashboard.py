"""Wait until Dask's dashboard shows a text, as its browser gets it: `wait_for_dashboard.py ADDRESS TEXT`."""

import json
import sys
import time

from bokeh.client import pull_session

address, text = sys.argv[1:]
end = time.monotonic() + 60
while True:
    session = pull_session(url=address.replace("status", "individual-compute-time-per-key"))
    shown = json.dumps(session.document.to_json(), ensure_ascii=False, default=repr)
    if text in shown:
        break
    assert time.monotonic() < end, shown
    time.sleep(0.2)
