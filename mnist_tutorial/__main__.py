"""The commands behind the Makefile: `python -m mnist_tutorial COMMAND`.

Only the standard library is imported here: `setup` runs before anything is installed.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(argv=None):
    """Run one command; 0 if it went well."""
    parser = _parser()
    args, extra = parser.parse_known_args(argv)
    if extra and args.command not in ("lab", "test"):
        parser.error("unrecognized arguments: " + " ".join(extra))
    # A thread that waits for its work should not keep a core busy: beside another
    # process that makes training several times slower.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    try:
        if getattr(args, "device", None):
            _use_device(args.device)
        return args.run(args, extra) or 0
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except Exception as error:
        if type(error).__name__ not in ("CommandError", "SetupError", "ParameterError"):
            raise
        print(error, file=sys.stderr)
        return 1


def _use_device(name):
    from mnist_tutorial import params

    os.environ["MNIST_TUTORIAL_DEVICE"] = params.device(name).type


def _setup(args, extra):
    from mnist_tutorial import environment

    environment.make()


def _lab(args, extra):
    from mnist_tutorial import environment, notebooks

    first = notebooks.find([args.name] if args.name else [])[0]
    environment.configure_lab()
    command = [
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.root_dir={first.parent}",
        f"--LabApp.default_url=/lab/tree/{first.name}",
        "--ServerApp.ip=127.0.0.1",
    ]
    return subprocess.call(command + extra)


def _run(args, extra):
    from mnist_tutorial import notebooks

    given = {name: notebooks.value(text) for name, text in args.p or []}
    notebooks.run(args.names, given, args.out)


def _sweep(args, extra):
    from mnist_tutorial import notebooks, sweep

    sweep.sweep(
        args.name,
        sweep.parse(args.grid),
        seeds=args.seeds,
        jobs=args.jobs,
        given={name: notebooks.value(text) for name, text in args.p or []},
        out=args.out,
        scheduler=args.scheduler,
        metric=args.metric,
    )


def _test(args, extra):
    device = ["--device", args.device] if args.device else []
    command = [sys.executable, "-m", "pytest", *device, *extra]
    return subprocess.call(command, cwd=ROOT)


def _test_portable(args, extra):
    one = {"OMP_NUM_THREADS": "1"}
    two = {"OMP_NUM_THREADS": "2", "ATEN_CPU_CAPABILITY": "avx2"}
    for setting in (one, two):
        print(*(f"{name}={value}" for name, value in setting.items()), flush=True)
        command = [sys.executable, "-m", "pytest", "notebooks", "-q", "--device=cpu"]
        if subprocess.call(command, cwd=ROOT, env={**os.environ, **setting}):
            return 1


def _refresh(args, extra):
    from mnist_tutorial import notebooks

    os.environ["MNIST_TUTORIAL_DEVICE"] = "cpu"
    for path in notebooks.find(args.names):
        print(f"{path.stem}: {notebooks.refresh(path):.0f} s", flush=True)


def _reset(args, extra):
    from mnist_tutorial import notebooks

    notebooks.reset(args.names)


def _lint(args, extra):
    commands = (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"])
    return max(subprocess.call([sys.executable, "-m", *c], cwd=ROOT) for c in commands)


def _bench(args, extra):
    for script in sorted((ROOT / "benchmarks").glob("*.py")):
        if subprocess.call([sys.executable, script], cwd=ROOT):
            return 1


def _clean(args, extra):
    made = (".venv", ".jupyter", "build", "dist")
    caches = (".pytest_cache", ".hypothesis", ".mypy_cache", ".ruff_cache")
    for name in (*made, *caches):
        shutil.rmtree(ROOT / name, ignore_errors=True)
    for folder in ("mnist_tutorial", "tests", "notebooks"):
        for cache in (ROOT / folder).rglob("__pycache__"):
            shutil.rmtree(cache, ignore_errors=True)


def _weights(args, extra):
    from mnist_tutorial import experiments

    experiments.make_weights()


def _results(args, extra):
    from mnist_tutorial import experiments
    from mnist_tutorial.notebooks import CommandError

    if args.table not in experiments.TABLES:
        known = ", ".join(experiments.TABLES)
        raise CommandError(f"There is no table {args.table!r}; choose one of {known}.")
    experiments.make_results(args.table, args.data_root)


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m mnist_tutorial", description="The commands behind the Makefile."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name, run, text):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    device = {
        "choices": ("auto", "cpu", "cuda"),
        "help": "where to compute; a GPU that is asked for and absent is an error",
    }
    names = {"nargs": "*", "metavar": "NAME", "help": "notebooks; all if none is named"}

    add("setup", _setup, "Install everything into .venv.")
    lab = add("lab", _lab, "Open JupyterLab; further options are passed on to it.")
    lab.add_argument("--name", default="", help="the notebook to open first")
    lab.add_argument("--device", **device)
    run = add("run", _run, "Run notebooks through papermill, without a browser.")
    run.add_argument("names", **names)
    run.add_argument(
        "-p", nargs=2, action="append", metavar=("NAME", "VALUE"), help="a parameter"
    )
    run.add_argument("--out", type=Path, default=Path("runs"), help="folder (runs)")
    run.add_argument("--device", **device)
    sweep = add(
        "sweep", _sweep, "Run a notebook over a grid, and tabulate its results."
    )
    sweep.add_argument("name", metavar="NAME", help="the notebook")
    sweep.add_argument(
        "--grid",
        action="append",
        default=[],
        metavar="NAME=VALUE,VALUE",
        help="values to try for a parameter, as in lr=0.01,0.1; may be repeated",
    )
    sweep.add_argument("--seeds", type=int, default=1, help="seeds for each point (1)")
    sweep.add_argument("--jobs", type=int, help="runs at a time (half of the cores)")
    sweep.add_argument(
        "-p", nargs=2, action="append", metavar=("NAME", "VALUE"), help="a parameter"
    )
    sweep.add_argument(
        "--out", type=Path, default=Path("runs/sweep"), help="folder (runs/sweep)"
    )
    sweep.add_argument("--metric", default="", help="what to draw (the first recorded)")
    sweep.add_argument("--scheduler", default="", help="address of a Dask cluster")
    test = add("test", _test, "Run all tests and notebooks; options go to pytest.")
    test.add_argument("--device", **device)
    add(
        "test-portable",
        _test_portable,
        "Compare the notebooks on 1 thread, then on 2 without AVX-512.",
    )
    refresh = add("refresh", _refresh, "Execute notebooks and write their outputs.")
    refresh.add_argument("names", **names)
    reset = add("reset", _reset, "Restore committed notebooks; keep yours beside them.")
    reset.add_argument("names", **names)
    add("lint", _lint, "Check style and types.")
    add("bench", _bench, "Measure speeds, and write them to benchmarks/.")
    add("clean", _clean, "Remove .venv, caches and builds; keep runs and notebooks.")
    add("weights", _weights, "Train the shipped weights (about 75 epochs).")
    results = add("results", _results, "Compute a table of results/.")
    results.add_argument("table")
    results.add_argument(
        "--data-root", default="", help="folder of data sets other than MNIST"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
