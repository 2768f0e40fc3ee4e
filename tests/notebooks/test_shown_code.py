"""What a notebook shows of the package is the package's own code."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from tools import notebooks

# Where each essential definition is shown in full: notebook → "module.name".
HOME = {
    "02_convolution": [
        "ops.conv2d_loops",
        "ops.windows",
        "ops.correlate",
        "ops.output_size",
    ],
    "03_data": [
        "data.read_idx",
        "data.normalise",
        "data.stratified_choice",
        "data.Batches",
    ],
    "04_model": [
        "model.ConvNet",
        "model.PublishedConvNet",
    ],
    "05_backpropagation": [
        "chain.Value",
        "chain.behind",
        "ops.windows_backward",
        "ops.correlate_backward",
        "ops.max_backward",
        "ops.relu_backward",
        "ops.cross_entropy_backward",
    ],
    "06_training": [
        "train.steps",
        "train.evaluate",
        "train.predict",
        "museum.CHECKS",
    ],
    "07_evaluation": [
        "metrics.Interval",
        "metrics.wilson_interval",
        "metrics.confusion_matrix",
        "metrics.precision",
        "metrics.recall",
        "metrics.Reliability",
        "metrics.reliability",
        "metrics.fisher_exact",
    ],
    "08_inside": [
        "interpret.saliency",
        "interpret.integrated_gradients",
        "interpret.grad_cam",
    ],
    "09_applications": ["export.FromPixels"],
    "11_next_steps": ["model.Residual"],
}
PACKAGE = notebooks.ROOT / "mnist_tutorial"


def definitions(source: str) -> dict[str, str]:
    """The source of each top-level definition, decorators included."""
    lines = source.splitlines()
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign):
            names = [t.id for t in node.targets if isinstance(t, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names = [node.target.id]
        else:
            continue
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno] + [d.lineno for d in decorators])
        for name in names:
            found[name] = "\n".join(lines[first - 1 : node.end_lineno])
    return found


def defined_in(path: Path) -> dict[str, str]:
    notebook = nbformat.read(path, as_version=4)
    found = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found |= definitions(cell.source)
    return found


def difference(home: str, shown: dict[str, str], package: dict[str, str]) -> list[str]:
    """What is wrong with the definitions a notebook shows."""
    wrong = []
    for name in HOME.get(home, []):
        short = name.partition(".")[2]
        if short not in shown:
            wrong.append(f"{name} is not shown")
        elif shown[short] != package[name]:
            wrong.append(f"{name} differs from the package")
    allowed = {name.partition(".")[2] for name in HOME.get(home, [])}
    public = {name.partition(".")[2] for name in package}
    for short in set(shown) & public - allowed:
        # A variable may be called `whole`; a function of that name would mislead.
        if re.match(r"(@|def |class )", shown[short]):
            wrong.append(f"{short} shadows a name of the package")
    return wrong


def package_definitions() -> dict[str, str]:
    files = {file: file.stem for file in sorted(PACKAGE.glob("*.py"))}
    files |= dict.fromkeys(sorted(PACKAGE.glob("experiments/*.py")), "experiments")
    return {
        f"{module}.{name}": source
        for file, module in files.items()
        if module != "__main__"
        for name, source in definitions(file.read_text(encoding="utf-8")).items()
        if not name.startswith("_")
    }


@pytest.mark.parametrize("path", notebooks.find(), ids=lambda path: path.stem)
def test_the_notebook_shows_the_code_of_the_package(path):
    assert difference(path.stem, defined_in(path), package_definitions()) == []


def test_every_home_is_a_notebook_and_every_definition_has_one_home():
    assert set(HOME) <= {path.stem for path in notebooks.find()}
    names = [name for shown in HOME.values() for name in shown]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "change",
    [
        lambda source: source.replace("argmax(1)", "argmax(0)"),
        lambda source: source.replace("@torch.inference_mode()\n", ""),
        lambda source: source + "  # a comment",
        lambda source: source.replace("def evaluate", "def other"),
    ],
    ids=["a digit", "a decorator", "a comment", "not shown"],
)
def test_a_change_in_shown_code_is_noticed(change):
    package = package_definitions()
    names = HOME["06_training"]
    shown = {name.partition(".")[2]: package[name] for name in names}
    assert difference("06_training", shown, package) == []
    shown |= definitions(change(shown.pop("evaluate")))
    assert difference("06_training", shown, package) != []


def test_a_shadowed_name_is_noticed():
    package = package_definitions()
    shown = definitions("def wilson_interval():\n    pass")
    assert difference("01_background", shown, package) == [
        "wilson_interval shadows a name of the package"
    ]
