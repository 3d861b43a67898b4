"""Pixels of PNG and JPEG files, held to Pillow's."""

import io
import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from programs import run

SIZE = (23, 17)  # width, height: no multiple of a block


def noise(shape, seed=1, high=256):
    return np.random.default_rng(seed).integers(0, high, shape)


def smooth_noise(channels, seed=1):
    """Noise that JPEG keeps some of: [height, width, channels]."""
    small = noise((5, 6, channels), seed).astype(np.uint8)
    bands = [
        Image.fromarray(small[..., c]).resize(SIZE, Image.Resampling.BICUBIC)
        for c in range(channels)
    ]
    return np.stack([np.asarray(band) for band in bands], axis=-1)


def decode(paths, channels):
    """What the program under test makes of files: [channels, height, width] each,
    or the text of the error."""
    result = run("image_pixels", channels, *paths)
    assert result.returncode == 0, result.stderr
    decoded = [json.loads(line) for line in result.stdout.splitlines()]
    return [
        entry.get("error") or np.reshape(entry["pixels"], entry["shape"])
        for entry in decoded
    ]


def pillow_rgb(image):
    """[3, height, width]: transparency over black, in the file's numbers."""
    black = Image.new("RGB", image.size)
    with_alpha = image.convert("RGBA")
    black.paste(with_alpha.convert("RGB"), mask=with_alpha.getchannel("A"))
    return np.asarray(black).transpose(2, 0, 1)


def pillow_grey(image):
    """[1, height, width] of a grey image without transparency, or of colours."""
    if image.mode != "L":
        image = Image.fromarray(pillow_rgb(image).transpose(1, 2, 0).copy())
    return np.asarray(image.convert("L"))[None]


def assert_pixels(paths, expect):
    """`expect(image)` gives the pixels as colours and as grey."""
    for channels in (3, 1):
        for path, pixels in zip(paths, decode(paths, channels)):
            with Image.open(path) as image:
                expected = expect(image, channels)
            assert not isinstance(pixels, str), f"{path.name}: {pixels}"
            np.testing.assert_array_equal(pixels, expected, err_msg=path.name)


def as_pillow(image, channels):
    return pillow_rgb(image) if channels == 3 else pillow_grey(image)


def chunk(kind, data):
    return (
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
    )


def png(width, height, depth, colour_type, rows, *chunks):
    """A PNG file of packed rows."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    packed = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), *chunks, chunk(b"IDAT", packed), chunk(b"IEND", b"")]
    )


def packed_rows(samples, depth):
    """Rows of samples of `depth` bits, the first in the highest bits."""
    bits = (samples[..., None] >> np.arange(depth - 1, -1, -1)) & 1
    return [
        row.tobytes() for row in np.packbits(bits.reshape(len(samples), -1), axis=1)
    ]


def test_png_of_every_kind_of_eight_bits(tmp_path):
    arrays = {
        "L": noise(SIZE[::-1]).astype(np.uint8),
        "LA": noise((*SIZE[::-1], 2)).astype(np.uint8),
        "RGB": noise((*SIZE[::-1], 3)).astype(np.uint8),
        "RGBA": noise((*SIZE[::-1], 4)).astype(np.uint8),
    }
    paths = []
    for mode, array in arrays.items():
        paths.append(tmp_path / f"{mode}.png")
        image = Image.fromarray(array)
        assert image.mode == mode
        image.save(paths[-1])
    paths.append(tmp_path / "palette.png")
    Image.fromarray(arrays["RGB"]).quantize(7).save(paths[-1])
    paths.append(tmp_path / "transparent-palette.png")
    Image.fromarray(arrays["RGB"]).quantize(7).save(
        paths[-1], transparency=bytes([0, 51, 128, 255])
    )
    paths.append(tmp_path / "transparent-colour.png")
    Image.fromarray(arrays["RGB"]).save(
        paths[-1], transparency=tuple(int(v) for v in arrays["RGB"][3, 4])
    )
    assert_pixels(paths, as_pillow)


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_png_of_few_bits(tmp_path, depth):
    samples = noise(SIZE[::-1], high=1 << depth)
    rows = packed_rows(samples, depth)
    grey = tmp_path / "grey.png"
    grey.write_bytes(png(*SIZE, depth, 0, rows))
    palette = tmp_path / "palette.png"
    colours = noise((1 << depth, 3)).astype(np.uint8)
    palette.write_bytes(png(*SIZE, depth, 3, rows, chunk(b"PLTE", colours.tobytes())))
    # Pillow makes booleans of 1 bit, which numpy would show as 0 and 1.
    assert_pixels(
        [grey, palette],
        lambda image, channels: as_pillow(
            image.convert("L") if image.mode == "1" else image, channels
        ),
    )


def test_png_of_sixteen_bits(tmp_path):
    """Each sample the nearest of v * 255 / 65535; Pillow reads the grey ones whole."""
    wide = noise(SIZE[::-1], high=1 << 16)
    grey = tmp_path / "grey.png"
    Image.fromarray(wide.astype(np.uint16)).save(grey)
    colours = noise((*SIZE[::-1], 3), high=1 << 16)
    colour = tmp_path / "colour.png"
    rows = [row.astype(">u2").tobytes() for row in colours]
    colour.write_bytes(png(*SIZE, 16, 2, rows))

    def nearest(samples):
        return np.floor(np.asarray(samples, np.float64) * 255 / 65535 + 0.5).astype(
            np.uint8
        )

    with Image.open(grey) as image:
        np.testing.assert_array_equal(np.asarray(image), wide)
    np.testing.assert_array_equal(decode([grey], 1)[0], nearest(wide)[None])
    rounded = nearest(colours)
    np.testing.assert_array_equal(decode([colour], 3)[0], rounded.transpose(2, 0, 1))
    np.testing.assert_array_equal(
        decode([colour], 1)[0], np.asarray(Image.fromarray(rounded).convert("L"))[None]
    )


def test_the_same_picture_with_eight_and_sixteen_bits(tmp_path):
    eight = noise(SIZE[::-1]).astype(np.uint8)
    paths = [tmp_path / "8.png", tmp_path / "16.png"]
    Image.fromarray(eight).save(paths[0])
    Image.fromarray(eight.astype(np.uint16) * 257).save(paths[1])
    for pixels in decode(paths, 1):
        np.testing.assert_array_equal(pixels, eight[None])


def test_interlaced_png(tmp_path):
    """Pillow writes none: seven passes, packed by hand."""
    picture = noise((*SIZE[::-1], 3)).astype(np.uint8)
    passes = [
        (0, 0, 8, 8),
        (0, 4, 8, 8),
        (4, 0, 8, 4),
        (0, 2, 4, 4),
        (2, 0, 4, 2),
        (0, 1, 2, 2),
        (1, 0, 2, 1),
    ]  # first row, first column, steps
    data = b"".join(
        b"\0" + row.tobytes()
        for y, x, down, across in passes
        for row in picture[y::down, x::across]
        if row.size
    )
    header = struct.pack(">IIBBBBB", *SIZE, 8, 2, 0, 0, 1)
    path = tmp_path / "interlaced.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )
    assert_pixels([path], as_pillow)
    np.testing.assert_array_equal(decode([path], 3)[0], picture.transpose(2, 0, 1))


def test_gamma_and_profiles_change_nothing(tmp_path):
    picture = noise((*SIZE[::-1], 3)).astype(np.uint8)
    rows = [row.tobytes() for row in picture]
    primaries = struct.pack(">8I", *[30000] * 8)
    chunks = {
        "gamma": chunk(b"gAMA", struct.pack(">I", 100000)),
        "srgb": chunk(b"sRGB", b"\0"),
        "primaries": chunk(b"cHRM", primaries)
        + chunk(b"gAMA", struct.pack(">I", 30000)),
    }
    paths = []
    for name, extra in chunks.items():
        paths.append(tmp_path / f"{name}.png")
        paths[-1].write_bytes(png(*SIZE, 8, 2, rows, extra))
    assert_pixels(paths, as_pillow)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("sampling", ["4:4:4", "4:2:2", "4:2:0"])
def test_jpeg(tmp_path, sampling, progressive):
    paths = []
    for quality in (30, 75, 95):
        paths.append(tmp_path / f"colour-{quality}.jpg")
        Image.fromarray(smooth_noise(3, quality)).save(
            paths[-1], quality=quality, subsampling=sampling, progressive=progressive
        )
        paths.append(tmp_path / f"grey-{quality}.jpg")
        Image.fromarray(smooth_noise(1, quality)[..., 0]).save(
            paths[-1], quality=quality, progressive=progressive
        )
    paths.append(tmp_path / "restarts.jpg")
    Image.fromarray(smooth_noise(3)).save(
        paths[-1],
        subsampling=sampling,
        progressive=progressive,
        restart_marker_blocks=1,
    )
    assert_pixels(paths, as_pillow)


def test_jpeg_of_inks(tmp_path):
    path = tmp_path / "inks.jpg"
    Image.fromarray(smooth_noise(4), mode="CMYK").save(path, quality=90)
    assert_pixels([path], as_pillow)


def test_orientation_is_not_applied(tmp_path):
    image = Image.fromarray(smooth_noise(3))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    path = tmp_path / "turned.jpg"
    image.save(path, exif=exif)
    assert_pixels([path], as_pillow)


def test_blue_is_one_grey_in_both_formats(tmp_path):
    blue = Image.new("RGB", (16, 16), (0, 0, 255))
    paths = [tmp_path / "blue.png", tmp_path / "blue.jpg"]
    for path in paths:
        blue.save(path, quality=95)
    png_grey, jpeg_grey = decode(paths, 1)
    assert set(png_grey.flat) == {29}
    assert np.abs(jpeg_grey - png_grey).max() <= 1


def test_stray_bytes_lose_no_pixel_and_truncation_is_refused(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(smooth_noise(3)).save(buffer, "JPEG")
    whole = buffer.getvalue()
    stray = tmp_path / "stray.jpg"
    stray.write_bytes(whole[:-2] + b"stray bytes" + whole[-2:])
    assert_pixels([stray], as_pillow)
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(whole[: len(whole) // 2])
    assert "DATA_LOSS" in decode([cut], 3)[0]


def exact_area_mean(pixels, height, width):
    """[height, width] means of an array, by making every pixel of it many."""
    fine = np.kron(pixels.astype(float), np.ones((height, width)))
    rows, columns = pixels.shape
    return fine.reshape(height, rows, width, columns).mean(axis=(1, 3))


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_resizing_is_pillows_box_and_bilinear(tmp_path, mode):
    channels = len(mode)
    picture = noise((24, 36, channels)).astype(np.uint8).squeeze()
    path = tmp_path / "a.png"
    image = Image.fromarray(picture)
    image.save(path)
    for height, width, method in (
        (8, 12, Image.Resampling.BOX),
        (24, 9, Image.Resampling.BOX),
        (1, 1, Image.Resampling.BOX),
        (48, 72, Image.Resampling.BILINEAR),
        (31, 50, Image.Resampling.BILINEAR),
    ):
        (pixels,) = decode([path], f"{channels}:{height}x{width}")
        expected = np.asarray(image.resize((width, height), method))
        expected = expected.reshape(height, width, channels).transpose(2, 0, 1)
        assert pixels.shape == expected.shape
        assert np.abs(pixels - expected.astype(int)).max() <= 1, (height, width)


def test_shrinking_counts_parts_of_pixels_by_their_share(tmp_path):
    picture = noise((17, 23)).astype(np.uint8)
    path = tmp_path / "a.png"
    Image.fromarray(picture).save(path)
    for height, width in ((5, 7), (16, 22), (10, 1)):
        (pixels,) = decode([path], f"1:{height}x{width}")
        expected = exact_area_mean(picture, height, width)
        assert np.abs(pixels[0] - expected).max() <= 0.5 + 1e-9


def test_webp(tmp_path):
    picture = Image.fromarray(smooth_noise(3).astype(np.uint8))
    with_alpha = Image.fromarray(noise((17, 23, 4)).astype(np.uint8))
    paths = []
    for name, image, options in (
        ("lossy", picture, {"quality": 60}),
        ("lossless", picture, {"lossless": True}),
        ("alpha", with_alpha, {"lossless": True, "exact": True}),
        ("lossy_alpha", with_alpha, {"quality": 80}),
    ):
        paths.append(tmp_path / f"{name}.webp")
        image.save(paths[-1], **options)
    assert_pixels(paths, as_pillow)
    (tmp_path / "cut.webp").write_bytes(paths[0].read_bytes()[:-20])
    picture.save(
        tmp_path / "moves.webp", save_all=True, append_images=[picture.rotate(180)]
    )
    cut, moves = decode([tmp_path / "cut.webp", tmp_path / "moves.webp"], 3)
    assert cut.startswith("DATA_LOSS")
    assert "got an animation" in moves
