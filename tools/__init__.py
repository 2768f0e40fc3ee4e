"""The commands behind the Makefile. They need a checkout and are not in the wheel."""
