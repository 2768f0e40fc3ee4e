"""NetworkLens: look into a network while a digit is being drawn."""
