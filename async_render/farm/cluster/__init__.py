"""The client's side of Dask: a connection to a scheduler, which may be this machine's own, and who is there.

Begin with `link.py`; `dask_child.py` is a Blender beside a Dask worker, `members.py` the crew of them.
"""
