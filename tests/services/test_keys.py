"""The vault: what it seals opens here and nowhere else, and stays readable for every later version."""

from __future__ import annotations

import hashlib
import hmac
import pickle
import uuid
from datetime import date, datetime
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from desktop.ocr.id_number import make_id_number
from desktop.services.device_key import DeviceKeys, open_device_key
from desktop.services.keys import (
    BlindField,
    ProjectKeys,
    SealBroken,
    UnknownKeyVersion,
    Vault,
    WrapBroken,
    add_data_key,
    device_fingerprint,
    new_project_keys,
    normalised,
    unwrap_for_device,
    verify,
    wrap_for_device,
)
from desktop.services.phones import parse_phone
from desktop.services.secret import Cost, Secret
from desktop.world import MemoryKeyring, SeededWorld, World

PROJECT = uuid.UUID("0190a2b4-0000-7000-8000-00000000000a")
ROW = uuid.UUID("0190a2b4-0000-7000-8000-0000000000b1")
OTHER_ROW = uuid.UUID("0190a2b4-0000-7000-8000-0000000000b2")
NUMBER = make_id_number(date(1990, 3, 7), "male")
CHEAP = Cost(1, 64, 1)


def device_in(folder: Path) -> DeviceKeys:
    return open_device_key(World(MemoryKeyring()), folder, allow_memory=True)


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> DeviceKeys:
    return device_in(tmp_path_factory.mktemp("device"))


@pytest.fixture(scope="module")
def vault(device: DeviceKeys) -> Vault:
    world = World(MemoryKeyring())
    return Vault(new_project_keys(world, PROJECT), device, world)


def fixed_keys() -> ProjectKeys:
    """Keys that never change, for values stored in this file."""
    data, blind, audit, backup = (Secret(bytes([number]) * 32) for number in (1, 2, 3, 4))
    return ProjectKeys(PROJECT, {1: data}, blind, audit, backup)


# ---- fields ------------------------------------------------------------------------------------------------------


def test_field_opens_where_it_was_sealed(vault: Vault) -> None:
    sealed = vault.seal("person_document", "number", ROW, NUMBER)
    assert vault.open("person_document", "number", ROW, sealed) == NUMBER
    assert len(sealed) == 4 + 12 + len(NUMBER) + 16
    assert NUMBER.encode() not in sealed


@given(text=st.text())
def test_any_text_comes_back(vault: Vault, text: str) -> None:
    assert vault.open("t", "c", ROW, vault.seal("t", "c", ROW, text)) == text


def test_sealed_bytes_are_as_documented(vault: Vault) -> None:
    """Opened with nothing but the documentation: kid, nonce, ciphertext, tag, and the place as associated data."""
    sealed = vault.seal("person_document", "number", ROW, NUMBER)
    kid, nonce, body, tag = sealed[:4], sealed[4:16], sealed[16:-16], sealed[-16:]
    opened = Cipher(algorithms.AES(vault.keys.data[1].reveal()), modes.GCM(nonce, tag)).decryptor()
    opened.authenticate_additional_data(f"v1|{PROJECT}|person_document|number|{ROW}|1".encode())
    assert kid == b"\0\0\0\x01"
    assert (opened.update(body) + opened.finalize()).decode() == NUMBER


def test_value_of_the_first_version_still_opens(device: DeviceKeys) -> None:
    """Written by version 0.1 with the fixed keys: an office's old rows open in every later version."""
    stored = bytes.fromhex(STORED_FIELD)
    old = Vault(fixed_keys(), device, World(MemoryKeyring()))
    assert old.open("contact", "value", ROW, stored) == "138 0013 8000 王"
    assert old.blind(BlindField.PHONE, "138 0013 8000").hex() == STORED_BLIND
    assert old.blind_tail(BlindField.PHONE, "8000").hex() == STORED_TAIL
    assert old.audit_mac(b"\x05" * 32).hex() == STORED_MAC
    assert old.open_file(bytes.fromhex(STORED_WRAPPED), bytes.fromhex(STORED_FILE)) == b"a signature"


def test_gcm_is_the_published_one() -> None:
    """NIST SP 800-38D test case 16 (AES-256, 96-bit IV, associated data)."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    aad = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    sealed = AESGCM(key).encrypt(bytes.fromhex("cafebabefacedbaddecaf888"), plain, aad)
    assert sealed.hex() == (
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"
    )


@pytest.mark.parametrize(
    ("table", "column", "row"),
    [("contact", "number", ROW), ("person_document", "holder", ROW), ("person_document", "number", OTHER_ROW)],
)
def test_moved_field_is_refused(vault: Vault, table: str, column: str, row: uuid.UUID) -> None:
    sealed = vault.seal("person_document", "number", ROW, NUMBER)
    with pytest.raises(SealBroken) as refused:
        vault.open(table, column, row, sealed)
    assert (refused.value.place, refused.value.row_id) == (f"{table}.{column}", row)
    assert NUMBER not in str(refused.value)


def test_field_of_another_project_is_refused(vault: Vault, device: DeviceKeys) -> None:
    """Even with the same key: two projects whose keys were copied still cannot take each other's rows."""
    stranger = ProjectKeys(uuid.uuid4(), vault.keys.data, vault.keys.blind, vault.keys.audit, vault.keys.backup)
    sealed = vault.seal("person_document", "number", ROW, NUMBER)
    with pytest.raises(SealBroken):
        Vault(stranger, device, World(MemoryKeyring())).open("person_document", "number", ROW, sealed)


def test_place_cannot_be_spelled_ambiguously(vault: Vault) -> None:
    with pytest.raises(ValueError, match="separates"):
        vault.seal("person|document", "number", ROW, NUMBER)


def test_every_altered_bit_and_every_cut_is_noticed(vault: Vault) -> None:
    sealed = vault.seal("person_document", "number", ROW, NUMBER)
    for place in range(len(sealed) * 8):
        altered = bytearray(sealed)
        altered[place // 8] ^= 1 << place % 8
        with pytest.raises(SealBroken):
            vault.open("person_document", "number", ROW, bytes(altered))
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            vault.open("person_document", "number", ROW, sealed[:length])


def test_no_nonce_repeats_in_a_hundred_thousand_fields(vault: Vault) -> None:
    bulk = vault.seal_many("t", "c", ((ROW, NUMBER) for _ in range(90_000)))
    single = [vault.seal("t", "c", ROW, NUMBER) for _ in range(10_000)]
    assert len({sealed[4:16] for sealed in bulk + single}) == 100_000


def test_bulk_seals_each_row_for_itself(vault: Vault) -> None:
    rows = [(uuid.uuid4(), make_id_number(date(1990, 3, 7), "female", sequence=place)) for place in range(50)]
    sealed = vault.seal_many("t", "c", rows)
    assert [vault.open("t", "c", row, one) for (row, _), one in zip(rows, sealed, strict=True)] == [n for _, n in rows]
    with pytest.raises(SealBroken):
        vault.open("t", "c", rows[0][0], sealed[1])
    assert vault.seal_many("t", "c", []) == []


def test_new_data_key_seals_and_the_old_one_still_opens(vault: Vault, device: DeviceKeys) -> None:
    world = World(MemoryKeyring())
    old = vault.seal("t", "c", ROW, "old")
    rotated = Vault(add_data_key(world, vault.keys), device, world)
    new = rotated.seal("t", "c", ROW, "new")
    assert (rotated.open("t", "c", ROW, old), rotated.open("t", "c", ROW, new)) == ("old", "new")
    assert (rotated.is_current(old), rotated.is_current(new)) == (False, True)
    with pytest.raises(UnknownKeyVersion) as missing:
        vault.open("t", "c", ROW, new)
    assert missing.value.kid == 2
    assert vault.keys.current == 1, "adding a key leaves the old set as it was"


# ---- looking up --------------------------------------------------------------------------------------------------


def test_blind_index_is_the_documented_hmac(vault: Vault) -> None:
    expected = hmac.new(vault.keys.blind.reveal(), f"id_number|{NUMBER}".encode(), hashlib.sha256).digest()
    assert vault.blind(BlindField.ID_NUMBER, NUMBER) == expected
    tail = hmac.new(vault.keys.blind.reveal(), f"id_number|tail|{NUMBER[-4:]}".encode(), hashlib.sha256).digest()
    assert vault.blind_tail(BlindField.ID_NUMBER, NUMBER) == tail[:2]


@pytest.mark.parametrize(
    ("field", "spellings"),
    [
        (
            BlindField.ID_NUMBER,
            [
                "11010519491231002X",
                "11010519491231002x",
                " 110105 19491231 002x ",
                "１１０１０５１９４９１２３１００２Ｘ",
            ],
        ),
        (
            BlindField.PHONE,
            ["13800138000", "+86 138-0013-8000", "0086 13800138000", "8613800138000", "１３８　００１３８０００"],
        ),
        (BlindField.PHONE, ["0512-65221234", "(0512) 6522 1234", "0512 65221234"]),
        (BlindField.PHONE, ["0512-65221234", "+86 512 6522 1234", "+86 (0)512 6522 1234", "0086 0512 65221234"]),
        (BlindField.PHONE, ["+852 9123 4567", "00852 91234567"]),
        (BlindField.BANK_ACCOUNT, ["6222021234567890123", "6222 0212 3456 7890 123"]),
        (BlindField.DOCUMENT_NUMBER, ["E12345678", "e1234 5678", "Ｅ１２３４５６７８"]),
    ],
)
def test_spellings_of_one_number_are_found(vault: Vault, field: BlindField, spellings: list[str]) -> None:
    assert len(set(vault.blind_many(field, spellings))) == 1
    assert len({vault.blind_tail(field, spelling) for spelling in spellings}) == 1


def test_different_numbers_fields_and_projects_stay_apart(vault: Vault, device: DeviceKeys) -> None:
    world = World(MemoryKeyring())
    stranger = Vault(new_project_keys(world, uuid.uuid4()), device, world)
    indexes = {
        vault.blind(BlindField.PHONE, "13800138000"),
        vault.blind(BlindField.PHONE, "13800138001"),
        vault.blind(BlindField.BANK_ACCOUNT, "13800138000"),
        stranger.blind(BlindField.PHONE, "13800138000"),
    }
    assert len(indexes) == 4
    assert {len(index) for index in indexes} == {32}


def test_every_tail_finds_the_phone_that_ends_so(vault: Vault) -> None:
    """All ten thousand, also 0086 and 8613, which look like a country code."""
    for number in range(0, 10_000, 7):
        tail = f"{number:04d}"
        assert vault.blind_tail(BlindField.PHONE, tail) == vault.blind_tail(BlindField.PHONE, f"1381234{tail}")
    for tail in ("0086", "8613", "8619"):
        assert vault.blind_tail(BlindField.PHONE, tail) == vault.blind_tail(BlindField.PHONE, f"1381234{tail}")


def test_number_abroad_is_no_chinese_mobile(vault: Vault) -> None:
    assert vault.blind(BlindField.PHONE, "+1 381 234 5678") != vault.blind(BlindField.PHONE, "138 1234 5678")


@pytest.mark.parametrize(
    "typed",
    ["138 0013 8000", "+86 13800138000", "013800138000", "(010) 8800 1234", "+86 571 8800 1234", "+852 91234567"],
)
def test_phone_as_typed_finds_phone_as_stored(vault: Vault, typed: str) -> None:
    assert vault.blind(BlindField.PHONE, typed) == vault.blind(BlindField.PHONE, parse_phone(typed).stored)


def test_nothing_to_index_is_refused(vault: Vault) -> None:
    with pytest.raises(ValueError, match="index"):
        vault.blind(BlindField.PHONE, "无")
    with pytest.raises(ValueError, match="tail"):
        vault.blind_tail(BlindField.PHONE, "800")
    with pytest.raises(ValueError, match="nickname"):
        vault.blind("nickname", "x")  # type: ignore[arg-type]


@given(text=st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    for field in (BlindField.ID_NUMBER, BlindField.BANK_ACCOUNT):
        once = normalised(field, text)
        assert normalised(field, once) == once


# ---- proof -------------------------------------------------------------------------------------------------------


def test_signature_is_this_device_s_over_this_digest(vault: Vault, tmp_path: Path) -> None:
    digest = hashlib.sha256(b"act").digest()
    signature = vault.sign(digest)
    public = vault.device.ed25519_public
    assert verify(public, digest, signature)
    assert not verify(public, hashlib.sha256(b"another act").digest(), signature)
    assert not verify(device_in(tmp_path).ed25519_public, digest, signature)
    assert not verify(public, digest, signature[:-1] + bytes([signature[-1] ^ 1]))
    assert not verify(public, digest, b"")
    assert not verify(b"short", digest, signature)
    assert not verify(public, digest, vault.device.sign(digest)), "a signature for another purpose is none under an act"


def test_audit_mac_needs_the_audit_key(vault: Vault, device: DeviceKeys) -> None:
    world = World(MemoryKeyring())
    digest = hashlib.sha256(b"link").digest()
    assert vault.audit_mac(digest) == hmac.new(vault.keys.audit.reveal(), digest, hashlib.sha256).digest()
    assert vault.audit_mac(digest) != Vault(new_project_keys(world, PROJECT), device, world).audit_mac(digest)


# ---- files -------------------------------------------------------------------------------------------------------


def test_file_opens_only_with_its_own_key(vault: Vault) -> None:
    photo = b"\xff\xd8 photo " * 5_000
    wrapped, ciphertext = vault.seal_file(photo)
    other_wrapped, other = vault.seal_file(photo)
    assert vault.open_file(wrapped, ciphertext) == photo
    assert ciphertext != other, "each file has a random key of its own"
    assert b"photo" not in ciphertext
    for wrong in ((other_wrapped, ciphertext), (wrapped, other), (b"", ciphertext), (wrapped, b"")):
        with pytest.raises(SealBroken):
            vault.open_file(*wrong)


def test_altered_file_is_noticed(vault: Vault) -> None:
    wrapped, ciphertext = vault.seal_file(b"signature strokes")
    for place in range(len(ciphertext)):
        altered = bytearray(ciphertext)
        altered[place] ^= 1
        with pytest.raises(SealBroken):
            vault.open_file(wrapped, bytes(altered))


# ---- wraps -------------------------------------------------------------------------------------------------------


def test_wrapped_keys_open_on_the_device_they_were_made_for(vault: Vault, device: DeviceKeys, tmp_path: Path) -> None:
    keys = add_data_key(World(MemoryKeyring()), vault.keys)
    wrapped = wrap_for_device(keys, device.x25519_public)
    assert unwrap_for_device(wrapped, PROJECT, device) == keys
    with pytest.raises(WrapBroken):
        unwrap_for_device(wrapped, PROJECT, device_in(tmp_path))
    with pytest.raises(WrapBroken):
        unwrap_for_device(wrapped, uuid.uuid4(), device)
    for place in (0, 31, 32, len(wrapped) - 1):
        altered = bytearray(wrapped)
        altered[place] ^= 1
        with pytest.raises(WrapBroken):
            unwrap_for_device(bytes(altered), PROJECT, device)
    with pytest.raises(WrapBroken):
        unwrap_for_device(b"", PROJECT, device)


def test_wrap_is_rfc_9180(vault: Vault, device: DeviceKeys) -> None:
    """Opened by our own few lines of the RFC (base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM)."""
    wrapped = wrap_for_device(vault.keys, device.x25519_public)
    opened = rfc9180_open(wrapped, device.x25519_private, f"anju-desk project keys v1|{PROJECT}".encode())
    assert ProjectKeys.load(Secret(opened)) == vault.keys
    with pytest.raises(InvalidTag):
        rfc9180_open(wrapped, device.x25519_private, b"another purpose")


def rfc9180_open(wrapped: bytes, private: X25519PrivateKey, info: bytes) -> bytes:
    def extract(suite: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + material, "sha256")

    def expand(suite: bytes, key: bytes, label: bytes, about: bytes, length: int) -> bytes:
        wanted = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + about
        return hmac.digest(key, wanted + b"\x01", "sha256")[:length]

    enc, sealed = wrapped[:32], wrapped[32:]
    kem = b"KEM" + (0x0020).to_bytes(2, "big")
    shared = private.exchange(X25519PublicKey.from_public_bytes(enc))
    context = enc + private.public_key().public_bytes_raw()
    secret = expand(kem, extract(kem, b"", b"eae_prk", shared), b"shared_secret", context, 32)
    hpke = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (0x0020, 0x0001, 0x0002))
    schedule = b"\0" + extract(hpke, b"", b"psk_id_hash", b"") + extract(hpke, b"", b"info_hash", info)
    master = extract(hpke, secret, b"secret", b"")
    key, nonce = (expand(hpke, master, label, schedule, size) for label, size in ((b"key", 32), (b"base_nonce", 12)))
    return AESGCM(key).decrypt(nonce, sealed, b"")


def test_fingerprint_is_six_digits_of_both_public_keys(tmp_path: Path) -> None:
    world = SeededWorld(datetime.fromisoformat("2026-11-22T09:00+08:00"))
    device, other = (open_device_key(world, tmp_path / name, allow_memory=True) for name in ("one", "other"))
    shown = device_fingerprint(PROJECT, device.ed25519_public, device.x25519_public, CHEAP)
    assert len(shown) == 6
    assert shown.isdecimal()
    assert shown == device_fingerprint(PROJECT, device.ed25519_public, device.x25519_public, CHEAP)
    changed = {
        device_fingerprint(PROJECT, other.ed25519_public, device.x25519_public, CHEAP),
        device_fingerprint(PROJECT, device.ed25519_public, other.x25519_public, CHEAP),
        device_fingerprint(uuid.uuid4(), device.ed25519_public, device.x25519_public, CHEAP),
    }
    assert len(changed) == 3
    assert shown not in changed


# ---- keys as values ----------------------------------------------------------------------------------------------


def test_keys_never_show_themselves(vault: Vault, device: DeviceKeys) -> None:
    shown = f"{vault!r} {vault.keys!r} {device!r} {vault.keys.blind} {vault.keys.dump()!r} {vars(vault)!r}"
    for key in (*vault.keys.data.values(), vault.keys.blind, vault.keys.audit, vault.keys.backup):
        assert key.reveal().hex() not in shown
        assert repr(key.reveal())[2:-1] not in shown
    with pytest.raises(TypeError):
        pickle.dumps(vault.keys.blind)
    with pytest.raises(TypeError):
        hash(vault.keys.blind)


def test_key_fingerprints_tell_sets_apart_without_telling_keys(vault: Vault) -> None:
    prints = vault.keys.fingerprints()
    assert set(prints) == {"data-1", "blind", "audit", "backup"}
    assert prints == ProjectKeys.load(vault.keys.dump()).fingerprints()
    others = new_project_keys(World(MemoryKeyring()), PROJECT).fingerprints()
    assert not set(prints.values()) & set(others.values())


def test_every_key_of_a_new_project_is_another(world: SeededWorld) -> None:
    keys = new_project_keys(world, PROJECT)
    assert len({key.reveal() for key in (*keys.data.values(), keys.blind, keys.audit, keys.backup)}) == 4


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"null", b'{"v": 2}', b"\xff", b'{"v":1,"project":"x","data":{}}'])
def test_bytes_that_are_no_keys_are_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the kind is the promise; the words are json's
        ProjectKeys.load(Secret(raw))


def test_data_keys_are_numbered_from_one() -> None:
    keys = fixed_keys()
    for numbers in ([], [0], [1 << 32]):
        with pytest.raises(ValueError, match="numbered"):
            ProjectKeys(PROJECT, dict.fromkeys(numbers, keys.blind), keys.blind, keys.audit, keys.backup)


@pytest.mark.parametrize("cost", [(0, 65536, 4), (3, 31, 4), (3, 1 << 30, 4), (3, 65536, 0), (99, 65536, 4)])
def test_cost_has_bounds(cost: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="bounds"):
        Cost(*cost)


def test_seeded_world_repeats_the_same_office(tmp_path: Path) -> None:
    """The demo and golden pages: same seed, same ciphertext."""

    def sealed() -> bytes:
        world = SeededWorld(datetime.fromisoformat("2026-11-22T09:00+08:00"), seed=7)
        device = open_device_key(world, tmp_path / str(uuid.uuid4()), allow_memory=True)
        return Vault(new_project_keys(world, PROJECT), device, world).seal("t", "c", ROW, "x")

    assert sealed() == sealed()


STORED_FIELD = "00000001d7ff01816d30243b18050ffcc37abc2b180505b1a21bd090f65cbdfa05596b9a1653fbe6dc3de104e288fcf39e"
STORED_BLIND = "c8cb44b79efaa3294d10c9f2f993b3f85e64759a5cad88831233d16f5ef1e6f5"
STORED_TAIL = "fe98"
STORED_MAC = "bc25d730ec05be232e606de6281cc7b0dd381768e62bc51207ff0e203b255113"
STORED_WRAPPED = (
    "00000001d21e1b958efa4aa2548a6b0e10edef1144ddbbd7bf18f094df29015c0aa0fcd879e8b97a614a5751176bf132074f"
    "80ca4568f640a95f567efd424461"
)
STORED_FILE = "695ddefb83a9e00a65e60209b288a7d3a146cb3efd485d25603bf366577e93e85804a825ef4fbf"
