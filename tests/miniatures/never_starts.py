"""A runtime whose import takes for ever."""

import time

time.sleep(3600)
