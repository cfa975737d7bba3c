"""The tests, with the settings of the app for numpy: `core` sets them before it is imported."""

import core  # noqa: F401
