"""A dask.distributed cluster: functions on its workers, one item at a time on each of their threads.

Knows nothing of tables. ``connection`` finds the cluster and looks at its workers, ``local`` starts one on this machine
in a process of its own (``host``), ``tasks`` hands out items, counts what failed and tells what happens meanwhile,
``worker`` is what runs there. A cluster is trusted: it runs what it is sent, and what it sends back is unpickled.
"""
