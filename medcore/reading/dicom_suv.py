"""A PET's values as standardised uptake values by body weight, where the header allows it.

After the "Happy path only" and "robust" vendor-neutral pseudo-code of the QIBA FDG-PET/CT profile
(https://qibawiki.rsna.org/index.php/Standardized_Uptake_Value_(SUV)): SUV = activity concentration (Bq/ml) × weight (g) ÷ dose
(Bq), the dose decayed to the time that the images' own decay correction refers to. Weight and dose stay in here.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import exp, log
from typing import Any

from medcore.reading.dicom_parsing import DicomFile, value_of
from medcore.reading.dicom_planes import Plane, items_of
from medcore.reading.dicom_private import NOT_UNDERSTOOD, number, private_number, private_value
from medcore.reading.dicom_times import moment, moment_in, moment_of

_PET_IMAGES = ("1.2.840.10008.5.1.4.1.1.128", "1.2.840.10008.5.1.4.1.1.130")
_PHILIPS = "Philips PET Private Group"
# A dose of less than 100 kBq is one that was written in MBq; an uptake of more than 12 hours is a clock that is wrong.
_LEAST_DOSE_BQ = 1e5
_LONGEST_UPTAKE = timedelta(hours=12)
# A factor beyond this, or below its inverse, makes values that 32-bit floating point can't hold.
_MOST_FACTOR = 1e30
_SENSELESS = "what the file says about the injection and its times makes no sense"


class _Unknown(Exception):
    """SUV can't be computed; the message says why."""


def with_suv(stacks: Sequence[list[Plane]]) -> tuple[list[list[Plane]], tuple[str, ...]]:
    """The stacks of one PET series with their planes' `suv_factor`, or as they are and a warning that says what is missing."""
    files = list({id(plane.file): plane.file for stack in stacks for plane in stack}.values())
    if not _is_pet(files[0]):
        return list(stacks), ()
    try:
        first = _first_acquired(files)
        factors = {id(file): _sensible(_factor(file, first)) for file in files}
    except _Unknown as reason:
        return list(stacks), (f"SUV can't be computed: {reason}.",)
    except (*NOT_UNDERSTOOD, ArithmeticError):
        return list(stacks), (f"SUV can't be computed: {_SENSELESS}.",)
    return [[replace(plane, suv_factor=factors[id(plane.file)]) for plane in stack] for stack in stacks], ()


def _sensible(factor: float) -> float:
    if not 1 / _MOST_FACTOR < factor < _MOST_FACTOR:
        raise _Unknown(_SENSELESS)
    return factor


def _is_pet(file: DicomFile) -> bool:
    described = file.get("Units") is not None or file.get("SOPClassUID") in _PET_IMAGES
    return file.get("Modality") == "PT" and described


def _first_acquired(files: Sequence[DicomFile]) -> DicomFile:
    """The file whose acquisition began first; any of them where none says when it did."""
    timed = [(when, file) for file in files if (when := moment(file.dataset, "Acquisition")) is not None]
    return min(timed, key=lambda pair: pair[0], default=(None, files[0]))[1]


def _factor(file: DicomFile, first: DicomFile) -> float:
    """What the file's rescaled values are multiplied by; `first` is the file of its series that was acquired first."""
    units = file.get("Units")
    if units == "GML":
        return _already_suv(file)
    if units == "BQML":
        return _per_becquerel(file, first)
    if units != "CNTS":
        raise _Unknown("the file doesn't give its values in Bq/ml")
    suv, concentration = (private_number(file.dataset, 0x7053, _PHILIPS, element) or 0.0 for element in (0x00, 0x09))
    if suv > 0:
        return suv
    if concentration > 0:
        return concentration * _per_becquerel(file, first)
    raise _Unknown("the values are counts, and the file doesn't give the scanner's factor for them")


def _already_suv(file: DicomFile) -> float:
    """1 for values that are SUV by body weight, which is meant where SUV Type is absent (PS3.3 C.8.9.1)."""
    if file.get("SUVType") not in (None, "BW"):
        raise _Unknown("the file's values are uptake by another measure than body weight")
    return 1.0


def _per_becquerel(file: DicomFile, first: DicomFile) -> float:
    """Weight in g ÷ dose in Bq, decayed to when the images' decay correction refers to."""
    corrected = [str(part) for part in _many(file.get("CorrectedImage"))]
    for name, words in (("ATTN", "attenuation"), ("DECY", "decay")):
        if name not in corrected:
            raise _Unknown(f"the file doesn't say that its values are corrected for {words}")
    weight = _positive(file.get("PatientWeight"), "the patient's weight")
    items = items_of(file.dataset, "RadiopharmaceuticalInformationSequence")
    if not items:
        raise _Unknown("the file doesn't describe the injection")
    dose = _positive(value_of(items[0], "RadionuclideTotalDose"), "the injected dose")
    if dose < _LEAST_DOSE_BQ:
        raise _Unknown("the injected dose is too small to be in becquerels")
    if file.get("DecayCorrection") == "ADMIN":
        return weight * 1000 / dose
    if file.get("DecayCorrection") != "START":
        raise _Unknown("the file doesn't say to what time its decay correction refers")
    half_life = _positive(value_of(items[0], "RadionuclideHalfLife"), "the radionuclide's half-life")
    uptake = _uptake(items[0], _scan_start(first, half_life))
    return float(weight * 1000 / (dose * 2 ** (-uptake.total_seconds() / half_life)))


def _many(value: Any) -> Sequence[Any]:
    return [value] if value is None or isinstance(value, str) else value


def _positive(value: Any, words: str) -> float:
    found = number(value)
    if found is None or found <= 0:
        raise _Unknown(f"the file doesn't give {words}")
    return found


def _uptake(injection: Any, scan: datetime) -> timedelta:
    """How long before the scan the injection was; a time without a date is of the scan's day, or of the day before."""
    start = moment_in(value_of(injection, "RadiopharmaceuticalStartDateTime"))
    if start is None:
        start = moment_of(f"{scan:%Y%m%d}", value_of(injection, "RadiopharmaceuticalStartTime"))
        if start is not None and start > scan:
            start -= timedelta(days=1)
    if start is None:
        raise _Unknown("the file doesn't give the time of the injection")
    if not timedelta(0) <= scan - start <= _LONGEST_UPTAKE:
        raise _Unknown("the time of the injection doesn't fit the time of the scan")
    return scan - start


def _scan_start(first: DicomFile, half_life: float) -> datetime:
    """What DecayCorrection START refers to.

    Series Date and Time, unless they are after the first acquisition, as in a series that was made later from another; then
    GE's own scan time, else counted back from the first image's Frame Reference Time, else the first acquisition.
    """
    series, acquired = moment(first.dataset, "Series"), moment(first.dataset, "Acquisition")
    if series is not None and (acquired is None or series <= acquired):
        return series
    scan = moment_in(private_value(first.dataset, 0x0009, "GEMS_PETD_01", 0x0D))
    if scan is not None:
        return scan
    if acquired is None:
        raise _Unknown("the file doesn't give the time of the scan")
    return acquired - _into_scan(first, half_life)


def _into_scan(file: DicomFile, half_life: float) -> timedelta:
    """How long after the scan's start an image's acquisition began; at its Frame Reference Time it had its mean count rate."""
    reference_ms, duration_ms = number(file.get("FrameReferenceTime")) or 0, number(file.get("ActualFrameDuration")) or 0
    if reference_ms <= 0 or duration_ms <= 0:
        return timedelta(0)
    constant = log(2) / half_life
    decay = constant * duration_ms / 1000
    return timedelta(seconds=reference_ms / 1000 - log(decay / (1 - exp(-decay))) / constant)
