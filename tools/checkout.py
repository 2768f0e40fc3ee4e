"""Where the repository is, whether it is ours, and how a command says what is wrong.

Standard library only, and nothing that Python 3.7 cannot read.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class CommandError(Exception):
    """What went wrong, in one sentence for the person at the keyboard."""


def require() -> None:
    """Refuse to work anywhere but in the root of a checkout of this repository.

    Commands install, overwrite and delete below ROOT. In an installed copy that would
    be a folder of somebody else's packages.

    Raises:
        CommandError: this file lies in no checkout, or it was called from elsewhere.
    """
    project = ROOT / "pyproject.toml"
    ours = (
        project.is_file()
        and '\nname = "mnist-tutorial"\n' in project.read_text(encoding="utf-8")
        and (ROOT / "mnist_tutorial" / "__init__.py").is_file()
        and (ROOT / "notebooks").is_dir()
    )
    if not ours:
        raise CommandError(
            f"{ROOT} is not a checkout of the course; clone the repository and run "
            "`python -m tools` in its root."
        )
    if not Path.cwd().samefile(ROOT):
        raise CommandError(
            f"`python -m tools` works in the root of the repository only: cd {ROOT}"
        )
