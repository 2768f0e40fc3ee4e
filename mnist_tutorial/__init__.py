"""A small package beside the notebooks: data, network, training, measuring, drawing."""
