"""``python -m conformance``: the same as ``gradconf``."""

from conformance.cli import main

if __name__ == "__main__":
    main()
