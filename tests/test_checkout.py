"""The lock on a folder: one holder at a time, on Windows too."""

import fcntl
import sys
import types

import pytest

from tools import checkout


def locking(handle, mode, length):
    """As Windows does it: another holder is an error at once."""
    assert mode == msvcrt.LK_NBLCK and length == 1
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise PermissionError(13, "Permission denied") from error


msvcrt = types.ModuleType("msvcrt")
msvcrt.LK_NBLCK, msvcrt.locking = 2, locking


@pytest.fixture(params=["here", "windows"])
def system(request, monkeypatch):
    if request.param == "windows":
        monkeypatch.setattr(sys, "platform", "win32")
        monkeypatch.setitem(sys.modules, "msvcrt", msvcrt)
    return request.param


def test_a_folder_is_held_by_one_and_free_again_after(system, tmp_path):
    for _ in range(2):
        with checkout.alone(tmp_path, "busy"):
            for _ in range(2):  # a refusal does not set it free
                with (
                    pytest.raises(checkout.CommandError, match="busy"),
                    checkout.alone(tmp_path, "busy"),
                ):
                    pytest.fail("two hold it")
        assert not list(tmp_path.iterdir())


def test_an_error_inside_sets_the_folder_free(system, tmp_path):
    with pytest.raises(ZeroDivisionError), checkout.alone(tmp_path, "busy"):
        raise ZeroDivisionError
    with checkout.alone(tmp_path, "busy"):
        pass


@pytest.mark.parametrize("system", ["windows"], indirect=True)
def test_what_a_crash_has_left_holds_nobody_up(system, tmp_path):
    (tmp_path / ".lock").touch()
    with (
        checkout.alone(tmp_path, "busy"),
        pytest.raises(checkout.CommandError, match="busy"),
        checkout.alone(tmp_path, "busy"),
    ):
        pass


@pytest.mark.parametrize("system", ["windows"], indirect=True)
def test_a_folder_that_cannot_be_written_is_one_sentence(system, tmp_path):
    (tmp_path / ".lock").mkdir()  # which refuses an administrator, too
    with (
        pytest.raises(checkout.CommandError, match="Nothing can be written") as error,
        checkout.alone(tmp_path, "busy"),
    ):
        pass
    assert "\n" not in str(error.value) and str(tmp_path) in str(error.value)
    assert "work where you may" in str(error.value)
