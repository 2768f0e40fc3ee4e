"""KernelBench: nine numbers walk over a digit."""
