"""ConfusionExplorer: from a cell of the confusion matrix to a digit, and to why."""
