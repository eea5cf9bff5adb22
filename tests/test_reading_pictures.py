"""PNG, JPEG and TIFF as `read` takes them: values as stored, colours as they look, the right way up, and what is refused."""

import io
from pathlib import Path

import numpy as np
import pytest
from picture_inputs import LONG, SHORT, page, tiff
from PIL import Image

from medcore import reading
from medcore.reading import upload
from medcore.settings import Settings
from medcore.volume import Volume

pytestmark = pytest.mark.slow

GREYS = (np.arange(48).reshape(6, 8) * 5).astype(np.uint8)
DEEP = (np.arange(48).reshape(6, 8) * 1300).astype(np.uint16)
COLOURS = np.stack([GREYS, GREYS // 2, 255 - GREYS], -1)
CUT = "The picture's colours are shown with 8 of their 16 bits."
DAMAGED = "is damaged and can't be read; export or copy it again from where it came from."
UNKNOWN_TIFF = "is a TIFF whose way of storing pixels isn't known here; save it uncompressed, with 8 or 16 bits."


def volumes(path: Path) -> list[Volume]:
    result = reading.read([path])
    assert result.refusals == ()
    return [series.volume for series in result.series]


def only(path: Path) -> Volume:
    (volume,) = volumes(path)
    return volume


def refusal(path: Path) -> str:
    result = reading.read([path])
    assert result.series == ()
    (refused,) = result.refusals
    return refused.error


def file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def saved(path: Path, image: Image.Image, **how: object) -> Path:
    image.save(path, **how)
    return path


@pytest.mark.parametrize("kind", ["u1", "i1", "u2", "i2", "u4", "i4", "f4"])
@pytest.mark.parametrize("order", "<>")
def test_a_grey_tiff_holds_its_values_whichever_end_is_white(tmp_path, kind, order):
    values = np.arange(48).reshape(6, 8) * 5 - (100 if kind[0] in "if" else 0)
    values = (values * 80_000_000 if kind == "u4" else values).astype(kind)
    paths = []
    for photometric in (0, 1):
        for compression in (1, 8):
            for big in (False, True):
                made = page(values, order, photometric, compression=compression)
                paths.append(file(tmp_path / f"{photometric}{compression}{big}", tiff([made], order, big)))
    found = {series.files[0]: series.volume for series in reading.read(paths).series}
    for path in paths:
        volume = found[path.name]
        assert np.array_equal(volume.voxels[0], values.astype(volume.voxels.dtype))
        assert volume.photometric == ("MONOCHROME1" if path.name[0] == "0" else "MONOCHROME2")
        assert (volume.kind, volume.unit, volume.affine) == ("image", "grey", None)


def test_integers_that_no_32_bits_hold_are_said_to_be_rounded(tmp_path):
    path = file(tmp_path / "x.tif", tiff([page(np.full((2, 2), 2**32 - 1, np.uint32))]))
    assert only(path).warnings == ("Some voxels are integers beyond 32 bits: they are rounded to 7 digits.",)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "lzma"])
@pytest.mark.parametrize("mode", ["L", "I;16", "F", "RGB", "P", "CMYK", "1"])
def test_a_compressed_tiff_holds_what_was_saved(tmp_path, compression, mode):
    ramp = np.tile(np.arange(64, dtype=np.uint8) * 4, (64, 1))
    made = {"L": ramp, "1": ramp > 90, "I;16": ramp.astype(np.uint16) * 250, "F": ramp.astype(np.float32) / 3}
    if mode in made:
        image = Image.fromarray(made[mode])
    else:
        image = Image.fromarray(np.dstack([ramp, ramp.T, 255 - ramp])).convert(mode)
    volume = only(saved(tmp_path / "x.tif", image, compression=compression))
    expected = made.get(mode, np.asarray(image.convert("RGB")))
    assert np.array_equal(volume.voxels[0], expected * 255 if mode == "1" else expected)


@pytest.mark.parametrize("compression", ["group3", "group4"])
def test_a_fax_tiff_is_black_where_it_was(tmp_path, compression):
    black = np.tile(np.arange(64) < 20, (64, 1))
    volume = only(saved(tmp_path / "x.tif", Image.fromarray(~black), compression=compression))
    shown_black = volume.voxels[0] == (255 if volume.photometric == "MONOCHROME1" else 0)
    assert np.array_equal(shown_black, black)


def test_a_jpeg_tiff_looks_as_it_did(tmp_path):
    smooth = np.dstack([np.tile(np.arange(64, dtype=np.uint8) * 3, (64, 1))] * 3)
    smooth[..., 1] //= 2
    for mode in ("RGB", "YCbCr"):
        image = Image.fromarray(smooth).convert(mode)
        found = only(saved(tmp_path / "x.tif", image, compression="jpeg", quality=95)).voxels[0]
        assert np.abs(found.astype(int) - smooth).max() < 12


@pytest.mark.parametrize("photometric", [0, 1])
@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_are_spread_over_8(tmp_path, bits, photometric):
    stored = np.arange(2**bits, dtype=np.uint8)
    packed = np.packbits(np.unpackbits(np.tile(stored, 8 // bits)[:, None], axis=1)[:, 8 - bits :].reshape(-1))
    fields = {"t258": (SHORT, [bits]), "t256": (LONG, [len(packed) * 8 // bits])}
    path = file(tmp_path / "x.tif", tiff([page(packed[None], photometric=photometric, **fields)]))
    volume = only(path)
    assert volume.voxels[0, 0, : 2**bits].tolist() == (stored * (255 // (2**bits - 1))).tolist()
    assert volume.photometric == ("MONOCHROME2" if photometric else "MONOCHROME1")


@pytest.mark.parametrize(
    ("orientation", "turned"),
    [
        (1, lambda stored: stored),
        (2, np.fliplr),
        (3, lambda stored: np.rot90(stored, 2)),
        (4, np.flipud),
        (5, lambda stored: np.swapaxes(stored, 0, 1)),
        (6, lambda stored: np.rot90(stored, -1)),
        (7, lambda stored: np.rot90(np.swapaxes(stored, 0, 1), 2)),
        (8, np.rot90),
    ],
)
def test_a_picture_stands_upright(tmp_path, orientation, turned):
    exif = Image.Exif()
    exif[0x0112] = orientation
    said = {"t274": (SHORT, [orientation])}
    grey = saved(tmp_path / "grey.png", Image.fromarray(GREYS), exif=exif)
    deep = file(tmp_path / "deep.tif", tiff([page(DEEP, ">", **said)], ">"))
    second = file(tmp_path / "second.tif", tiff([page(GREYS), page(COLOURS, photometric=2, **said)]))
    assert np.array_equal(only(grey).voxels[0], turned(GREYS))
    assert np.array_equal(only(deep).voxels[0], turned(DEEP))
    assert np.array_equal(volumes(second)[1].voxels[0], turned(COLOURS))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("compression", [1, 8])
@pytest.mark.parametrize("extra", [0, 1])
def test_a_tiff_of_deep_colours_is_shown_with_8_bits_and_a_grey_one_keeps_16(tmp_path, order, compression, extra):
    alpha = [np.full_like(DEEP, 65535)] * extra
    more = {"t338": (SHORT, [2])} if extra else {}
    grey = page(np.stack([DEEP, DEEP, DEEP, *alpha], -1), order, 2, compression=compression, **more)
    colours = page(np.stack([DEEP, DEEP // 2, DEEP, *alpha], -1), order, 2, compression=compression, **more)
    volume = only(file(tmp_path / "grey.tif", tiff([grey], order)))
    assert np.array_equal(volume.voxels[0], DEEP)
    assert volume.warnings == ()
    volume = only(file(tmp_path / "colours.tif", tiff([colours], order)))
    assert np.array_equal(volume.voxels[0], np.stack([DEEP, DEEP // 2, DEEP], -1) >> 8)
    assert volume.warnings == (CUT,)


def test_pages_of_one_size_are_the_frames_of_one_series(tmp_path):
    pages = [page(GREYS // (number + 1)) for number in range(7)]
    for order, big in (("<", False), ("<", True)):
        volume = only(file(tmp_path / "x.tif", tiff(pages, order, big)))
        assert volume.kind == "frames"
        assert np.array_equal(volume.voxels, [GREYS // (number + 1) for number in range(7)])


def test_pages_of_other_sizes_and_kinds_are_series_of_their_own(tmp_path):
    pages = [
        page(GREYS),
        page(DEEP),
        page(GREYS[:3]),
        page(COLOURS, photometric=2),
        page(GREYS, photometric=0),
        page(GREYS[:3] // 2),
    ]
    result = reading.read([file(tmp_path / "x.tif", tiff(pages))])
    found = [(series.volume.voxels.shape, series.volume.photometric) for series in result.series]
    assert found == [
        ((2, 6, 8), "MONOCHROME2"),
        ((2, 3, 8), "MONOCHROME2"),
        ((1, 6, 8, 3), "RGB"),
        ((1, 6, 8), "MONOCHROME1"),
    ]
    assert len({series.uid for series in result.series}) == 4
    assert np.array_equal(result.series[0].volume.voxels, [GREYS, DEEP])


def test_pages_saved_by_pillow_are_read_as_one(tmp_path):
    first, *others = [Image.fromarray(np.full((40, 30), number * 20, np.uint8)) for number in range(6)]
    volume = only(saved(tmp_path / "x.tif", first, save_all=True, append_images=others, compression="tiff_lzw"))
    assert volume.voxels[:, 0, 0].tolist() == [0, 20, 40, 60, 80, 100]


@pytest.mark.parametrize("compression", [1, 8])
@pytest.mark.parametrize("kept", [0.3, 0.7, 0.97])
def test_a_cut_off_tiff_is_refused_whole(tmp_path, compression, kept):
    noise = np.random.default_rng(3).integers(0, 60000, (64, 64)).astype(np.uint16)
    whole = tiff([page(noise, compression=compression)] * 3)
    assert refusal(file(tmp_path / "x.tif", whole[: int(len(whole) * kept)])) == f"x.tif {DAMAGED}"


def test_one_page_that_fails_refuses_the_file(tmp_path):
    noise = np.random.default_rng(3).integers(0, 60000, (64, 64)).astype(np.uint16)
    data, fields = page(noise, compression=8)
    broken = data[:100] + b"\xff" * 100 + data[200:]
    assert refusal(file(tmp_path / "x.tif", tiff([(data, fields), (broken, fields)]))) == f"x.tif {DAMAGED}"


def test_pages_that_run_in_a_circle_are_read_once(tmp_path):
    content = bytearray(tiff([page(GREYS)]))
    first = int.from_bytes(content[4:8], "little")
    content[-4:] = first.to_bytes(4, "little")
    assert only(file(tmp_path / "x.tif", bytes(content))).voxels.shape == (1, 6, 8)


def test_a_tiff_of_too_many_pixels_or_pages_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    huge = page(GREYS, compression=8, t256=(LONG, [40_000]), t257=(LONG, [40_000]))
    assert refusal(file(tmp_path / "x.tif", tiff([huge]))) == "x.tif is 40000 × 40000 pixels, more than 100 million; shrink it."
    many = tiff([page(GREYS[:1, :1])] * 5001)
    assert refusal(file(tmp_path / "x.tif", many)) == "x.tif holds more than 5000 pages; save a part of them and open that."
    monkeypatch.setattr(upload, "settings", lambda: Settings(volume_megabytes=1))
    large = page(np.zeros((1000, 1000), np.uint8), compression=8)
    words = "x.tif holds 3 MB of pixels, more than can be held; save a part of its pages."
    assert refusal(file(tmp_path / "x.tif", tiff([large] * 2))) == words


@pytest.mark.parametrize("values", [GREYS.astype(np.float64), np.stack([DEEP, DEEP], -1)])
def test_a_tiff_of_another_layout_is_refused_in_words(tmp_path, values):
    more = {"t338": (SHORT, [2])} if values.ndim == 3 else {}
    assert refusal(file(tmp_path / "x.tif", tiff([page(values, **more)]))) == f"x.tif {UNKNOWN_TIFF}"


def test_bytes_changed_at_random_never_end_the_reader(tmp_path):
    generator = np.random.default_rng(11)
    good = tiff([page(GREYS), page(DEEP, compression=8)])
    paths = []
    for number in range(60):
        content = bytearray(good)
        for at in generator.integers(0, len(content), 5):
            content[at] = generator.integers(256)
        paths.append(file(tmp_path / f"{number}.tif", bytes(content)))
    result = reading.read(paths)
    named = {name for series in result.series for name in series.files} | {refused.name for refused in result.refusals}
    assert named == {path.name for path in paths}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_a_png_of_any_mode_looks_as_it_does_in_pillow(tmp_path, mode):
    image = Image.fromarray(COLOURS).convert(mode)
    volume = only(saved(tmp_path / "x.png", image))
    expected = np.asarray(image.convert("L" if mode in ("1", "L", "LA") else "RGB"))
    assert np.array_equal(volume.voxels[0], expected)


def test_transparency_a_colour_key_gamma_and_a_profile_change_no_value(tmp_path):
    keyed = saved(tmp_path / "keyed.png", Image.fromarray(GREYS), transparency=5)
    assert np.array_equal(only(keyed).voxels[0], GREYS)
    palette = Image.fromarray(COLOURS).convert("P")
    see_through = saved(tmp_path / "p.png", palette, transparency=bytes(range(200)))
    assert np.array_equal(only(see_through).voxels[0], np.asarray(palette.convert("RGB")))
    profiled = saved(tmp_path / "icc.png", Image.fromarray(GREYS), icc_profile=b"no profile at all")
    assert np.array_equal(only(profiled).voxels[0], GREYS)


def test_a_palette_of_greys_is_grey(tmp_path):
    image = Image.fromarray(GREYS).convert("P")
    image.putpalette([level for level in range(256) for _ in range(3)])
    image.putdata(GREYS.reshape(-1).tolist())
    assert np.array_equal(only(saved(tmp_path / "x.png", image)).voxels[0], GREYS)


def test_of_a_moving_png_the_first_picture_is_shown(tmp_path):
    first, second = Image.fromarray(GREYS), Image.fromarray(255 - GREYS)
    volume = only(saved(tmp_path / "x.png", first, save_all=True, append_images=[second]))
    assert np.array_equal(volume.voxels[0], GREYS)
    assert volume.warnings == ("The file holds 2 pictures, one after another: the first is shown.",)


@pytest.mark.parametrize("kind", [b"IDAT", b"PLTE"])
def test_a_png_whose_own_sum_says_that_it_was_changed_is_refused(tmp_path, kind):
    path = saved(tmp_path / "x.png", Image.fromarray(COLOURS).convert("P"), compress_level=0)
    content = bytearray(path.read_bytes())
    content[content.index(kind) + 12] ^= 1
    assert refusal(file(path, bytes(content))) == f"x.png {DAMAGED}"


def test_a_png_without_its_palette_is_refused_and_one_without_its_end_is_read(tmp_path):
    path = saved(tmp_path / "x.png", Image.fromarray(COLOURS).convert("P"))
    content, expected = path.read_bytes(), only(path).voxels
    palette = content.index(b"PLTE") - 4
    rest = palette + 12 + int.from_bytes(content[palette : palette + 4], "big")
    assert np.array_equal(only(file(path, content[:-5])).voxels, expected)
    assert refusal(file(path, content[:palette] + content[rest:])) == f"x.png {DAMAGED}"


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_of_any_colours_looks_as_it_did(tmp_path, mode, progressive):
    smooth = np.zeros((64, 64, 3), np.uint8) + 40
    smooth[..., 0], smooth[..., 1] = np.arange(64) * 3, np.arange(64)[:, None] * 2
    image = Image.fromarray(smooth).convert(mode)
    found = only(saved(tmp_path / "x.jpg", image, quality=97, progressive=progressive)).voxels[0]
    expected = np.asarray(image if mode == "L" else image.convert("RGB")).astype(int)
    assert np.abs(found - expected).max() < 12


def test_a_jpeg_of_12_bits_is_refused_in_words(tmp_path):
    whole = io.BytesIO()
    Image.fromarray(GREYS).save(whole, "JPEG")
    content = bytearray(whole.getvalue())
    content[content.index(b"\xff\xc0") + 4] = 12
    words = "x.jpg is a JPEG of 12 bits, of which 8 can be read; save it as a PNG or TIFF of 16 bits."
    assert refusal(file(tmp_path / "x.jpg", bytes(content))) == words


@pytest.mark.parametrize("turn", [1, 6])
def test_a_large_picture_is_written_in_strips_and_right(tmp_path, turn):
    rows, columns = 1500, 4000
    values = (np.arange(rows)[:, None] % 251 + np.arange(columns) % 5).astype(np.uint8)
    colours = np.dstack([values, values[::-1], values])
    exif = Image.Exif()
    exif[0x0112] = turn
    for stored in (values, colours):
        path = saved(tmp_path / "x.png", Image.fromarray(stored), exif=exif, compress_level=1)
        assert np.array_equal(only(path).voxels[0], np.rot90(stored, -1) if turn == 6 else stored)
    deep = file(tmp_path / "x.tif", tiff([page(values.astype(np.uint16) * 250, t274=(SHORT, [turn]))] * 2))
    for frame in only(deep).voxels:
        assert np.array_equal(frame, np.rot90(values, -1).astype(int) * 250 if turn == 6 else values.astype(int) * 250)
