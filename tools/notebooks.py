"""The notebooks as files: execute, normalise, run them with papermill, reset."""

import ast
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import nbformat
import papermill
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from mnist_tutorial.files import write_atomically
from mnist_tutorial.hints import did_you_mean
from tools.checkout import ROOT, CommandError, alone, make_folder
from tools.lab import without_view

FOLDER = ROOT / "notebooks"

UNNUMBERED = ("questions.ipynb",)  # of the series, after the numbered ones

CELL_TIMEOUT = 900  # seconds
KEPT = ("tags", "alt", "jupyter")  # of the metadata of a cell


def find(names: Sequence[str] = ()) -> list[Path]:
    """The notebooks called `names` ("06", "06_training", a file name); all if none.

    Raises:
        CommandError: there is no such notebook.
    """
    numbered = sorted(p for p in FOLDER.glob("[0-9]*.ipynb") if ".mine" not in p.name)
    series = numbered + [p for p in map(FOLDER.joinpath, UNNUMBERED) if p.is_file()]
    if not names:
        return series
    by_name = {p.stem: p for p in series} | {p.stem[:2]: p for p in series}
    paths = []
    for name in names:
        stem = Path(name).name.removesuffix(".ipynb")
        if stem not in by_name:
            stems = [p.stem for p in series]
            raise CommandError(
                f"There is no notebook {name!r}."
                f"{did_you_mean(stem, stems, cutoff=0.3)} The series has "
                f"{', '.join(stems)}."
            )
        paths.append(by_name[stem])
    return paths


def read(path: Path) -> NotebookNode:
    """The notebook in a file.

    Raises:
        CommandError: there is none that can be read.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as error:
        why = " ".join(str(error).split())[:200]
        raise CommandError(
            f"{path.name} cannot be read as a notebook ({why}); `make reset "
            f"NAME={path.stem}` restores it and keeps yours beside it."
        ) from error
    return notebook


def code_cells(path: Path) -> list[str]:
    """The source of each code cell of a notebook."""
    cells = read(path).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def refresh(path: Path) -> float:
    """Execute a notebook from a clean kernel, normalise it, write it; the seconds.

    Cells tagged `varying` keep the output they had while their source is unchanged.

    Raises:
        CommandError: a cell failed, or the kernel died; the file is as it was.
        OSError: nothing can be written beside it; no cell has run.
    """
    notebook = read(path)
    tempfile.TemporaryFile(dir=path.parent).close()
    kept = {
        cell.source: cell.outputs
        for cell in notebook.cells
        if "varying" in cell.metadata.get("tags", []) and cell.outputs
    }
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    begin = time.perf_counter()
    try:
        client.execute()
    except (CellExecutionError, DeadKernelError) as error:
        raise CommandError(f"{path.name} does not run to its end:\n{error}") from error
    seconds = time.perf_counter() - begin
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.source in kept:
            cell.outputs = kept[cell.source]
    fold(notebook)
    open_with_picture(notebook)
    normalise(notebook)
    write_atomically(path, (nbformat.writes(notebook) + "\n").encode())
    return seconds


def fold(notebook: NotebookNode) -> None:
    """Fold the outputs that would spoil a prediction, until their cells are run.

    They are those of a cell that asks for one, and of a later cell tagged `reveals`.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code" and (
            "ex.predict." in cell.source or "reveals" in cell.metadata.get("tags", [])
        ):
            cell.metadata["jupyter"] = {"outputs_hidden": True}


def open_with_picture(notebook: NotebookNode) -> None:
    """Put the picture of the cell tagged `riddle`, if any, into the first cell.

    It is an attachment there, riddle.png, so that the file is whole wherever it goes.
    """
    for cell in notebook.cells:
        if "riddle" in cell.metadata.get("tags", []):
            (picture,) = [
                output.data["image/png"]
                for output in cell.outputs
                if "image/png" in output.get("data", {})
            ]
            attached = {"riddle.png": {"image/png": picture}}
            notebook.cells[0].attachments = nbformat.from_dict(attached)


def normalise(notebook: NotebookNode) -> None:
    """Take out of a notebook what differs from run to run, or belongs to a session."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {
                "display_name": "Python 3",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
        }
    )
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict(
            {key: cell.metadata[key] for key in KEPT if key in cell.metadata}
        )
        if cell.cell_type == "code":
            alt = cell.metadata.get("alt", "")
            outputs = (_normalised(output, alt) for output in cell.outputs)
            cell.outputs = [output for output in outputs if output]


def _normalised(output: NotebookNode, alt: str) -> NotebookNode | None:
    """An output without view, bar or metadata; None if nothing is left of it.

    A picture keeps `alt` beside it, the text for those who cannot see it: what shows
    an output alone does not know its cell.
    """
    if output.output_type == "stream":
        # What a carriage return has written over was a progress bar.
        output.text = re.sub(r"[^\n]*\r(?!\n)", "", output.text)
        return output if output.text.strip() else None
    if output.output_type in ("display_data", "execute_result"):
        if not without_view(output):
            return None
        pictured = alt and "image/png" in output.data
        metadata = {"image/png": {"alt": alt}} if pictured else {}
        output.metadata = nbformat.from_dict(metadata)
        return output if output.data else None
    return output


def run(names: Sequence[str], parameters: dict, out: Path) -> None:
    """Run notebooks through papermill into `out`, with parameters; print a summary.

    Beside each output lies NAME.metrics.json: parameters, versions, device, seconds,
    results. 07 evaluates the weights that 06 has trained in the same run.

    Raises:
        CommandError: a parameter that none of the notebooks has, a file that cannot be
            written, or a notebook that failed (the others have been run).
    """
    paths = find(names)
    for path in paths:
        read(path)
    names_in = {path: papermill.inspect_notebook(str(path)) for path in paths}
    all_names = sorted(set().union(*names_in.values()))
    for name in parameters:
        if name not in all_names:
            raise CommandError(
                f"No chosen notebook has a parameter {name!r}."
                f"{did_you_mean(name, all_names)} There are {', '.join(all_names)}."
            )
    make_folder(out)
    busy = f"Another run writes into {out}; choose another folder with --out."
    with alone(out, busy):
        failed = _run_all(paths, names_in, parameters, out)
    if failed:
        raise CommandError(
            "\n".join(f"{s['notebook']} failed. {s['error']}" for s in failed)
        )


def _run_all(
    paths: list[Path], names_in: dict, parameters: dict, out: Path
) -> list[dict]:
    """Run notebooks one after the other, print the summary; those that failed."""
    weights = out / "06_training.safetensors"
    summaries, trained = [], False
    for path in paths:
        defaults = {}
        if "weights_out" in names_in[path]:
            defaults["weights_out"] = str(weights.resolve())
        if "weights" in names_in[path] and trained:
            defaults["weights"] = str(weights.resolve())
        chosen = {k: v for k, v in parameters.items() if k in names_in[path]}
        summaries.append(run_one(path, defaults | chosen, out))
        trained |= "weights_out" in defaults and weights.is_file()
    print(_table(summaries))
    return [summary for summary in summaries if summary["error"]]


def run_one(path: Path, parameters: dict, out: Path) -> dict:
    """Run a notebook into the folder `out`; what goes into its metrics.json.

    A run that fails raises nothing: its message is the value of "error".
    """
    results = out / f"{path.stem}.metrics.json"
    results.unlink(missing_ok=True)
    os.environ["MNIST_TUTORIAL_RESULTS"] = str(results.resolve())
    print(f"{path.stem} → {out / path.name}", flush=True)
    error, begin = "", time.perf_counter()
    notebook = None
    try:
        notebook = papermill.execute_notebook(
            _no_template(path),
            _no_template(out / path.name),
            parameters,
            kernel_name="python3",
            progress_bar={"file": sys.stderr},
            execution_timeout=CELL_TIMEOUT,
            cwd=str(path.parent),
        )
    except PapermillExecutionError as failure:
        last = str(failure.evalue) or failure.ename
        error = f"Cell [{failure.exec_count}]: {last}"
    except (DeadKernelError, TimeoutError, RuntimeError) as failure:
        error = str(failure).strip() or type(failure).__name__
    if notebook and any(
        cell.execution_count is None
        for cell in notebook.cells
        if cell.cell_type == "code"
    ):
        error = "The kernel ended before the last cell."
    metrics = json.loads(results.read_bytes()) if results.is_file() else {}
    metrics = {
        "notebook": path.stem,
        "error": error,
        "seconds": round(time.perf_counter() - begin, 1),
        "parameters": parameters,
        "results": {},
        "not_so": [],
    } | metrics
    write_atomically(results, (json.dumps(metrics, indent=2) + "\n").encode())
    return metrics


def _no_template(path: Path) -> str:
    """The path as text in which papermill finds no {name} to fill in."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _table(summaries: list[dict]) -> str:
    lines = [f"\n{'notebook':<16}{'seconds':>8}  result"]
    for summary in summaries:
        results = summary["results"]
        shown = ", ".join(
            f"{name.replace('_', ' ')} {value:.2%}"
            for name, value in results.items()
            if isinstance(value, float) and name.endswith("accuracy")
        )
        if "test_low" in results:
            shown += f" ({results['test_low']:.2%} to {results['test_high']:.2%})"
        if summary["error"]:
            shown = "FAILED"
        lines.append(f"{summary['notebook']:<16}{summary['seconds']:>8.0f}  {shown}")
        lines += [f"{'':26}not so: {sentence}" for sentence in summary["not_so"]]
    return "\n".join(lines)


def value(text: str) -> bool | int | float | str:
    """What a parameter on the command line means: 3, 0.05, 1e-3, true, or text."""
    words: dict[str, bool] = {"true": True, "false": False}
    if text.lower() in words:
        return words[text.lower()]
    try:
        number = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return number if isinstance(number, int | float) else text


def edited() -> list[Path]:
    """Notebooks that differ from the last commit; empty where there is no git clone."""
    return [
        path for path in find() if _committed(path) not in (None, path.read_bytes())
    ]


def reset(names: Sequence[str] = ()) -> None:
    """Put back committed notebooks; keep the reader's as NAME.mine.ipynb.

    Raises:
        CommandError: this is no git clone, or a notebook was never committed.
    """
    paths = find(names) if names else edited()
    if not paths:
        print("No notebook differs from the last commit.")
    for path in paths:
        committed = _committed(path)
        if committed is None:
            raise CommandError(
                f"{path.name} cannot be restored: there is no committed version of it "
                "here. Work in a git clone, or fetch the notebook again."
            )
        if path.read_bytes() == committed:
            print(f"{path.name} is as it was committed.")
            continue
        mine = path.with_suffix(".mine.ipynb")
        number = 2
        while mine.exists():
            mine = path.with_suffix(f".{number}.mine.ipynb")
            number += 1
        write_atomically(mine, path.read_bytes())
        write_atomically(path, committed)
        print(f"{path.name} is restored; yours is {mine.name}.")


def _committed(path: Path) -> bytes | None:
    relative = path.relative_to(ROOT).as_posix()
    try:
        shown = subprocess.run(
            ["git", "show", f"HEAD:{relative}"], cwd=ROOT, capture_output=True
        )
    except FileNotFoundError:
        return None
    return shown.stdout if shown.returncode == 0 else None
