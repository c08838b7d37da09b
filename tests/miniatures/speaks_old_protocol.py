"""A runtime that sends a hello of another protocol in place of the worker's."""

import os

for descriptor in range(100, 120):
    try:
        os.write(descriptor, b'{"hello": 0}\n')
    except OSError:
        continue
os._exit(0)
