"""A runtime whose framework is not installed."""

import a_framework_that_nobody_installed  # type: ignore[import-not-found]  # noqa: F401
