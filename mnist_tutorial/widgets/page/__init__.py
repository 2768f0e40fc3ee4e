"""A page without Python: what it keeps of the widgets, and what answers them there."""
