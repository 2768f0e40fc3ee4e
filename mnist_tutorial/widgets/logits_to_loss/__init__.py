"""LogitsToLoss: ten logits, softmax, and the loss of the right digit."""
