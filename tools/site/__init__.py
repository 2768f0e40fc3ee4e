"""The course as pages that need no Python: `python -m tools site`."""
