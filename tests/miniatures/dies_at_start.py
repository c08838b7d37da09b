"""A runtime that ends its process while it is imported."""

import os
import sys
from pathlib import Path

with Path(os.environ["GRADCONF_CACHE_DIR"], "starts").open("a") as file:
    file.write("started\n")
sys.stderr.write("the last words\n")
sys.stderr.flush()
os._exit(3)
