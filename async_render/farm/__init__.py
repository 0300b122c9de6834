"""Renders on many machines, by engines that exist.

Begin with `farm.py`, the farm by Dask; `openjd.py` makes a render a job of Open Job Description. The folders follow a
file's way: `file_ways/` decides on it, `cluster/` is the client's side of Dask, `dask_worker/` the other side, and
`shipping/` is what both know of files that travel.
"""
