"""The contents that have come to a machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from async_render.farm.dask_worker.store import STAMP, Store, StoredJob
from async_render.farm.shipping.manifest import Entry, Manifest
from async_render.farm.shipping.pieces import PIECE
from async_render.render.errors import RenderError
from tests.support.checkout import ROOT

FILES = {"shot.blend": b"blend" * 400_000, "tex/bark.png": b"bark", "tex/copy.png": b"bark", "empty.txt": b""}


def digest_of(content: bytes) -> str:
    return sha256(content).hexdigest()


def manifest_of(files: Mapping[str, bytes]) -> Manifest:
    main = next(name for name in files if name.endswith(".blend"))
    return Manifest(main, tuple(Entry(name, len(data), digest_of(data)) for name, data in files.items()))


def send(job: StoredJob, files: Mapping[str, bytes]) -> int:
    """Send what a job needs, and return the number of bytes."""
    contents = {digest_of(data): data for data in files.values()}
    sent = 0
    for digest in sorted(job.missing):
        received = job.receive(digest)
        for offset in range(0, len(contents[digest]), PIECE):
            received.write(offset, contents[digest][offset : offset + PIECE])
        job.keep(received, digest)
        sent += len(contents[digest])
    return sent


def read(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def missing(store: Store, manifest: Manifest) -> tuple[str, ...]:
    """The contents that would have to be sent."""
    return tuple(digest for digest, size in manifest.sizes.items() if not store.has(digest, size))


def left_in(store: Store) -> list[str]:
    return [path.name for path in (store.folder / "jobs").rglob("*")]


def test_a_job_is_laid_out_as_its_manifest_says(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with store.job(manifest_of(FILES)) as job:
        assert send(job, FILES) == 2_000_004
        assert job.complete() == job.folder / "shot.blend"
        assert read(job.folder) == FILES
    assert left_in(store) == []


def test_a_second_job_of_the_same_content_receives_nothing(tmp_path: Path) -> None:
    store, manifest = Store(tmp_path / "store"), manifest_of(FILES)
    assert len(missing(store, manifest)) == 3
    with store.job(manifest) as job:
        send(job, FILES)
    assert missing(store, manifest) == ()
    with Store(tmp_path / "store").job(manifest) as job:
        assert send(job, FILES) == 0
        assert job.complete().read_bytes() == FILES["shot.blend"]
    other = FILES | {"tex/bark.png": b"new"}
    with store.job(manifest_of(other)) as job:
        assert send(job, other) == 3
        assert read(job.folder) == other


def test_folders_and_files_are_for_this_user_and_files_are_read_only(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with store.job(manifest_of(FILES)) as job:
        send(job, FILES)
        modes = {path.stat().st_mode & 0o777 for path in job.folder.rglob("*") if path.is_file()}
        assert modes == {0o400}
        assert {path.stat().st_mode & 0o777 for path in (store.folder, *store.folder.iterdir())} == {0o700}


def test_a_folder_that_others_may_read_becomes_private(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir(mode=0o755)
    assert Store(tmp_path / "store").folder.stat().st_mode & 0o777 == 0o700


def test_a_link_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "store").symlink_to(tmp_path / "other")
    with pytest.raises(RenderError, match="is a link"):
        Store(tmp_path / "store")


def test_a_job_without_all_its_files_does_not_begin(tmp_path: Path) -> None:
    with Store(tmp_path / "store").job(manifest_of(FILES)) as job, pytest.raises(RenderError, match="4 files"):
        job.complete()


def test_a_content_that_is_not_what_was_announced_is_not_kept(tmp_path: Path) -> None:
    store, manifest = Store(tmp_path / "store"), manifest_of(FILES)
    with store.job(manifest) as job:
        digest = digest_of(b"bark")
        received = job.receive(digest)
        received.write(0, b"dark")
        with pytest.raises(RenderError, match="send it again"):
            job.keep(received, digest)
        short = job.receive(digest)
        short.write(0, b"bar")
        with pytest.raises(RenderError, match="3 of 4 bytes"):
            job.keep(short, digest)
        assert digest in job.missing
        assert list(job.folder.parent.glob("received_*")) == []
    assert digest in missing(store, manifest)


@pytest.mark.parametrize(("offset", "piece"), [(1, b"b"), (0, b"barks"), (-1, b"b"), (0, bytes(PIECE + 1))])
def test_a_piece_in_the_wrong_place_is_refused(tmp_path: Path, offset: int, piece: bytes) -> None:
    with Store(tmp_path / "store").job(manifest_of(FILES)) as job:
        received = job.receive(digest_of(b"bark"))
        with pytest.raises(RenderError, match="a piece of"):
            received.write(offset, piece)
        assert list(job.folder.parent.glob("received_*")) == []


def test_a_content_that_was_not_announced_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path / "store").job(manifest_of(FILES)) as job, pytest.raises(RenderError, match="no such content"):
        job.receive("f" * 64)


def test_a_program_that_writes_into_a_jobs_file_does_not_change_later_jobs(tmp_path: Path) -> None:
    store, manifest = Store(tmp_path / "store"), manifest_of(FILES)
    with store.job(manifest) as job:
        send(job, FILES)
        (job.folder / "tex/bark.png").chmod(0o600)
        (job.folder / "tex/bark.png").write_bytes(b"evil")
    assert missing(store, manifest) == (digest_of(b"bark"),)
    with store.job(manifest) as job:
        assert send(job, FILES) == 4
        assert read(job.folder) == FILES


def test_the_least_recently_used_contents_go_first_and_those_in_use_stay(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", limit=25)
    jobs = [{f"{letter}.blend": letter.encode() * 10} for letter in "abc"]
    for files in jobs[:2]:
        with store.job(manifest_of(files)) as job:
            send(job, files)
    assert missing(store, manifest_of(jobs[0])) == ()  # used again, so `b` is the oldest now
    with store.job(manifest_of(jobs[2])) as job:
        send(job, jobs[2])
        store.clean()
        assert [len(missing(store, manifest_of(files))) for files in jobs] == [0, 1, 0]
        store.limit = 0
        store.clean()
        assert [len(missing(store, manifest_of(files))) for files in jobs] == [1, 1, 0]
        assert job.complete().read_bytes() == b"c" * 10
    store.clean()
    assert len(missing(store, manifest_of(jobs[2]))) == 1


def test_a_clock_that_is_set_back_makes_no_content_older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, manifest = Store(tmp_path / "store"), manifest_of(FILES)
    digest = digest_of(b"bark")
    times = list[int]()
    for now in (2_000_000_000, 1_000_000_000, 3_000_000_000):
        monkeypatch.setattr("async_render.farm.dask_worker.store.time_ns", lambda now=now: now)
        if not times:  # as if the content had come then
            with store.job(manifest) as job:
                send(job, FILES)
            os.utime(store.object_path(digest), ns=(now, STAMP))
        assert store.has(digest, 4)
        times.append(store.object_path(digest).lstat().st_atime_ns)
    assert times == [2_000_000_000, 2_000_000_000, 3_000_000_000]


def test_contents_that_are_cleaned_while_a_job_waits_stay_in_the_job(tmp_path: Path) -> None:
    store, manifest = Store(tmp_path / "store"), manifest_of(FILES)
    with store.job(manifest) as job:
        send(job, FILES)
    with store.job(manifest) as job:
        for digest in manifest.sizes:
            store.object_path(digest).unlink()
        assert job.complete().read_bytes() == FILES["shot.blend"]
        assert read(job.folder) == FILES


def test_a_disk_without_hard_links_gets_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, target: Path) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    store, manifest = Store(tmp_path / "store"), manifest_of(FILES)
    for sent in (2_000_004, 0):
        with store.job(manifest) as job:
            assert send(job, FILES) == sent
            assert read(job.folder) == FILES


def test_a_full_disk_is_named_and_nothing_half_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, manifest = Store(tmp_path / "store"), manifest_of(FILES)
    with store.job(manifest) as job:
        received = job.receive(digest_of(b"bark"))
        assert received._file is not None
        os.dup2(os.open("/dev/full", os.O_WRONLY), received._file.fileno())
        with pytest.raises(RenderError, match="the disk is full: free some space"):
            received.write(0, b"bark")
        assert list(job.folder.parent.glob("received_*")) == []
        usage = type("Usage", (), {"free": 3})
        monkeypatch.setattr("async_render.farm.dask_worker.store.shutil.disk_usage", lambda _: usage)
        with pytest.raises(RenderError, match=r"3 bytes free, and 'tex/bark.png' needs 4"):
            job.receive(digest_of(b"bark"))


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from async_render.farm.dask_worker.store import Store
from tests.unit.farm.dask_worker.test_store import FILES, manifest_of, read, send
for _ in range(20):
    with Store(Path({store!r}), limit=1).job(manifest_of(FILES)) as job:
        send(job, FILES)
        assert read(job.folder) == FILES
print("done")
"""


def test_processes_that_write_the_same_content_at_the_same_time_all_have_it(tmp_path: Path) -> None:
    code = WRITER.format(root=str(ROOT), store=str(tmp_path / "store"))
    writers = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(3)]
    assert [writer.communicate()[0] for writer in writers] == [b"done\n"] * 3
    assert left_in(Store(tmp_path / "store")) == []


def test_the_folder_of_a_job_whose_process_was_killed_is_removed_by_the_next(tmp_path: Path) -> None:
    code = WRITER.format(root=str(ROOT), store=str(tmp_path / "store")).replace(
        "        assert", "        import os, signal; os.kill(os.getpid(), signal.SIGKILL)\n        assert"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    store = Store(tmp_path / "store")
    assert left_in(store) != []
    with store.job(manifest_of(FILES)) as job:
        assert [path.name for path in (store.folder / "jobs").iterdir()] == [job.folder.parent.name]
        assert job.missing == set()


@pytest.mark.parametrize("lost", ["", "objects", "jobs"])
def test_a_store_that_somebody_has_removed_is_made_again_for_the_next_job(tmp_path: Path, lost: str) -> None:
    """Users empty their caches while a worker lives."""
    store = Store(tmp_path / "store")
    with store.job(manifest_of(FILES)) as job:
        send(job, FILES)
    shutil.rmtree(store.folder / lost)
    with store.job(manifest_of(FILES)) as job:
        send(job, FILES)
        assert read(job.folder) == FILES
    assert left_in(store) == []


def test_a_job_whose_folder_goes_while_its_files_arrive_is_a_clear_error(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with store.job(manifest_of(FILES)) as job:
        shutil.rmtree(store.folder)
        with pytest.raises(RenderError, match=r"store/jobs/\.job_\w+ cannot be written: No such file or directory"):
            send(job, FILES)
    with store.job(manifest_of(FILES)) as job:
        shutil.rmtree(store.folder / "objects")
        send(job, FILES)
        assert read(job.folder) == FILES


def test_a_job_that_has_lost_its_files_is_not_complete(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with store.job(manifest_of(FILES)) as job:
        send(job, FILES)
        job.check_there()
        shutil.rmtree(job.folder)
        with pytest.raises(RenderError, match=r"shot\.blend is gone: .* send the job again"):
            job.complete()
        shutil.rmtree(job.folder.parent)
        (job.folder.parent / "outbox").mkdir(parents=True)  # by Blender
        with pytest.raises(RenderError, match=r"\.job_\w+ is gone: .* open the farm again"):
            job.check_there()
