"""Every figure of the notebooks: arrays and axes in, axes out; a file for each.

Notebooks write `plots.name`, whatever file it is in; no list of names is kept here.
"""

from mnist_tutorial.plots.applications import *
from mnist_tutorial.plots.background import *
from mnist_tutorial.plots.backpropagation import *
from mnist_tutorial.plots.common import *
from mnist_tutorial.plots.convolution import *
from mnist_tutorial.plots.data import *
from mnist_tutorial.plots.evaluation import *
from mnist_tutorial.plots.faq import *
from mnist_tutorial.plots.inside import *
from mnist_tutorial.plots.model import *
from mnist_tutorial.plots.next_steps import *
from mnist_tutorial.plots.stills import *
from mnist_tutorial.plots.training import *
from mnist_tutorial.plots.your_images import *
