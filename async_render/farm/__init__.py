"""Renders on many machines, by engines that exist. `openjd.py` makes a render a job of Open Job Description.

`assets.py` gathers the files that travel, `store.py` keeps them at the other end, `returned.py` takes frames
back; `shipment.py` and `shipped_child.py` do that for one worker, whose side is `depot.py`.
"""
