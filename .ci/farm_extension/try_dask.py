"""Try Dask in a Blender that has both extensions: a task in a cluster of two processes, through TLS.

The cluster's processes run this file, too, in Blender's Python without Blender. There is no bpy.
"""

import os

from distributed import Client, LocalCluster

import async_render

if __name__ == "__main__":
    import bpy

    secure = {"protocol": "tls://", "security": True}
    with LocalCluster(2, threads_per_worker=1, dashboard_address=None, **secure) as cluster, Client(cluster) as client:
        assert cluster.scheduler_address.startswith("tls://127.0.0.1:")
        assert client.submit(os.getpid).result(timeout=60) != os.getpid()
    print(f"Dask works in Blender {bpy.app.version_string}, beside async_render {async_render.__version__}")
