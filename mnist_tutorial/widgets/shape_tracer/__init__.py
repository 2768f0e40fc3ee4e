"""ShapeTracer: build a network layer by layer, and see what arrives where."""
