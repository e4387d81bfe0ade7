"""Opening pictures: every kind the desk meets, and each bad one refused in words and quickly."""

from __future__ import annotations

import io
import struct
import time
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from desktop.ocr.quality import (
    Picture,
    PictureError,
    PictureProblem,
    Pixels,
    decode_picture,
    glare_share,
    picture_format,
    sharpness,
)


def scene(width: int = 320, height: int = 200) -> Pixels:
    """A picture whose corners tell which way up it is: red top left, blue bottom right."""
    pixels = np.full((height, width, 3), 200, np.uint8)
    pixels[: height // 2, : width // 2] = (20, 20, 230)
    pixels[height // 2 :, width // 2 :] = (230, 20, 20)
    return pixels


def encoded(kind: str, pixels: Pixels | None = None) -> bytes:
    return cv2.imencode(kind, scene() if pixels is None else pixels)[1].tobytes()


def saved(image: Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def colour(picture: Picture, across: float, down: float) -> str:
    blue, _, red = picture.pixels[int(picture.height * down), int(picture.width * across)].astype(int)
    return "red" if red > blue + 80 else "blue" if blue > red + 80 else "grey"


def refused(data: bytes) -> PictureError:
    with pytest.raises(PictureError) as caught:
        decode_picture(data)
    assert caught.value.message.endswith("。")
    return caught.value


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [(".jpg", "jpeg"), (".png", "png"), (".bmp", "bmp"), (".webp", "webp"), (".tiff", "tiff"), (".gif", "gif")],
)
def test_the_usual_kinds_open(suffix: str, kind: str) -> None:
    picture = decode_picture(encoded(suffix))
    assert (picture.format, picture.width, picture.height) == (kind, 320, 200)
    assert (colour(picture, 0.2, 0.2), colour(picture, 0.8, 0.8)) == ("red", "blue")
    assert picture.pixels.dtype == np.uint8


def test_a_photo_taken_on_its_side_stands_up() -> None:
    lying = Image.fromarray(scene()[..., ::-1]).transpose(Image.Transpose.ROTATE_90)
    turn = Image.Exif()
    turn[0x0112] = 6  # turn right by 90 degrees to see it upright
    picture = decode_picture(saved(lying, "JPEG", exif=turn))
    assert (picture.width, picture.height) == (320, 200)
    assert (colour(picture, 0.2, 0.2), colour(picture, 0.8, 0.8)) == ("red", "blue")


def test_a_print_shop_jpeg_in_four_colours_opens() -> None:
    picture = decode_picture(saved(Image.fromarray(scene()[..., ::-1]).convert("CMYK"), "JPEG"))
    assert (colour(picture, 0.2, 0.2), colour(picture, 0.8, 0.8)) == ("red", "blue")


def test_a_grey_and_a_sixteen_bit_picture_open() -> None:
    grey = decode_picture(encoded(".png", cv2.cvtColor(scene(), cv2.COLOR_BGR2GRAY)))
    deep = decode_picture(cv2.imencode(".png", scene().astype(np.uint16) * 257)[1].tobytes())
    assert grey.pixels.shape == deep.pixels.shape == (200, 320, 3)
    assert abs(int(deep.pixels[10, 10, 2]) - 230) <= 1


def test_a_moving_picture_shows_its_first_frame() -> None:
    first = Image.fromarray(scene()[..., ::-1])
    later = Image.new("RGB", (320, 200), (0, 255, 0))
    picture = decode_picture(saved(first, "GIF", save_all=True, append_images=[later]))
    assert (colour(picture, 0.2, 0.2), colour(picture, 0.8, 0.8)) == ("red", "blue")


def test_see_through_parts_become_white_paper() -> None:
    clear = np.zeros((200, 320, 4), np.uint8)
    clear[50:150, 100:200] = (10, 10, 10, 255)
    picture = decode_picture(encoded(".png", clear))
    assert picture.pixels[5, 5].tolist() == [255, 255, 255]
    assert picture.pixels[100, 150].tolist() == [10, 10, 10]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", PictureProblem.EMPTY),
        (b"this is no picture\n" * 50, PictureProblem.BROKEN),
        (np.random.default_rng(5).bytes(5000), PictureProblem.BROKEN),
        (b"\xff\xd8\xff\xe0", PictureProblem.BROKEN),
        (b"\x89PNG\r\n\x1a\n", PictureProblem.BROKEN),
        (b"GIF89a", PictureProblem.BROKEN),
        (b"II*\x00\x08\x00\x00\x00", PictureProblem.BROKEN),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", PictureProblem.BROKEN),
        (b"\x00\x00\x00\x18ftypheic" + bytes(40), PictureProblem.UNSUPPORTED),
        (b"\x00\x00\x00\x18ftypavif" + bytes(40), PictureProblem.UNSUPPORTED),
        (b"\x00\x00\x00\x18ftypisom" + bytes(40), PictureProblem.UNSUPPORTED),
        (b"%PDF-1.7\n" + bytes(40), PictureProblem.UNSUPPORTED),
        (b"PK\x03\x04" + bytes(40), PictureProblem.UNSUPPORTED),
        (b"\xd0\xcf\x11\xe0" + bytes(40), PictureProblem.UNSUPPORTED),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", PictureProblem.UNSUPPORTED),
    ],
)
def test_what_is_no_usable_picture_is_refused_by_name(data: bytes, reason: PictureProblem) -> None:
    assert refused(data).reason is reason


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
@pytest.mark.parametrize("part", [0.3, 0.7, 0.97])
def test_a_picture_cut_short_is_refused_not_half_read(suffix: str, part: float) -> None:
    noisy = np.random.default_rng(7).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    whole = encoded(suffix, noisy)
    assert refused(whole[: int(len(whole) * part)]).reason is PictureProblem.BROKEN


def test_a_cut_photo_with_a_whole_thumbnail_is_still_cut() -> None:
    thumbnail = encoded(".jpg", scene(64, 40))
    whole = encoded(".jpg", np.random.default_rng(8).integers(0, 255, (300, 400, 3), dtype=np.uint8))
    block = b"Exif\x00\x00" + thumbnail
    with_block = whole[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + whole[2:]
    assert decode_picture(with_block).width == 400
    assert refused(with_block[: len(with_block) * 2 // 3]).reason is PictureProblem.BROKEN


@pytest.mark.parametrize("size", [(99, 400), (400, 60), (20, 20)])
def test_a_tiny_picture_is_refused_with_its_size(size: tuple[int, int]) -> None:
    trouble = refused(encoded(".png", scene(*size)))
    assert (trouble.reason, trouble.size) == (PictureProblem.TOO_SMALL, size)
    assert f"{size[0]}×{size[1]}" in trouble.message


def test_the_smallest_picture_that_opens() -> None:
    assert decode_picture(encoded(".png", scene(100, 100))).width == 100


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp"])
def test_fifty_megapixels_are_refused_before_they_are_unpacked(suffix: str) -> None:
    data = encoded(suffix, np.zeros((6250, 8000, 3), np.uint8))
    begun = time.perf_counter()
    trouble = refused(data)
    assert time.perf_counter() - begun < 0.05  # unpacking takes at least ten times that
    assert (trouble.reason, trouble.size) == (PictureProblem.TOO_LARGE, (8000, 6250))
    assert "50 百万像素" in trouble.message


def test_a_bomb_that_promises_a_giant_costs_nothing() -> None:
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    assert refused(b"\x89PNG\r\n\x1a\n" + chunk + bytes(64)).reason is PictureProblem.TOO_LARGE


def test_a_chunk_that_promises_two_gigabytes_costs_nothing() -> None:
    """Found by tests/ocr/fuzz.py, number 2349: OpenCV took the memory before it saw that nothing was there."""
    whole = bytearray(encoded(".png"))
    place = whole.index(b"IDAT") - 4
    whole[place : place + 4] = struct.pack(">I", 0x7FFFFFF0)
    begun = time.process_time()
    assert refused(bytes(whole)).reason is PictureProblem.BROKEN
    assert time.process_time() - begun < 0.05


@given(st.binary(max_size=400))
def test_no_bytes_break_the_opener(data: bytes) -> None:
    with pytest.raises(PictureError):
        decode_picture(data)


@settings(max_examples=60)
@given(st.sampled_from((".jpg", ".png", ".gif", ".webp", ".tiff", ".bmp")), st.data())
def test_damaged_files_open_or_are_refused(suffix: str, data: st.DataObject) -> None:
    whole = bytearray(encoded(suffix, scene(160, 120)))
    for _ in range(data.draw(st.integers(1, 12))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        picture = decode_picture(bytes(whole))
    except PictureError as trouble:
        assert trouble.message  # noqa: PT017  any damage has its sentence
    else:
        assert min(picture.width, picture.height) >= 100


def test_formats_are_told_by_their_first_bytes() -> None:
    assert picture_format(encoded(".jpg")) == "jpeg"
    assert picture_format(b"hello") is None


def test_sharpness_falls_with_blur_and_glare_rises_with_light() -> None:
    page = np.full((200, 300), 180, np.uint8)
    cv2.putText(page, "110105", (20, 120), cv2.FONT_HERSHEY_SIMPLEX, 2, 20, 3)
    assert sharpness(page) > 3 * sharpness(cv2.GaussianBlur(page, (0, 0), 2))
    burnt = page.copy()
    burnt[:100] = 255
    assert glare_share(page) == 0
    assert glare_share(burnt) == pytest.approx(0.5)
