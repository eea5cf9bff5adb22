"""What a DICOM header says about a series in words: the acquisition, which identifies nobody, and the header, which does."""

import unicodedata
from datetime import datetime
from typing import Any

from medcore.reading.dicom_parsing import DicomFile, code_of, value_of
from medcore.reading.dicom_planes import items_of
from medcore.volume import Acquisition

_SHOWN = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "PatientAge",
    "StudyDate",
    "StudyTime",
    "StudyDescription",
    "AccessionNumber",
    "ReferringPhysicianName",
    "InstitutionName",
    "SeriesDescription",
    "SeriesNumber",
    "ProtocolName",
    "Modality",
    "BodyPartExamined",
    "ViewPosition",
    "ImageLaterality",
    "Laterality",
    "PatientPosition",
    "Manufacturer",
    "ManufacturerModelName",
    "StationName",
    "KVP",
    "Exposure",
    "SliceThickness",
    "ConvolutionKernel",
    "ContrastBolusAgent",
    "MagneticFieldStrength",
    "RepetitionTime",
    "EchoTime",
    "FlipAngle",
    "ImageType",
)
# Views with a code (PS3.16 CID 4010), in SNOMED CT and the SNOMED RT that it replaced, as ViewPosition's words for them.
_VIEWS = {
    "399348003": "AP",
    "R-10206": "AP",
    "272479007": "PA",
    "R-10214": "PA",
    "R-40888": "PA",
    "399173006": "LL",
    "R-10236": "LL",
    "399198007": "RL",
    "R-10232": "RL",
}
_SNOMED = ("SCT", "SRT", "SNM3", "99SDM")
# What a page or a terminal would obey or can't show (Unicode categories), and how long a text may be.
_UNSHOWN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_LONGEST = 200
_YEARS = {"D": 1 / 365.25, "W": 7 / 365.25, "M": 1 / 12, "Y": 1.0}
_OLDEST_YEARS = 130


def acquisition_of(file: DicomFile) -> Acquisition:
    """How the series was made."""
    return Acquisition(
        modality=_code(file, "Modality"),
        body_part=_code(file, "BodyPartExamined"),
        view=_code(file, "ViewPosition") or _coded_view(file),
        laterality=_code(file, "ImageLaterality") or _code(file, "Laterality") or _code(file, "FrameLaterality"),
        age_years=age_years(file),
    )


def header_of(file: DicomFile) -> dict[str, str]:
    """The tags that a reader wants to see, keyword to text; this identifies the patient."""
    texts = {keyword: _text(file, keyword) for keyword in _SHOWN}
    return {keyword: text for keyword, text in texts.items() if text}


def description_of(acquisition: Acquisition) -> str:
    """A name for the series from coded tags alone ("CT head"): typed descriptions may hold names."""
    return " ".join(part for part in (acquisition.modality or "DICOM", (acquisition.body_part or "").lower()) if part)


def age_years(file: DicomFile) -> float | None:
    """The patient's age at the study, from the dates, else from PatientAge ("018M"); None where neither is sensible."""
    born, seen = _date(file, "PatientBirthDate"), _date(file, "StudyDate")
    if born is not None and seen is not None:
        years = (seen - born).days / 365.25
        if 0 <= years <= _OLDEST_YEARS:
            return round(years, 2)
    return _stated_age(str(file.get("PatientAge") or ""))


def _stated_age(text: str) -> float | None:
    number, unit = text[:-1].strip(), text[-1:].upper()
    if not number.isdigit() or unit not in _YEARS:
        return None
    years = int(number) * _YEARS[unit]
    return round(years, 2) if years <= _OLDEST_YEARS else None


def _date(file: DicomFile, keyword: str) -> datetime | None:
    try:
        return datetime.strptime(str(file.get(keyword) or "").strip().replace(".", ""), "%Y%m%d")
    except ValueError:
        return None


def _text(file: DicomFile, keyword: str) -> str:
    value = file.get(keyword)
    if value is None:
        return ""
    return clean(" \\ ".join(map(str, value)) if keyword == "ImageType" and not isinstance(value, str) else str(value))


def clean(text: str) -> str:
    """A file's text in one line without control and format characters, and a long one's rest left out."""
    looked_at = text[: 10 * _LONGEST]
    marked = "".join(" " if one in "\t\r\n" else "" if unicodedata.category(one) in _UNSHOWN else one for one in looked_at)
    short = " ".join(marked.split())
    return short if len(short) <= _LONGEST else f"{short[: _LONGEST - 1]}…"


def shown(value: Any) -> str:
    """A value that makes no sense, as a sentence may show it."""
    text = clean(str(value))
    return text if len(text) <= 40 else f"{text[:39]}…"


def _code(file: DicomFile, keyword: str) -> str | None:
    return code_of(file.dataset, keyword)


def _coded_view(file: DicomFile) -> str | None:
    """ViewPosition's word for the view's code; None for a code that has none, whatever its meaning says."""
    codes = items_of(file.dataset, "ViewCodeSequence")
    if not codes:
        return None
    scheme, value = (str(value_of(codes[0], keyword)).strip() for keyword in ("CodingSchemeDesignator", "CodeValue"))
    return _VIEWS.get(value) if scheme in _SNOMED else None
