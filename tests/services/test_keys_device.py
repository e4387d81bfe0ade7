"""The keys of one PC: trusted keyrings only, a passphrase otherwise, and nothing made or lost in silence."""

from __future__ import annotations

import base64
import json
import os
import stat
import uuid
from datetime import datetime
from pathlib import Path

import pytest

from desktop.services.device_key import (
    FILE_NAME,
    MEMORY,
    TRUSTED_KEYRINGS,
    DeviceFileBroken,
    DeviceKeyLost,
    KeyringUntrusted,
    LocalSealBroken,
    PassphraseNeeded,
    WeakPassphrase,
    WrongPassphrase,
    device_exists,
    forget_device,
    open_device_key,
    passphrase_from,
)
from desktop.services.errors import Outage
from desktop.services.secret import Cost
from desktop.world import MemoryKeyring, SeededWorld, SystemKeyring, World

CHEAP = Cost(1, 64, 1)
PASSPHRASE = "青山绿水 2026"


class NamedKeyring(MemoryKeyring):
    """A keyring that calls itself what it is told."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def backend(self) -> str:
        return self.name


class LockedKeyring(NamedKeyring):
    def get(self, name: str) -> str | None:
        raise RuntimeError("the collection is locked")


class ForgetfulKeyring(NamedKeyring):
    def put(self, name: str, secret: str) -> None:
        pass


class BrokenKeyring(MemoryKeyring):
    def backend(self) -> str:
        raise ImportError("no D-Bus here")


def stored_in(folder: Path) -> dict[str, str]:
    stored: dict[str, str] = json.loads((folder / FILE_NAME).read_bytes())
    return stored


# ---- in the keyring ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(TRUSTED_KEYRINGS))
def test_trusted_keyring_keeps_the_key(tmp_path: Path, name: str) -> None:
    world = World(NamedKeyring(name))
    made = open_device_key(world, tmp_path)
    opened = open_device_key(world, tmp_path)
    assert (opened.device_id, opened.ed25519_public) == (made.device_id, made.ed25519_public)
    assert opened.x25519_public == made.x25519_public
    kept = world.keyring.get(f"kek:{made.device_id}")
    assert kept is not None
    assert len(base64.b64decode(kept)) == 32


@pytest.mark.parametrize(
    "name",
    [
        "keyring.backends.fail.Keyring",
        "keyring.backends.null.Keyring",
        "keyring.backends.chainer.ChainerBackend",
        "keyrings.alt.file.PlaintextKeyring",
        "keyrings.alt.file.EncryptedKeyring",
        "somebody.keyring.backends.Windows.WinVaultKeyring",
        MEMORY,
    ],
)
def test_any_other_keyring_is_refused_and_nothing_is_made(tmp_path: Path, name: str) -> None:
    keyring = NamedKeyring(name)
    with pytest.raises(KeyringUntrusted) as refused:
        open_device_key(World(keyring), tmp_path)
    assert (refused.value.backend, refused.value.first_time) == (name, True)
    assert refused.value.field == "passphrase"
    assert list(tmp_path.iterdir()) == []
    assert keyring._secrets == {}


def test_keyring_library_without_a_backend_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real library, as it stands on a headless PC."""
    import keyring
    import keyring.backends.fail

    monkeypatch.setattr(keyring.core, "_keyring_backend", keyring.backends.fail.Keyring())
    with pytest.raises(KeyringUntrusted) as refused:
        open_device_key(World(SystemKeyring()), tmp_path)
    assert refused.value.backend == "keyring.backends.fail.Keyring"


def test_keyring_that_cannot_even_say_its_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyringUntrusted) as refused:
        open_device_key(World(BrokenKeyring()), tmp_path)
    assert refused.value.backend == "ImportError"


def test_cleared_keyring_is_told_and_no_second_device_is_made(tmp_path: Path) -> None:
    keyring = NamedKeyring(min(TRUSTED_KEYRINGS))
    made = open_device_key(World(keyring), tmp_path)
    before = (tmp_path / FILE_NAME).read_bytes()
    keyring.drop(f"kek:{made.device_id}")
    with pytest.raises(DeviceKeyLost) as lost:
        open_device_key(World(keyring), tmp_path)
    assert lost.value.device_id == made.device_id
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_keyring_that_became_untrusted_is_told(tmp_path: Path) -> None:
    open_device_key(World(NamedKeyring(min(TRUSTED_KEYRINGS))), tmp_path)
    with pytest.raises(DeviceKeyLost) as lost:
        open_device_key(World(NamedKeyring("keyrings.alt.file.PlaintextKeyring")), tmp_path, "a passphrase")
    assert lost.value.backend == "keyrings.alt.file.PlaintextKeyring"


def test_locked_keyring_is_an_outage_to_try_again(tmp_path: Path) -> None:
    name = min(TRUSTED_KEYRINGS)
    with pytest.raises(Outage) as out:
        open_device_key(World(LockedKeyring(name)), tmp_path)
    assert out.value.retry
    assert not device_exists(tmp_path)


def test_keyring_that_forgets_is_noticed_before_anything_depends_on_it(tmp_path: Path) -> None:
    with pytest.raises(Outage):
        open_device_key(World(ForgetfulKeyring(min(TRUSTED_KEYRINGS))), tmp_path)
    assert not device_exists(tmp_path)


def test_start_killed_between_keyring_and_file_leaves_the_next_start_whole(tmp_path: Path) -> None:
    class Killed(BaseException):
        pass

    def kill(name: str) -> None:
        if name == "device_key.before_file":
            raise Killed

    start = datetime.fromisoformat("2026-11-22T09:00+08:00")
    with pytest.raises(Killed):
        open_device_key(SeededWorld(start, fault=kill), tmp_path, allow_memory=True)
    world = SeededWorld(start, seed=2)
    assert open_device_key(world, tmp_path, allow_memory=True).device_id == stored_id(tmp_path)


def stored_id(folder: Path) -> uuid.UUID:
    return uuid.UUID(stored_in(folder)["device"])


# ---- behind a passphrase -----------------------------------------------------------------------------------------


def test_passphrase_keeps_the_key_where_no_keyring_is_trusted(tmp_path: Path) -> None:
    world = World(NamedKeyring("keyring.backends.fail.Keyring"))
    made = open_device_key(world, tmp_path, PASSPHRASE, cost=CHEAP)
    assert open_device_key(world, tmp_path, PASSPHRASE).ed25519_public == made.ed25519_public
    full_width = "青山绿水　２０２６"
    assert open_device_key(world, tmp_path, full_width).device_id == made.device_id
    with pytest.raises(WrongPassphrase) as wrong:
        open_device_key(world, tmp_path, "青山绿水 2025")
    assert wrong.value.field == "passphrase"
    with pytest.raises(PassphraseNeeded) as needed:
        open_device_key(world, tmp_path)
    assert not needed.value.first_time
    assert not isinstance(needed.value, KeyringUntrusted)


def test_passphrase_once_chosen_is_asked_even_beside_a_trusted_keyring(tmp_path: Path) -> None:
    open_device_key(World(MemoryKeyring()), tmp_path, PASSPHRASE, cost=CHEAP)
    keyring = NamedKeyring(min(TRUSTED_KEYRINGS))
    with pytest.raises(PassphraseNeeded):
        open_device_key(World(keyring), tmp_path)
    assert keyring._secrets == {}


def test_short_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeakPassphrase) as weak:
        open_device_key(World(MemoryKeyring()), tmp_path, "1234567")
    assert weak.value.minimum == 8
    assert not device_exists(tmp_path)


def test_real_office_pays_the_full_price_for_each_guess(tmp_path: Path) -> None:
    open_device_key(World(MemoryKeyring()), tmp_path, PASSPHRASE)
    stored = stored_in(tmp_path)
    assert (stored["passes"], stored["memory_kib"], stored["lanes"]) == ("3", "65536", "4")


# ---- the file ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_file_shows_no_key_and_only_its_owner_may_read_it(tmp_path: Path, passphrase: str | None) -> None:
    world = SeededWorld(datetime.fromisoformat("2026-11-22T09:00+08:00"), seed=3)
    device = open_device_key(world, tmp_path, passphrase, allow_memory=True, cost=CHEAP)
    raw = (tmp_path / FILE_NAME).read_bytes()
    private = device.x25519_private.private_bytes_raw()
    secrets = [private, *(base64.b64decode(kept) for kept in world.keyring._secrets.values())]  # type: ignore[attr-defined]
    if passphrase is None:
        assert len(secrets) == 2
    for secret in secrets:
        for form in (secret, secret.hex().encode(), base64.b64encode(secret)[:40]):
            assert form not in raw
    assert PASSPHRASE.encode() not in raw
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME], "nothing is left aside"


def test_file_of_another_pc_does_not_open(tmp_path: Path) -> None:
    name = min(TRUSTED_KEYRINGS)
    here, there = World(NamedKeyring(name)), World(NamedKeyring(name))
    open_device_key(here, tmp_path / "here")
    stolen = open_device_key(there, tmp_path / "there")
    (tmp_path / "here" / FILE_NAME).write_bytes((tmp_path / "there" / FILE_NAME).read_bytes())
    with pytest.raises(DeviceKeyLost) as lost:
        open_device_key(here, tmp_path / "here")
    assert lost.value.device_id == stolen.device_id


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"format": "1"}',
        b'{"format": "9", "device": "x"}',
        b'{"format": "1", "device": 5}',
    ],
)
def test_broken_file_is_told_and_kept(tmp_path: Path, broken: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(broken)
    with pytest.raises(DeviceFileBroken) as told:
        open_device_key(World(MemoryKeyring()), tmp_path, PASSPHRASE, allow_memory=True)
    assert told.value.path.name == FILE_NAME
    assert (tmp_path / FILE_NAME).read_bytes() == broken


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("keys", "AAAA"),
        ("keys", "not base64!"),
        ("guard", "nothing"),
        ("memory_kib", "999999999"),
        ("passes", "many"),
        ("salt", "AAAA"),
    ],
)
def test_altered_file_is_told(tmp_path: Path, field: str, value: str) -> None:
    """Also a file that asks for a terabyte of memory."""
    world = World(MemoryKeyring())
    open_device_key(world, tmp_path, PASSPHRASE, cost=CHEAP)
    (tmp_path / FILE_NAME).write_text(json.dumps(stored_in(tmp_path) | {field: value}), "utf-8")
    with pytest.raises(DeviceFileBroken):
        open_device_key(world, tmp_path, PASSPHRASE)


def test_folder_that_cannot_be_written_is_an_outage(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with pytest.raises(Outage):
        open_device_key(World(MemoryKeyring()), blocked / "inside", allow_memory=True)


def test_file_of_the_first_version_still_opens(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(json.dumps(STORED_FILE), "utf-8")
    device = open_device_key(World(MemoryKeyring()), tmp_path, PASSPHRASE)
    assert device.ed25519_public.hex() == STORED_PUBLIC
    assert device.open_local("draft", bytes.fromhex(STORED_DRAFT)) == "入住草稿".encode()


def test_forgotten_device_is_made_anew(tmp_path: Path) -> None:
    world = World(MemoryKeyring())
    first = open_device_key(world, tmp_path, allow_memory=True)
    forget_device(world, tmp_path, allow_memory=True)
    assert not device_exists(tmp_path)
    assert world.keyring.get(f"kek:{first.device_id}") is None
    assert open_device_key(world, tmp_path, allow_memory=True).device_id != first.device_id
    (tmp_path / FILE_NAME).write_bytes(b"broken")
    forget_device(world, tmp_path)
    forget_device(world, tmp_path)
    assert not device_exists(tmp_path)


# ---- drafts ------------------------------------------------------------------------------------------------------


def test_draft_opens_on_this_device_under_its_name_alone(tmp_path: Path) -> None:
    world = World(MemoryKeyring())
    device = open_device_key(world, tmp_path / "a", allow_memory=True)
    other = open_device_key(world, tmp_path / "b", allow_memory=True)
    sealed = device.seal_local("check-in:7", b"draft")
    assert open_device_key(world, tmp_path / "a", allow_memory=True).open_local("check-in:7", sealed) == b"draft"
    assert b"draft" not in sealed
    for keys, name, value in (
        (device, "check-in:8", sealed),
        (other, "check-in:7", sealed),
        (device, "check-in:7", sealed[:-1]),
        (device, "check-in:7", b""),
    ):
        with pytest.raises(LocalSealBroken):
            keys.open_local(name, value)


# ---- unattended --------------------------------------------------------------------------------------------------


def test_passphrase_of_an_unattended_run(tmp_path: Path) -> None:
    assert passphrase_from({}) is None
    assert passphrase_from({"ANJU_KEY_PASSPHRASE": "from outside"}) == "from outside"
    assert passphrase_from({"ANJU_PASSWORD": "sign-in is another thing"}) is None
    credentials = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert passphrase_from(credentials) is None
    (tmp_path / "ANJU_KEY_PASSPHRASE").write_text("from systemd\n", "utf-8")
    assert passphrase_from(credentials) == "from systemd"
    (tmp_path / "ANJU_KEY_PASSPHRASE").write_bytes(b"\xff")
    with pytest.raises(Outage):
        passphrase_from(credentials)


STORED_FILE = {
    "format": "1",
    "device": "01a205b1-356c-701a-922e-8c712757f6f2",
    "guard": "passphrase",
    "salt": "jqfZfJonuKP8SnD1f2kl4A==",
    "passes": "1",
    "memory_kib": "64",
    "lanes": "1",
    "kek": "+bN88eoKK33eirT6BCQI06uZ19enpGCf4qIwErUnH0EE8Cm6gJi+ShjcLboyaMfyEG+O7pOjkq5KGJSJ",
    "keys": "78feC2Uijnaj6Ar6Ezo4ossGqTZ8ghVnfifwqYooBcU0pTLJr5dHB085c+3JHbQyQTM2/G"
    "zim+doJifePuNlx/zwR6vhQT9HfSsPuf4H/Y4mw8OMs8EC2FqMrpI=",
}
STORED_PUBLIC = "ad038da64b1946e36787f0653b790b8c5834c99ff5ad5ca791664e8f6a846957"
STORED_DRAFT = "b90184d2bc7935ee89082602e0e240820d91dfbffb153490e8c2ec4de444e91bc70bb9156f3d3b3f"
