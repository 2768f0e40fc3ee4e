"""What `python -m tools bench` measures: a file for each row of the table of speed."""
