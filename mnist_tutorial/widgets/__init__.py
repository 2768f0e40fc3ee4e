"""Things to touch: each widget is a view in JavaScript over a model in Python."""
