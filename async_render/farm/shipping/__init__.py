"""Files that travel between machines: gathered, named, sent in pieces and checked; frames that come back.

It knows nothing of Dask. Begin with `shipment.py`; what the other machine does with it is `dask_worker/depot.py`.
"""
