"""pydicom's, SimpleITK's and our answer to every DICOM file in the installed packages; each disagreement has a rule here.

A rule says what is true where a reader answers something else, in one sentence, and turns that answer into the truth. A
disagreement that no rule explains fails, and so does a rule that explains nothing.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pydicom
import pytest
from pydicom import uid
from three_readers import Case, cases

# The packages hold files with errors, of which pydicom warns.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::UserWarning:pydicom")]

# What is true of both readers' answers.


def held_at_8_bits(case: Case, values: np.ndarray) -> np.ndarray:
    """A screen shows 8 bits of a colour, so deeper colours are held by their 8 highest bits."""
    if values.ndim == 3 or values.dtype == np.uint8:
        return values
    return (values >> (8 * values.itemsize - 8)).astype(np.uint8)


def held_as_float32(case: Case, values: np.ndarray) -> np.ndarray:
    """A float32 holds a rescaled 16-bit value to a hundredth of its step, in half of the memory."""
    return values.astype(np.float32) if values.dtype == np.float64 else values


def in_slice_order(case: Case, values: np.ndarray) -> np.ndarray:
    """Frames stand in the file in any order; where each has a position they are shown in the order along the normal."""
    groups = case.dataset.get("PerFrameFunctionalGroupsSequence")
    shared = case.dataset.get("SharedFunctionalGroupsSequence")
    if not groups or "PlanePositionSequence" not in groups[0] or "PlaneOrientationSequence" not in shared[0]:
        return values
    orientation = np.array(shared[0].PlaneOrientationSequence[0].ImageOrientationPatient, float)
    across = np.cross(orientation[:3], orientation[3:])
    along = [across @ np.array(group.PlanePositionSequence[0].ImagePositionPatient, float) for group in groups[: len(values)]]
    return values[np.argsort(along, kind="stable")]


# What is true where pydicom says something else.


def rescale_of_functional_groups(case: Case, values: np.ndarray) -> np.ndarray:
    """The rescale of an enhanced object stands in its functional groups, where pydicom's apply_rescale doesn't look."""
    shared = case.dataset.get("SharedFunctionalGroupsSequence")
    if not shared or "PixelValueTransformationSequence" not in shared[0]:
        return values
    (item,) = shared[0].PixelValueTransformationSequence
    return (values * float(item.RescaleSlope) + float(item.RescaleIntercept)).astype(np.int32)


def colours_of_palette(case: Case, values: np.ndarray) -> np.ndarray:
    """The picture is the palette's colours, and pixel_array holds the indices into it."""
    if case.says("PhotometricInterpretation") != "PALETTE COLOR":
        return values
    return pydicom.pixels.apply_color_lut(values, case.dataset)[..., :3]


def palette_of_big_endian(case: Case, values: np.ndarray) -> np.ndarray:
    """A big-endian file's palette is big-endian too, and pydicom's apply_color_lut takes each for little-endian."""
    big = case.says("PhotometricInterpretation") == "PALETTE COLOR" and case.syntax == uid.ExplicitVRBigEndian
    return values.byteswap() if big else values


# What is true where SimpleITK says something else.


def monochrome1_as_stored(case: Case, values: np.ndarray) -> np.ndarray:
    """MONOCHROME1 is a way to show values, which SimpleITK changes: stored value n becomes highest − n, then the rescale."""
    if case.says("PhotometricInterpretation") != "MONOCHROME1":
        return values
    highest = 2 ** int(case.dataset.BitsStored) - 1
    slope, intercept = (float(case.dataset.get(f"Rescale{word}", usual)) for word, usual in (("Slope", 1), ("Intercept", 0)))
    if (slope, intercept) == (1, 0):
        return (highest - values.astype(np.int32)).astype(values.dtype)
    stored = highest - np.round((values - intercept) / slope)
    return stored * slope + intercept


def one_bit_is_0_or_1(case: Case, values: np.ndarray) -> np.ndarray:
    """A bit is 0 or 1, and SimpleITK gives 0 or 255."""
    return values // 255 if case.says("BitsAllocated") == "1" else values


def modality_lut(case: Case, values: np.ndarray) -> np.ndarray:
    """The Modality LUT turns stored values into what they mean (PS3.3 C.11.1), and SimpleITK leaves it out."""
    if "ModalityLUTSequence" not in case.dataset:
        return values
    (item,) = case.dataset.ModalityLUTSequence
    count, first, _ = (int(part) for part in item.LUTDescriptor)
    first = first - 2**16 if first >= 2**15 and values.min() < 0 else first
    return np.array(item.LUTData)[np.clip(values.astype(int) - first, 0, (count or 2**16) - 1)]


def words_of_big_endian_doses(case: Case, values: np.ndarray) -> np.ndarray:
    """In a big-endian file of 32-bit values SimpleITK swaps the bytes of each half, and leaves the halves swapped."""
    if case.syntax != uid.ExplicitVRBigEndian or case.says("BitsAllocated") != "32" or values.ndim == 4:
        return values
    return values >> 16 | values << 16


def deep_rle_colours(case: Case, values: np.ndarray) -> np.ndarray:
    """SimpleITK mixes up the bytes of RLE colours of more than 8 bits; the same picture lies beside it uncompressed."""
    if case.syntax != uid.RLELossless or values.ndim == 3 or values.itemsize == 1:
        return values
    (twin,) = (other for other in cases() if other.path.name == case.path.name.replace("_rle", ""))
    return values if isinstance(twin.simpleitk, str) else twin.simpleitk


Rule = Callable[[Case, np.ndarray], np.ndarray]
BOTH: tuple[Rule, ...] = (held_at_8_bits, held_as_float32, in_slice_order)
CORRECTIONS: dict[str, tuple[Rule, ...]] = {
    "pydicom": (rescale_of_functional_groups, colours_of_palette, palette_of_big_endian, *BOTH),
    "simpleitk": (
        deep_rle_colours,
        words_of_big_endian_doses,
        monochrome1_as_stored,
        one_bit_is_0_or_1,
        modality_lut,
        *BOTH,
    ),
}

# Why a reader has no answer where another has one.


def twelve_bit_jpeg(case: Case) -> bool:
    """None of the installed plugins of pydicom decodes JPEG Extended with 12 bits."""
    return case.syntax == uid.JPEGExtended12Bit and case.says("BitsStored") == "12"


def frames_that_are_no_number(case: Case) -> bool:
    """Pydicom needs a NumberOfFrames that is a number; one frame is there all the same."""
    return not case.says("NumberOfFrames").isdecimal() and "NumberOfFrames" in case.dataset


def no_transfer_syntax(case: Case) -> bool:
    """Pydicom asks for the transfer syntax, which old files don't state: how the header is encoded says it."""
    return case.syntax == ""


def one_frame_of_a_dose(case: Case) -> bool:
    """SimpleITK refuses a dose that holds fewer frames than it has offsets."""
    return len(case.dataset.get("GridFrameOffsetVector", ())) > int(case.dataset.get("NumberOfFrames") or 1)


SILENCES: dict[str, tuple[Callable[[Case], bool], ...]] = {
    "pydicom": (twelve_bit_jpeg, frames_that_are_no_number, no_transfer_syntax),
    "simpleitk": (one_frame_of_a_dose,),
}


def explained(case: Case, reader: str, used: set[str]) -> str | None:
    """None where a reader's answer is ours once the rules are applied, else what is left to explain; `used` gains the rules."""
    answer, other = getattr(case, reader), getattr(case, "simpleitk" if reader == "pydicom" else "pydicom")
    if isinstance(answer, str):
        reasons = [rule.__name__ for rule in SILENCES[reader] if rule(case)]
        used |= set(reasons)
        return None if reasons or isinstance(other, str) else f"{reader} has no answer: {answer}"
    if isinstance(case.ours, str):
        return f"{reader} has an answer and we say: {case.ours}"
    for rule in CORRECTIONS[reader]:
        corrected = rule(case, answer)
        if corrected.shape != answer.shape or not np.array_equal(corrected, answer):
            used.add(f"{reader}: {rule.__name__}" if rule not in BOTH else rule.__name__)
        answer = corrected
    same = answer.shape == case.ours.shape and np.array_equal(answer, case.ours)
    return None if same else f"{reader} differs: {answer.dtype} {answer.shape} to our {case.ours.dtype} {case.ours.shape}"


@lru_cache(maxsize=1)
def compared() -> tuple[list[str], set[str]]:
    """What no rule explains, and the names of the rules that explain something."""
    left, used = [], set[str]()
    for case in cases():
        reasons = [explained(case, reader, used) for reader in CORRECTIONS]
        if isinstance(case.pydicom, str) and isinstance(case.simpleitk, str) and not isinstance(case.ours, str):
            reasons.append("nobody else has an answer")
        left += [f"{case.path.name}: {reason}" for reason in reasons if reason]
    return left, used


def test_three_readers_give_the_same_voxels_or_a_rule_says_what_is_true():
    assert len(cases()) > 150
    assert compared()[0] == []


def test_every_rule_explains_something():
    rules = {f"{reader}: {rule.__name__}" for reader, own in CORRECTIONS.items() for rule in own if rule not in BOTH}
    shared = {rule.__name__ for rule in BOTH}
    silences = {rule.__name__ for own in SILENCES.values() for rule in own}
    assert rules | shared | silences == compared()[1]


def test_what_nobody_reads_is_refused_in_words():
    silent = [case for case in cases() if isinstance(case.pydicom, str) and isinstance(case.simpleitk, str)]
    assert silent
    for case in silent:
        assert isinstance(case.ours, str)
        assert case.ours.endswith(".")
        assert "Error" not in case.ours
