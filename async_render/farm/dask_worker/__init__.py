"""What runs in the process of a Dask worker: Blenders that stay warm, and the files of their jobs.

Begin with `station.py`, whose functions Dask calls. `cluster/link.py` lets it call them.
"""
