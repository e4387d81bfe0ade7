"""The keys of one PC and user: kept by a keyring it can trust, else behind a passphrase; never silently elsewhere.

`device.keys` holds the device's Ed25519 and X25519 private keys, sealed by a 32-byte key that rests in the keyring
(entry `kek:<device id>`) or, sealed by argon2id of a passphrase, in the same file.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from desktop.services.errors import DomainError, Outage
from desktop.services.files import write_whole
from desktop.services.secret import FULL_COST, KEY_BYTES, Cost, Secret, stretch, subkey
from desktop.world import World

FILE_NAME = "device.keys"
NONCE_BYTES = 12
SALT_BYTES = 16
PASSPHRASE_MIN = 8
PASSPHRASE_VARIABLE = "ANJU_KEY_PASSPHRASE"
SAFE = "管理处的数据没有受影响"
MEMORY = "memory"

TRUSTED_KEYRINGS = frozenset(
    {
        "keyring.backends.Windows.WinVaultKeyring",
        "keyring.backends.macOS.Keyring",
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
    }
)
"""Keyrings that keep secrets encrypted under the user's own sign-in. Plain-text, null and chained ones are not here."""


class PassphraseNeeded(DomainError):
    """The sign-in page asks for the key passphrase; `first_time` means that one is to be chosen."""

    def __init__(self, first_time: bool, message: str = "请输入密钥口令，用来打开本机的加密密钥。") -> None:
        super().__init__(message, "passphrase")
        self.first_time = first_time


class KeyringUntrusted(PassphraseNeeded):
    """This PC has no keyring we trust: a passphrase is to be chosen instead. `backend` is what was found."""

    def __init__(self, backend: str) -> None:
        found = f"这台电脑没有可信的系统密钥环（找到：{backend}）。"
        super().__init__(True, f"{found}请设一个至少 {PASSPHRASE_MIN} 位的密钥口令，每次启动时输入。")
        self.backend = backend


class WrongPassphrase(DomainError):
    def __init__(self) -> None:
        super().__init__("密钥口令不对，请重新输入。忘记口令时，用恢复码把本机重新加入管理处。", "passphrase")


class WeakPassphrase(DomainError):
    """`minimum` is the number of characters asked for."""

    def __init__(self, minimum: int = PASSPHRASE_MIN) -> None:
        super().__init__(f"密钥口令太短，请至少输入 {minimum} 个字符。", "passphrase")
        self.minimum = minimum


class DeviceKeyLost(DomainError):
    """The file is here, but the keyring no longer holds its key: another Windows user, or the keyring was cleared."""

    def __init__(self, device_id: UUID, backend: str) -> None:
        super().__init__(
            "系统密钥环里找不到本机的密钥（可能换了系统用户，或密钥环被清空）。"
            "请换回原来的系统用户，或用恢复码把本机重新加入管理处。"
        )
        self.device_id = device_id
        self.backend = backend


class DeviceFileBroken(DomainError):
    """`path` is not a device key file of ours any more."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"本机密钥文件 {path.name} 已损坏，打不开。请用恢复码把本机重新加入管理处。")
        self.path = path


class DeviceKeys:
    """What this PC signs with, receives keys with, and seals its own drafts with."""

    def __init__(self, world: World, device_id: UUID, kek: Secret, ed25519: Secret, x25519: Secret) -> None:
        self.device_id = device_id
        self._world = world
        self._signing = Ed25519PrivateKey.from_private_bytes(ed25519.reveal())
        self._exchange = X25519PrivateKey.from_private_bytes(x25519.reveal())
        self._local = AESGCM(subkey(kek, f"anju-desk local v1|{device_id}").reveal())

    def __repr__(self) -> str:
        return f"DeviceKeys({self.device_id})"

    @property
    def ed25519_public(self) -> bytes:
        """32 bytes by which others check this device's signatures."""
        return self._signing.public_key().public_bytes_raw()

    @property
    def x25519_public(self) -> bytes:
        """32 bytes to which others wrap the project's keys."""
        return self._exchange.public_key().public_bytes_raw()

    @property
    def x25519_private(self) -> X25519PrivateKey:
        return self._exchange

    def sign(self, message: bytes) -> bytes:
        """A 64-byte Ed25519 signature."""
        return self._signing.sign(message)

    def seal_local(self, name: str, data: bytes) -> bytes:
        """Data that only this device opens again, and only under the same name (a draft, the board snapshot)."""
        nonce = self._world.random_bytes(NONCE_BYTES)
        return nonce + self._local.encrypt(nonce, data, self._local_aad(name))

    def open_local(self, name: str, sealed: bytes) -> bytes:
        """What `seal_local` sealed under this name. Raises LocalSealBroken."""
        try:
            return self._local.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._local_aad(name))
        except (InvalidTag, ValueError) as trouble:
            raise LocalSealBroken(name) from trouble

    def _local_aad(self, name: str) -> bytes:
        return f"v1|{self.device_id}|{name}".encode()


class LocalSealBroken(DomainError):
    """A draft of another device, altered, or cut short."""

    def __init__(self, name: str) -> None:
        super().__init__("本机保存的草稿打不开（不是本机保存的，或内容已损坏），请重新填写。")
        self.name = name


def passphrase_from(environment: Mapping[str, str]) -> str | None:
    """The key passphrase of an unattended run: `ANJU_KEY_PASSPHRASE`, or the systemd credential of that name.

    Raises Outage when a credentials folder is named and its file cannot be read.
    """
    if given := environment.get(PASSPHRASE_VARIABLE):
        return given
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if not folder or not (path := Path(folder, PASSPHRASE_VARIABLE)).exists():
        return None
    try:
        return path.read_text("utf-8").rstrip("\r\n") or None
    except (OSError, UnicodeDecodeError) as trouble:
        raise Outage(f"读不到系统凭据文件 {path.name}，请看它的权限后重试：{trouble}", SAFE) from trouble


def device_exists(folder: Path) -> bool:
    """Whether this PC and user already have keys in `folder`."""
    return (folder / FILE_NAME).exists()


def passphrase_asked(
    world: World, folder: Path, allow_memory: bool = False, anew: bool = False
) -> PassphraseNeeded | None:
    """What the first-start wizard has to ask: None where a trusted keyring keeps the keys.

    `first_time` of the answer is False when keys are here already behind a passphrase: a start was cut off.
    `anew`: the keys that are here will be thrown away first. Raises DeviceFileBroken, Outage.
    """
    path = folder / FILE_NAME
    if path.exists() and not anew:
        return PassphraseNeeded(first_time=False) if _read(path).get("guard") == "passphrase" else None
    backend, trusted = _keyring(world, allow_memory)
    return None if trusted else KeyringUntrusted(backend)


def open_device_key(
    world: World, folder: Path, passphrase: str | None = None, allow_memory: bool = False, cost: Cost = FULL_COST
) -> DeviceKeys:
    """The keys of this PC, made on first use: in the keyring, or behind `passphrase` when one is given.

    `allow_memory` and a cheaper `cost` are for tests and the demo office. Raises PassphraseNeeded, KeyringUntrusted,
    WrongPassphrase, WeakPassphrase, DeviceKeyLost, DeviceFileBroken, Outage.
    """
    path = folder / FILE_NAME
    if path.exists():
        return _open(world, path, passphrase, allow_memory)
    if passphrase is not None:
        if len(passphrase) < PASSPHRASE_MIN:
            raise WeakPassphrase
        return _make(world, path, passphrase, cost)
    backend, trusted = _keyring(world, allow_memory)
    if not trusted:
        raise KeyringUntrusted(backend)
    return _make(world, path, None, cost)


def forget_device(world: World, folder: Path, allow_memory: bool = False) -> None:
    """Take this PC's keys away, so that the next start makes new ones; its drafts are lost. Raises Outage."""
    path = folder / FILE_NAME
    try:
        stored = _read(path)
    except (DeviceFileBroken, FileNotFoundError):
        stored = {}
    if stored.get("guard") == "keyring" and _keyring(world, allow_memory)[1]:
        name = _entry(UUID(stored["device"]))
        if _from_keyring(world, name) is not None:
            world.keyring.drop(name)
    try:
        path.unlink(missing_ok=True)
    except OSError as trouble:
        raise Outage(f"删不掉本机密钥文件，请关掉别的安居前台后重试：{trouble}", SAFE) from trouble


def _make(world: World, path: Path, passphrase: str | None, cost: Cost) -> DeviceKeys:
    device_id = world.new_id()
    kek = Secret(world.random_bytes(KEY_BYTES))
    ed25519, x25519 = Secret(world.random_bytes(KEY_BYTES)), Secret(world.random_bytes(KEY_BYTES))
    stored: dict[str, str] = {"format": "1", "device": str(device_id)}
    if passphrase is None:
        stored["guard"] = "keyring"
        _into_keyring(world, _entry(device_id), kek)
    else:
        salt = world.random_bytes(SALT_BYTES)
        stored |= {"guard": "passphrase", "salt": _text(salt)}
        stored |= {"passes": str(cost.passes), "memory_kib": str(cost.memory_kib), "lanes": str(cost.lanes)}
        stored["kek"] = _text(_seal(world, stretch(passphrase, salt, cost), f"kek|{device_id}", kek.reveal()))
    stored["keys"] = _text(_seal(world, kek, f"keys|{device_id}", ed25519.reveal() + x25519.reveal()))
    world.fault("device_key.before_file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(stored, indent=1).encode())
    except OSError as trouble:
        raise Outage(f"本机密钥文件写不进去，请看磁盘空间和文件夹权限后重试：{trouble}", SAFE) from trouble
    return DeviceKeys(world, device_id, kek, ed25519, x25519)


def _open(world: World, path: Path, passphrase: str | None, allow_memory: bool) -> DeviceKeys:
    stored = _read(path)
    try:
        device_id, keys = UUID(stored["device"]), _bytes(stored["keys"])
        if stored["guard"] == "passphrase":
            if passphrase is None:
                raise PassphraseNeeded(first_time=False)
            cost = Cost(int(stored["passes"]), int(stored["memory_kib"]), int(stored["lanes"]))
            wrapping = stretch(passphrase, _bytes(stored["salt"]), cost)
            try:
                kek = Secret(_unseal(wrapping, f"kek|{device_id}", _bytes(stored["kek"])))
            except InvalidTag as trouble:
                raise WrongPassphrase from trouble
        elif stored["guard"] == "keyring":
            kek = _kek_of(world, device_id, allow_memory)
        else:
            raise DeviceFileBroken(path)
        private = _unseal(kek, f"keys|{device_id}", keys)
    except (KeyError, ValueError, InvalidTag) as trouble:
        raise DeviceFileBroken(path) from trouble
    return DeviceKeys(world, device_id, kek, Secret(private[:KEY_BYTES]), Secret(private[KEY_BYTES:]))


def _read(path: Path) -> dict[str, str]:
    try:
        stored = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise
    except OSError as trouble:
        raise Outage(f"读不到本机密钥文件，请看它的权限后重试：{trouble}", SAFE) from trouble
    except ValueError as trouble:
        raise DeviceFileBroken(path) from trouble
    if not isinstance(stored, dict) or stored.get("format") != "1":
        raise DeviceFileBroken(path)
    if not all(isinstance(value, str) for value in stored.values()):
        raise DeviceFileBroken(path)
    return stored


def _keyring(world: World, allow_memory: bool) -> tuple[str, bool]:
    """The keyring found, and whether it is trusted."""
    try:
        backend = world.keyring.backend()
    except Exception as trouble:  # noqa: BLE001  # each keyring has exceptions of its own; a broken one is an untrusted one
        return type(trouble).__name__, False
    return backend, backend in TRUSTED_KEYRINGS or (allow_memory and backend == MEMORY)


def _kek_of(world: World, device_id: UUID, allow_memory: bool) -> Secret:
    backend, trusted = _keyring(world, allow_memory)
    kept = _from_keyring(world, _entry(device_id)) if trusted else None
    if kept is None:
        raise DeviceKeyLost(device_id, backend)
    return kept


def _entry(device_id: UUID) -> str:
    return f"kek:{device_id}"


def _from_keyring(world: World, name: str) -> Secret | None:
    try:
        kept = world.keyring.get(name)
    except Exception as trouble:
        raise _silent_keyring(trouble) from trouble
    return Secret(_bytes(kept)) if kept else None


def _into_keyring(world: World, name: str, kek: Secret) -> None:
    try:
        world.keyring.put(name, _text(kek.reveal()))
    except Exception as trouble:
        raise _silent_keyring(trouble) from trouble
    # Read back: a keyring that forgets would lock the office out at the next start.
    if _from_keyring(world, name) != kek:
        raise Outage("系统密钥环没有存住密钥，请解锁后重试", SAFE)


def _silent_keyring(trouble: Exception) -> Outage:
    return Outage(f"系统密钥环没有应答（{type(trouble).__name__}），请解锁后重试", SAFE)


def _seal(world: World, key: Secret, purpose: str, data: bytes) -> bytes:
    nonce = world.random_bytes(NONCE_BYTES)
    return nonce + AESGCM(key.reveal()).encrypt(nonce, data, f"v1|{purpose}".encode())


def _unseal(key: Secret, purpose: str, sealed: bytes) -> bytes:
    return AESGCM(key.reveal()).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], f"v1|{purpose}".encode())


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError) as trouble:
        raise ValueError("no base64") from trouble
