"""What a command writes is there whole or not at all, and is never what it reads."""

import errno
import os
import stat
from pathlib import Path

import click
import pytest

from warmline.output_file import output_file


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_takes_its_place_when_all_is_written(tmp_path):
    out = tmp_path / "out"
    out.write_text("old")
    out.chmod(0o640)
    with output_file(out) as written:
        written.write(b"new")
        assert out.read_text() == "old"
    assert out.read_text() == "new"
    assert stat.S_IMODE(out.stat().st_mode) == 0o640
    assert names(tmp_path) == {"out"}


def test_a_file_stays_as_it_is_where_the_work_fails(tmp_path):
    out = tmp_path / "out"
    out.write_text("old")
    with pytest.raises(ZeroDivisionError), output_file(out) as written:
        written.write(b"half" * (1 // 0))
    assert out.read_text() == "old"
    assert names(tmp_path) == {"out"}


def test_a_folder_that_is_not_there_is_named_before_anything_is_done(tmp_path):
    out = tmp_path / "missing" / "out"
    with pytest.raises(click.ClickException, match="missing/out: No such file"), output_file(out):
        pytest.fail("reached")


@pytest.mark.parametrize("link", [None, Path.symlink_to, Path.hardlink_to])
def test_an_input_is_not_written_over_by_whatever_name(tmp_path, link):
    source = out = tmp_path / "in"
    source.write_text("kept")
    if link is not None:
        out = tmp_path / "out"
        link(out, source)
    with pytest.raises(click.ClickException, match="write to another file"), output_file(out, [Path("-"), source]):
        pytest.fail("reached")
    assert source.read_text() == "kept"


def test_what_a_link_points_to_is_written_and_the_link_stays(tmp_path):
    out, link = tmp_path / "out", tmp_path / "link"
    link.symlink_to(out)
    for text in (b"one", b"two"):
        with output_file(link) as written:
            written.write(text)
        assert out.read_bytes() == text
    assert link.is_symlink()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_device_is_written_directly_and_named_where_it_is_full():
    with pytest.raises(click.ClickException, match="/dev/full: No space left"), output_file(Path("/dev/full")) as full:
        full.write(b"x")
    with output_file(Path(os.devnull)) as nothing:
        nothing.write(b"x")
    assert not Path(os.devnull).is_file()


def test_a_full_disk_is_told_by_the_file_that_was_asked_for(tmp_path):
    out = tmp_path / "out"
    with pytest.raises(click.ClickException, match=f"{out}: No space left"), output_file(out):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert names(tmp_path) == set()


def test_a_name_that_is_too_long_is_told(tmp_path):
    with pytest.raises(click.ClickException, match="name too long"), output_file(tmp_path / ("x" * 300)):
        pytest.fail("reached")


def test_a_reader_that_went_away_is_left_to_the_caller(tmp_path):
    with pytest.raises(BrokenPipeError), output_file(tmp_path / "out"):
        raise BrokenPipeError
