"""Things to touch: each widget is a view in JavaScript over a model in Python."""

from mnist_tutorial.widgets.confusion_explorer.widget import ConfusionExplorer
from mnist_tutorial.widgets.digit_clinic import DigitClinic
from mnist_tutorial.widgets.digit_pad import DigitPad
from mnist_tutorial.widgets.embedding_map.widget import EmbeddingMap
from mnist_tutorial.widgets.guess_bars import GuessBars
from mnist_tutorial.widgets.kernel_bench.widget import KernelBench
from mnist_tutorial.widgets.logits_to_loss.widget import LogitsToLoss
from mnist_tutorial.widgets.network_lens.widget import NetworkLens
from mnist_tutorial.widgets.shape_tracer.widget import ShapeTracer
from mnist_tutorial.widgets.training_monitor.widget import TrainingMonitor

__all__ = [
    "ConfusionExplorer",
    "DigitClinic",
    "DigitPad",
    "EmbeddingMap",
    "GuessBars",
    "KernelBench",
    "LogitsToLoss",
    "NetworkLens",
    "ShapeTracer",
    "TrainingMonitor",
]
