"""Writing in one step, and JSON lines that survive a crash."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from dcgan.files import append_jsonl, read_jsonl, remove_dir, replacing, replacing_dir, sweep, write_json, write_text


@pytest.fixture
def umask_027() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def write_half(place: AbstractContextManager[Path], error: type[BaseException]) -> None:
    with place as temporary:
        (temporary / "new" if temporary.is_dir() else temporary).write_text("half")
        raise error


def test_a_file_is_replaced_at_the_end_of_the_block(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "a.txt"
    write_text(path, "old")
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert temporary.parent == path.parent
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_file_alone(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(error):
        write_half(replacing(path), error)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_at_the_end_of_the_block(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a"
    for content in ("old", "new"):
        with replacing_dir(path) as temporary:
            (temporary / content).write_text(content)
            (temporary / "inner").mkdir()
            (temporary / "inner" / "file").write_text(content)
            assert content == "old" or (path / "old").read_text() == "old"
    assert sorted(p.relative_to(path).as_posix() for p in path.rglob("*")) == ["inner", "inner/file", "new"]
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_folder_alone(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "a"
    path.mkdir()
    (path / "old").touch()
    with pytest.raises(error):
        write_half(replacing_dir(path), error)
    assert [p.name for p in path.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.usefixtures("umask_027")
def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    write_text(tmp_path / "file", "")
    with replacing_dir(tmp_path / "folder") as temporary:
        (temporary / "inner").touch()
    modes = [path.stat().st_mode & 0o777 for path in (tmp_path / "file", tmp_path / "folder")]
    assert modes == [0o640, 0o750]
    assert (tmp_path / "folder" / "inner").stat().st_mode & 0o777 == 0o640


def test_json_is_indented_and_ends_its_last_line(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"name": "é", "list": [1]})
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert text == '{\n  "name": "é",\n  "list": [\n    1\n  ]\n}\n'


ROWS: list[dict[str, Any]] = [{"nimg": 1}, {"name": "é, a\nb, \u2028 and \x85"}, {"x": [1.5, None]}]


def test_lines_come_back(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    assert read_jsonl(path) == []
    for row in ROWS:
        append_jsonl(path, row)
    assert read_jsonl(path) == ROWS


def test_a_line_cut_off_anywhere_is_passed_over_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    for row in ROWS:
        append_jsonl(path, row)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        kept = ROWS[: whole[:length].count(b"\n")]
        assert read_jsonl(path) == kept
        append_jsonl(path, {"after": "é"})
        assert read_jsonl(path) == [*kept, {"after": "é"}]


def test_damage_before_the_last_line_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"nimg": \n{"nimg": 2}\n')
    with pytest.raises(ValueError, match="Expecting value"):
        read_jsonl(path)


# What is left, and what is named -------------------------------------------------------------------------------------


def test_a_folder_is_removed_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(path: Path, ignore_errors: bool = False) -> None:
        if path.exists():
            (path / "a").unlink()
            raise KeyboardInterrupt

    folder = tmp_path / "folder"
    folder.mkdir()
    for name in "ab":
        (folder / name).touch()
    with monkeypatch.context() as patched:
        patched.setattr("dcgan.files.shutil.rmtree", stopped)
        with pytest.raises(KeyboardInterrupt):
            remove_dir(folder)
    assert not folder.exists()
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_only_what_was_being_written_is_swept(tmp_path: Path) -> None:
    (tmp_path / ".a.txt.abc.tmp").touch()
    (tmp_path / ".b.abc.old.tmp").mkdir()
    (tmp_path / ".b.abc.old.tmp" / "c").touch()
    kept = {tmp_path / name for name in ("a.tmp", ".lock", "b")}
    for path in kept:
        path.touch()
    sweep(tmp_path)
    sweep(tmp_path / "nowhere")
    assert set(tmp_path.iterdir()) == kept


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_an_error_of_the_disk_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left") as error, replacing(tmp_path / "a"):
        Path("/dev/full").write_bytes(b"x" * 100)
    assert error.value.filename == str(tmp_path / "a")
    with pytest.raises(FileNotFoundError) as missing, replacing(tmp_path / "a"):
        (tmp_path / "other").read_bytes()
    assert missing.value.filename == str(tmp_path / "other")
    assert list(tmp_path.iterdir()) == []
