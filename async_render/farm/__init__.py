"""Renders on many machines, by engines that exist. `openjd.py` makes a render a job of Open Job Description.

`farm.py` has the farm by Dask, `dask_child.py` one of its Blenders, `station.py` what runs in a Dask worker.
`farm_child.py` decides which way a Blender's files go. `assets.py` gathers the files that travel, `gathering.py` once
for all workers, `store.py` keeps them at the other end, `returned.py` takes frames back; `shipment.py` and
`shipped_child.py` do that for one worker, whose side is `depot.py`.
"""
