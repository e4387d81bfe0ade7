"""The backup file: whole or refused, opened by the code on paper alone."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import struct
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from desktop.ocr.id_number import make_id_number
from desktop.services.backup_file import (
    CHUNK,
    END,
    FORMAT,
    MAGIC,
    TAG,
    BackupDamaged,
    BackupHeader,
    BackupOfOtherProject,
    BackupTooNew,
    BackupTruncated,
    NotABackup,
    read_backup,
    read_header,
    write_backup,
)
from desktop.services.errors import Outage
from desktop.services.keys import ProjectKeys, add_data_key, new_project_keys
from desktop.services.recovery import RecoveryCode, RecoveryCodeWrong, make_recovery_code, wrap_by_recovery_code
from desktop.services.secret import Cost
from desktop.world import MemoryKeyring, SeededWorld, World

CHEAP = Cost(1, 64, 1)
WORLD = World(MemoryKeyring())
PROJECT = uuid.UUID("0190a2b4-0000-7000-8000-00000000000a")
NUMBER = make_id_number(date(1990, 3, 7), "female")
KEYS = new_project_keys(WORLD, PROJECT)
CODE = make_recovery_code(WORLD)
WRAP = wrap_by_recovery_code(WORLD, KEYS, CODE, CHEAP)


def header_of(keys: ProjectKeys = KEYS, wrap: bytes = WRAP) -> BackupHeader:
    return BackupHeader(
        app_version="0.1.0",
        schema_rev=1,
        engine="sqlite",
        project_id=keys.project_id,
        created=datetime(2026, 11, 22, 1, 0, tzinfo=UTC),
        audit_count=4217,
        audit_head=hashlib.sha256(b"head").digest(),
        counts={"room": 240, "lease": 180},
        recovery_wrap=wrap,
        key_fingerprints=keys.fingerprints(),
    )


def database(size: int) -> bytes:
    """Bytes that differ from place to place and hold an ID number now and then."""
    unit = b"".join(struct.pack(">I", number) + NUMBER.encode() for number in range(2_000))
    return (unit * (size // len(unit) + 1))[:size]


def written(path: Path, plain: bytes) -> bytes:
    write_backup(WORLD, path, header_of(), io.BytesIO(plain), KEYS)
    return path.read_bytes()


def start_of_chunks(raw: bytes) -> int:
    return 14 + int(struct.unpack_from(">I", raw, 10)[0]) + 32


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 12_345])
def test_backup_opens_by_the_code_alone(tmp_path: Path, size: int) -> None:
    path, plain = tmp_path / "office.anjubak", database(size)
    raw = written(path, plain)
    out = io.BytesIO()
    read = read_backup(path, RecoveryCode.parse(" ".join(CODE.groups).lower()), out)
    assert out.getvalue() == plain
    assert (read.keys, read.size) == (KEYS, size)
    assert read.header.counts == {"room": 240, "lease": 180}
    assert len(raw) == start_of_chunks(raw) + size + TAG * max(1, -(-size // CHUNK)) + 16
    assert NUMBER.encode() not in raw
    running = io.BytesIO()
    read_backup(path, KEYS, running)
    assert running.getvalue() == plain


def test_header_is_read_without_any_key(tmp_path: Path) -> None:
    path = tmp_path / "office.anjubak"
    made = write_backup(WORLD, path, header_of(), io.BytesIO(b"x"), KEYS)
    assert read_header(path) == made
    assert replace(made, salt=b"") == header_of()
    assert len(made.salt) == 32


def test_two_backups_of_one_office_share_no_key(tmp_path: Path) -> None:
    one, two = (written(tmp_path / name, database(1_000)) for name in ("a.anjubak", "b.anjubak"))
    assert one[start_of_chunks(one) :][:1_000] != two[start_of_chunks(two) :][:1_000]


def test_pipe_that_gives_little_at_a_time_is_read_whole(tmp_path: Path) -> None:
    """pg_dump writes into a pipe: a short read is not its end."""

    class Pipe(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 1, 70_001))

    path, plain = tmp_path / "office.anjubak", database(2 * CHUNK + 5)
    write_backup(WORLD, path, header_of(), Pipe(plain), KEYS)
    out = io.BytesIO()
    read_backup(path, KEYS, out)
    assert out.getvalue() == plain


def test_wrong_code_is_told(tmp_path: Path) -> None:
    path = tmp_path / "office.anjubak"
    written(path, b"office")
    with pytest.raises(RecoveryCodeWrong):
        read_backup(path, make_recovery_code(WORLD), io.BytesIO())


def test_keys_of_another_project_are_told(tmp_path: Path) -> None:
    path = tmp_path / "office.anjubak"
    written(path, b"office")
    stranger = new_project_keys(WORLD, uuid.uuid4())
    with pytest.raises(BackupOfOtherProject) as other:
        read_backup(path, stranger, io.BytesIO())
    assert (other.value.found, other.value.expected) == (PROJECT, stranger.project_id)


def test_every_flipped_bit_is_noticed_and_nothing_is_given_out(tmp_path: Path) -> None:
    path = tmp_path / "office.anjubak"
    raw = written(path, database(3_000))
    chunks = start_of_chunks(raw)
    altered_path = tmp_path / "altered.anjubak"
    seen = set()
    for place in range(len(raw)):
        altered = bytearray(raw)
        altered[place] ^= 1 << place % 8
        altered_path.write_bytes(altered)
        out = io.BytesIO()
        with pytest.raises((NotABackup, BackupDamaged, BackupTruncated)) as told:
            read_backup(altered_path, KEYS, out)
        assert out.getvalue() == b""
        kind = type(told.value)
        seen.add(told.value.part if isinstance(told.value, BackupDamaged) else kind.__name__)
        if place < len(MAGIC):
            assert kind is NotABackup
        elif place < chunks:
            assert isinstance(told.value, BackupDamaged)
            assert told.value.part == "header"
        elif place < len(raw) - 16:
            assert isinstance(told.value, BackupDamaged)
            assert (told.value.part, told.value.offset) == ("data", 0)
        else:
            assert isinstance(told.value, BackupDamaged)
            assert told.value.part == "trailer"
    assert seen == {"NotABackup", "header", "data", "trailer"}


def test_every_cut_is_told_as_a_cut(tmp_path: Path) -> None:
    path = tmp_path / "office.anjubak"
    raw = written(path, database(2 * CHUNK + 500))
    chunks = start_of_chunks(raw)
    cut_path = tmp_path / "cut.anjubak"
    sealed = CHUNK + TAG
    places = [*range(1, 60), chunks - 33, chunks - 1, chunks, chunks + 5, chunks + sealed, chunks + sealed + 16]
    places += [chunks + 2 * sealed, chunks + 2 * sealed + 16, *range(len(raw) - 40, len(raw))]
    for length in places:
        cut_path.write_bytes(raw[:length])
        out = io.BytesIO()
        with pytest.raises(BackupTruncated):
            read_backup(cut_path, KEYS, out)
        assert out.getvalue() == b""
    cut_path.write_bytes(b"")
    with pytest.raises(NotABackup):
        read_header(cut_path)


def test_chunks_cannot_be_cut_out_swapped_or_repeated(tmp_path: Path) -> None:
    """With the end left in place, so that only the chunks' own order can tell."""
    path = tmp_path / "office.anjubak"
    raw = written(path, database(3 * CHUNK + 500))
    first, sealed = start_of_chunks(raw), CHUNK + TAG
    start, end = raw[:first], raw[-16:]
    one, two, three = (raw[first + sealed * place :][:sealed] for place in range(3))
    last = raw[first + 3 * sealed : -16]
    for chunks in (
        [two, one, three, last],
        [one, one, two, three, last],
        [one, three, last],
        [one, two, three],
        [one, two, last],
        [one, two, three, last, last],
    ):
        path.write_bytes(start + b"".join(chunks) + end)
        with pytest.raises(BackupDamaged) as told:
            read_backup(path, KEYS, io.BytesIO())
        assert told.value.part == "data"


def test_header_rewritten_with_its_digest_opens_nothing(tmp_path: Path) -> None:
    """Somebody who knows the format lowers the audit count: the file key is bound to the header."""
    path = tmp_path / "office.anjubak"
    raw = written(path, database(500))
    first = start_of_chunks(raw)
    body = raw[14 : first - 32].replace(b"4217", b"4216")
    start = raw[:14] + body
    path.write_bytes(start + hashlib.sha256(start).digest() + raw[first:])
    assert read_header(path).audit_count == 4216
    with pytest.raises(BackupDamaged):
        read_backup(path, KEYS, io.BytesIO())


def with_header(path: Path, found_format: int, body: bytes) -> None:
    start = struct.pack(">8sHI", MAGIC, found_format, len(body)) + body
    path.write_bytes(start + hashlib.sha256(start).digest() + bytes(40) + END)


def test_newer_format_is_told(tmp_path: Path) -> None:
    path = tmp_path / "new.anjubak"
    with_header(path, FORMAT + 1, b"{}")
    with pytest.raises(BackupTooNew) as told:
        read_header(path)
    assert told.value.format == FORMAT + 1


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b'{"counts": 3}'])
def test_header_that_says_nothing_is_damaged(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "odd.anjubak"
    with_header(path, FORMAT, body)
    with pytest.raises(BackupDamaged):
        read_header(path)


def test_field_of_a_later_version_is_left_aside(tmp_path: Path) -> None:
    path = tmp_path / "later.anjubak"
    with_header(path, FORMAT, json.dumps(json.loads(header_of().dump()) | {"mood": "sunny"}).encode())
    assert read_header(path).schema_rev == 1


@pytest.mark.parametrize("content", [b"SQLite format 3\0" + bytes(100), b"PK\x03\x04", b"B"])
def test_other_files_are_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(NotABackup):
        read_header(path)


def test_missing_file_is_an_outage(tmp_path: Path) -> None:
    with pytest.raises(Outage):
        read_header(tmp_path / "gone.anjubak")


def test_header_must_speak_of_the_keys_that_seal(tmp_path: Path) -> None:
    others = new_project_keys(WORLD, PROJECT)
    with pytest.raises(ValueError, match="other keys"):
        write_backup(WORLD, tmp_path / "x.anjubak", header_of(), io.BytesIO(b""), others)
    rotated = add_data_key(WORLD, KEYS)
    old_wrap = replace(header_of(), key_fingerprints=rotated.fingerprints())
    with pytest.raises(ValueError, match="recovery wrap"):
        write_backup(WORLD, tmp_path / "x.anjubak", old_wrap, io.BytesIO(b""), rotated)
    with pytest.raises(ValueError, match="zone"):
        replace(header_of(), created=datetime(2026, 11, 22))  # noqa: DTZ001  # the point of the test
    assert list(tmp_path.iterdir()) == []


def test_backup_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    """Killed before the swap, and cancelled half-way: the backup of yesterday stays, nothing is left beside it."""

    class Killed(BaseException):
        pass

    def kill(name: str) -> None:
        if name == "backup.before_swap":
            raise Killed

    def cancel(done: int) -> None:
        if done > CHUNK:
            raise Killed

    path = tmp_path / "office.anjubak"
    yesterday = written(path, b"yesterday")
    killed = SeededWorld(datetime(2026, 11, 22, tzinfo=UTC), fault=kill)
    with pytest.raises(Killed):
        write_backup(killed, path, header_of(), io.BytesIO(database(100)), KEYS)
    with pytest.raises(Killed):
        write_backup(WORLD, path, header_of(), io.BytesIO(database(3 * CHUNK)), KEYS, cancel)
    assert path.read_bytes() == yesterday
    assert list(tmp_path.iterdir()) == [path]


def test_disk_that_takes_no_more_is_an_outage(tmp_path: Path) -> None:
    with pytest.raises(Outage) as out:
        write_backup(WORLD, tmp_path / "no folder" / "x.anjubak", header_of(), io.BytesIO(b"x"), KEYS)
    assert out.value.safe
    path = tmp_path / "office.anjubak"
    written(path, database(10))
    if Path("/dev/full").exists():
        with open("/dev/full", "wb", buffering=0) as full, pytest.raises(Outage, match="磁盘空间"):
            read_backup(path, KEYS, full)


def test_progress_counts_plain_bytes(tmp_path: Path) -> None:
    path, size = tmp_path / "office.anjubak", 2 * CHUNK + 7
    steps: list[int] = []
    write_backup(WORLD, path, header_of(), io.BytesIO(database(size)), KEYS, steps.append)
    assert steps == [CHUNK, 2 * CHUNK, size]
    steps.clear()
    read_backup(path, KEYS, io.BytesIO(), steps.append)
    assert steps == [CHUNK, 2 * CHUNK, size]


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps files private by the user's folder")
def test_only_the_owner_reads_the_file(tmp_path: Path) -> None:
    path = tmp_path / "office.anjubak"
    written(path, b"x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_restore_without_keyring_or_vault(tmp_path: Path) -> None:
    """A new PC: one file and one sheet of paper, at the full price of a guess."""
    path = tmp_path / "office.anjubak"
    wrap = wrap_by_recovery_code(WORLD, KEYS, CODE)
    write_backup(WORLD, path, header_of(wrap=wrap), io.BytesIO(b"office"), KEYS)
    paper = "-".join(CODE.groups)
    out = io.BytesIO()
    assert read_backup(path, RecoveryCode.parse(paper), out).keys == KEYS
    assert out.getvalue() == b"office"
