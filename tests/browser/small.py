"""A small widget of each kind, for what is true of all of them."""

from support import mnist_splits

from mnist_tutorial import data, model, widgets

NAMES = widgets.__all__


def small(name: str):
    """The small widget of that name."""
    net = model.load_pretrained()
    training, validation, _ = mnist_splits()
    images, labels = (part[:60] for part in validation)
    few = data.Split(images, labels)
    pixels = (images * data.STD + data.MEAN).clamp(0, 1)
    return {
        "ConfusionExplorer": lambda: widgets.ConfusionExplorer(net, images, labels),
        "DigitClinic": lambda: widgets.DigitClinic(net, validation, count=60),
        "DigitPad": lambda: widgets.DigitPad({"CNN": net}, images),
        "EmbeddingMap": lambda: widgets.EmbeddingMap(net, images, labels),
        "GuessBars": lambda: widgets.GuessBars(["one", "two"]),
        "KernelBench": lambda: widgets.KernelBench(
            pixels[:2], model=net, validation=few
        ),
        "LogitsToLoss": lambda: widgets.LogitsToLoss(),
        "NetworkLens": lambda: widgets.NetworkLens({"CNN": net}, (images, labels)),
        "ShapeTracer": lambda: widgets.ShapeTracer(pixels[0]),
        "TrainingMonitor": lambda: widgets.TrainingMonitor(
            training, few, images=128, width=4
        ),
    }[name]()
