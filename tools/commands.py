"""The command line: `python -m tools COMMAND`, one function for each command.

Only the standard library is imported at the top: what a command needs is imported in
its function, once the environment that has it is running.
"""

import argparse
import errno
import io
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from tools import checkout, environment
from tools.checkout import ROOT, CommandError


def main(argv=None):
    """Run one command; 0 if it went well."""
    argv = sys.argv[1:] if argv is None else argv
    parser = _parser()
    args, extra = parser.parse_known_args(argv)
    if extra and args.command not in ("lab", "test", "test-long", "mutate"):
        parser.error("unrecognized arguments: " + " ".join(extra))
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    for name, value in environment.COMPUTING.items():
        os.environ.setdefault(name, value)
    if isinstance(sys.stdout, io.TextIOWrapper):  # whose paths need not be text
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        checkout.require()
        if args.needs:
            environment.enter(args.needs, argv)
        if getattr(args, "device", None):
            _use_device(args.device)
        return args.run(args, extra) or 0
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except CommandError as error:
        print(error, file=sys.stderr)
    except ImportError as error:
        if (error.name or "").partition(".")[0] in ("tools", "mnist_tutorial"):
            raise
        print(
            f"A package of the environment cannot be used ({error}). Make it anew: "
            "`make clean` (or `python -m tools clean`), then the same command again.",
            file=sys.stderr,
        )
    except OSError as error:
        if error.errno not in _OF_THE_PLACE:
            raise
        print(
            f"{error.filename or 'A file'} cannot be written: {error.strerror}. Make "
            "room, or work where you may write; then run the same command again.",
            file=sys.stderr,
        )
    return 1


# Of the machine, not of the course: no permission, no room, or too long a name.
_OF_THE_PLACE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT,
                 errno.ENAMETOOLONG)  # fmt: skip


def _use_device(name):
    from mnist_tutorial import params

    try:
        os.environ["MNIST_TUTORIAL_DEVICE"] = params.device(name).type
    except params.ParameterError as error:
        raise CommandError(error) from None


def _setup(args, extra):
    extras = ("course", "dev") if args.dev else ("course",)
    environment.make(extras, pinned=not args.newest)


def _lab(args, extra):
    from tools import lab, notebooks

    first = notebooks.find([args.name])[0]
    options = [f"--LabApp.default_url=/lab/tree/{first.name}", *extra]
    server = lab.start(first.parent, ROOT / ".jupyter", options)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # JupyterLab asks whether to stop
    return server.wait()


def _run(args, extra):
    from tools import notebooks

    notebooks.run(args.names, _parameters(args), args.out)


def _parameters(args):
    from tools import notebooks

    return {name: notebooks.value(text) for name, text in args.p}


def _sweep(args, extra):
    from tools import sweep

    sweep.sweep(
        args.name,
        sweep.parse(args.grid),
        seeds=args.seeds,
        jobs=args.jobs,
        fixed=_parameters(args),
        out=args.out,
        dask=args.dask,
        metric=args.metric,
    )


def _test(args, extra):
    device = ["--device", args.device] if args.device else []
    quick = ["tests", "--ignore=tests/browser", "-m", "not slow and not long"]
    return _pytest(*(quick if args.quick else []), *device, *extra)


def _test_long(args, extra):
    return _pytest("tests", "-m", "long", *extra)


def _pytest(*arguments):
    """Two files at a time with one thread each, since few tests can use two."""
    beside = ("-n", "2", "--dist", "loadscope", "--no-loadscope-reorder")
    variables = {"OMP_NUM_THREADS": "1", **os.environ}
    return _python("pytest", *beside, "--durations=15", *arguments, **variables)


def _test_portable(args, extra):
    one = {"OMP_NUM_THREADS": "1"}
    two = {"OMP_NUM_THREADS": "2", "ATEN_CPU_CAPABILITY": "avx2"}
    for setting in (one, two):
        print(*(f"{name}={value}" for name, value in setting.items()), flush=True)
        if _python("pytest", "notebooks", "-q", "--device=cpu", **setting):
            return 1


def _solve(args, extra):
    from tools import solve

    written = map(str, solve.solve(args.names, args.out))
    print("\n".join(written) or "There are no exercises in these notebooks.")


def _site(args, extra):
    from tools.site import make

    print(make.report(make.make(args.names, args.out), args.out))


def _reading(args, extra):
    from tools import notebooks, reading

    print(reading.table(notebooks.find(args.names)))


def _refresh(args, extra):
    from tools import notebooks, versions

    os.environ["MNIST_TUTORIAL_DEVICE"] = "cpu"
    for path in notebooks.find(args.names):
        print(f"{path.stem}: {notebooks.refresh(path):.0f} s", flush=True)
    if not args.names:
        versions.write()
    elif versions.changed():
        print(
            "The other notebooks were made with other versions "
            f"({versions.changed()}); refresh all of them to write these down."
        )


def _reset(args, extra):
    from tools import notebooks

    notebooks.reset(args.names)


def _lint(args, extra):
    from tools import javascript

    checks = (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",))
    return max(*(_python(*check) for check in checks), javascript.lint())


def _architecture(args, extra):
    from tools import architecture

    architecture.run()


def _headlines(args, extra):
    from tools import headlines

    headlines.write()


def _lowest(args, extra):
    if sys.version_info < environment.OLDEST:
        raise CommandError(environment.TOO_OLD)
    from tools import lowest

    return lowest.run()


def _mutate(args, extra):
    from tools import mutate

    return mutate.main(extra)


def _bench(args, extra):
    if args.compare:
        from benchmarks import table

        return table.report(*args.compare)
    from benchmarks import run

    run.run(args.row, args.device or "cpu", args.quick)


def _clean(args, extra):
    with checkout.alone(ROOT, environment.BUSY):
        _remove_what_was_made()


def _remove_what_was_made():
    folders = (".venv", ".lowest", "node_modules", ".jupyter", "build", "dist")
    caches = (".pytest_cache", ".hypothesis", ".mypy_cache", ".ruff_cache")
    left = []
    for name in (*folders, *caches):
        path = ROOT / name
        if path.is_symlink():
            print(f"Removing {name}, a link; what it leads to stays")
            path.unlink()
        elif path.exists():
            print(f"Removing {name}", flush=True)  # a large one takes minutes
            shutil.rmtree(path, ignore_errors=True)
            left += [name] * path.exists()
    for folder in ("mnist_tutorial", "tools", "tests", "notebooks"):
        for cache in (ROOT / folder).rglob("__pycache__"):
            shutil.rmtree(cache, ignore_errors=True)
    print("Your notebooks, runs/ and site/ are as they were.")
    if left:
        raise CommandError(
            f"Not all of {', '.join(left)} could be removed. Close JupyterLab and what "
            "else may use it; then run the same command again."
        )


def _weights(args, extra):
    from mnist_tutorial.experiments import weights

    weights.make_weights()


def _results(args, extra):
    from mnist_tutorial.experiments import tables

    try:
        tables.find(args.table)
    except ValueError as error:
        raise CommandError(error) from None
    tables.make_results(args.table, args.data_root)


def _python(module, *arguments, **variables):
    """Run a module of the environment in the root; its exit code."""
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.call(command, cwd=ROOT, env={**os.environ, **variables})


_DEV = ("course", "dev")
_DEVICE = {
    "choices": ("auto", "cpu", "cuda"),
    "help": "where to compute; a GPU that is asked for and absent is an error",
}
_NAMES = {"nargs": "*", "metavar": "NAME", "help": "notebooks; all if none is named"}
_PARAMETER = {
    "nargs": 2,
    "action": "append",
    "default": [],
    "metavar": ("NAME", "VALUE"),
    "help": "a parameter",
}


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m tools", description="The commands behind the Makefile."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name, run, text, needs=("course",), **how):
        command = commands.add_parser(name, help=text, description=text, **how)
        command.set_defaults(run=run, needs=needs)
        return command

    _add_those_of_the_course(add)
    _add_those_of_its_makers(add)
    return parser


def _add_those_of_the_course(add):
    """For who learns or teaches with the notebooks."""
    setup = add("setup", _setup, "Install what the course runs into .venv.", needs=())
    setup.add_argument(
        "--dev", action="store_true", help="also what tests and checks need"
    )
    setup.add_argument(
        "--newest", action="store_true", help="not the versions of constraints.txt"
    )
    lab = add("lab", _lab, "Open JupyterLab; further options are passed on to it.")
    lab.add_argument("--name", default="01", help="the notebook to open first (01)")
    lab.add_argument("--device", **_DEVICE)
    run = add("run", _run, "Run notebooks through papermill, without a browser.")
    run.add_argument("names", **_NAMES)
    run.add_argument("-p", **_PARAMETER)
    run.add_argument("--out", type=Path, default=Path("runs"), help="folder (runs)")
    run.add_argument("--device", **_DEVICE)
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
    sweep.add_argument("-p", **_PARAMETER)
    sweep.add_argument(
        "--out", type=Path, default=Path("runs/sweep"), help="folder (runs/sweep)"
    )
    sweep.add_argument("--metric", default="", help="what to draw (the first recorded)")
    sweep.add_argument(
        "--dask",
        default="",
        metavar="ADDRESS",
        help="of the scheduler of a Dask cluster to run on",
    )
    reset = add("reset", _reset, "Restore committed notebooks; keep yours beside them.")
    reset.add_argument("names", **_NAMES)
    solve = add("solve", _solve, "Write copies of the notebooks with all answers.")
    solve.add_argument("names", **_NAMES)
    solve.add_argument(
        "--out", type=Path, default=Path("runs/solved"), help="folder (runs/solved)"
    )
    clean = "Remove .venv, caches and builds; keep runs and notebooks."
    add("clean", _clean, clean, needs=())


def _add_those_of_its_makers(add):
    """For who changes the course."""
    test = add("test", _test, "Run tests and notebooks; options go to pytest.", _DEV)
    test.add_argument(
        "--quick", action="store_true", help="no notebooks, no browser, nothing slow"
    )
    test.add_argument("--device", **_DEVICE)
    add("test-long", _test_long, "Run the tests that are too long for `test`.", _DEV)
    text = "Write the course as pages that need no Python."
    site = add("site", _site, text, _DEV)
    site.add_argument("names", **_NAMES)
    site.add_argument("--out", type=Path, default=Path("site"), help="folder (site)")
    portable = "Compare the notebooks on 1 thread, then on 2 without AVX-512."
    add("test-portable", _test_portable, portable, _DEV)
    text = "Say how many lines, cells and minutes a notebook asks of its reader."
    add("reading", _reading, text).add_argument("names", **_NAMES)
    refresh = add("refresh", _refresh, "Execute notebooks, write their outputs.", _DEV)
    refresh.add_argument("names", **_NAMES)
    add("lint", _lint, "Check style, types and the widgets' scripts.", _DEV)
    add("architecture", _architecture, "Draw the README's picture from the imports.")
    add("headlines", _headlines, "Write the README's results from the tables.")
    mutate = "Put small faults into the code: does a test notice?"
    add("mutate", _mutate, mutate, _DEV, add_help=False)  # it has options of its own
    lowest = "Run the quick tests with the lowest versions that are admitted."
    add("lowest", _lowest, lowest, needs=())
    bench = add("bench", _bench, "Measure speeds, and write them to benchmarks/.", _DEV)
    bench.add_argument(
        "--row", default="", help="a letter of the table, tests, photos or search; all"
    )
    bench.add_argument("--device", **_DEVICE)
    bench.add_argument(
        "--quick", action="store_true", help="try whether the rows work; write nothing"
    )
    bench.add_argument(
        "--compare",
        nargs=2,
        type=Path,
        metavar=("OLD", "NEW"),
        help="say what got slower from one speed.json to another; measure nothing",
    )
    add("weights", _weights, "Train the shipped weights (about 75 epochs).")
    results = add("results", _results, "Compute a table of results/.")
    results.add_argument("table")
    results.add_argument(
        "--data-root", default="", help="folder of data sets other than MNIST"
    )
