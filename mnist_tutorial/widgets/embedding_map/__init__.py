"""EmbeddingMap: many digits as points, by the features from which a network reads."""
