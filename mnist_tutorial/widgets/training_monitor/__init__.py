"""TrainingMonitor: two real trainings side by side."""
