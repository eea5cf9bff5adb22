"""The built-in samples: real images out of the packages `pydicom` and `pydicom-data`, found without the network."""

from dataclasses import dataclass
from pathlib import Path

from medcore.errors import UnknownName


@dataclass(frozen=True)
class Sample:
    """One sample: its file name in the packages, and what a reader is told of it."""

    file_name: str
    title: str


SAMPLES: dict[str, Sample] = {
    "chest-cr": Sample("RG1_J2KR.dcm", "Chest film, an adult (CR)"),
    "tibia-cr": Sample("RG3_J2KR.dcm", "Lower leg film (CR)"),
    "head-ct": Sample("J2K_pixelrep_mismatch.dcm", "Head, one slice (CT)"),
    "abdomen-mr": Sample("MR-SIEMENS-DICOM-WithOverlays.dcm", "Abdomen, one slice (MR)"),
    "heart-us": Sample("examples_ybr_color.dcm", "Heart, a moving picture (ultrasound)"),
}


def sample_path(sample_id: str) -> Path:
    """Where the sample's file lies; raises UnknownName where it isn't installed."""
    from pydicom.data import get_testdata_file

    if sample_id not in SAMPLES:
        raise UnknownName(f"There is no sample {sample_id!r}; choose {', '.join(SAMPLES)}.")
    found = get_testdata_file(SAMPLES[sample_id].file_name, download=False)
    if not found:
        raise UnknownName(f"The sample {SAMPLES[sample_id].file_name} isn't installed; install requirements.lock again.")
    return Path(str(found))
