"""DICOM's own words in the session's language: what a header's elements are called, and the parts of a body; never a value."""

from medcore.volume import Series
from ui.texts import say


def named(series: Series) -> str:
    """A series' name as the list shows it: "CR chest"; what isn't made of its own tags stays as it is."""
    part = (series.acquisition.body_part or "").lower()
    if not part or not series.description.endswith(f" {part}"):
        return series.description
    return say("{modality} {part}", modality=series.description.removesuffix(f" {part}"), part=body_part(part))


def body_part(word: str) -> str:
    """The part that a tag names, in small letters (PS3.16, annex L); a word that isn't known stays as it is."""
    return _parts().get(word, word)


def element(keyword: str) -> str:
    """What a header's element is called; a keyword that isn't known stays as it is."""
    return _elements().get(keyword, keyword)


def _parts() -> dict[str, str]:
    return {
        "abdomen": say("abdomen"),
        "ankle": say("ankle"),
        "arm": say("arm"),
        "brain": say("brain"),
        "breast": say("breast"),
        "chest": say("chest"),
        "cspine": say("cspine"),
        "elbow": say("elbow"),
        "extremity": say("extremity"),
        "femur": say("femur"),
        "foot": say("foot"),
        "hand": say("hand"),
        "head": say("head"),
        "heart": say("heart"),
        "hip": say("hip"),
        "knee": say("knee"),
        "leg": say("leg"),
        "lspine": say("lspine"),
        "lung": say("lung"),
        "neck": say("neck"),
        "pelvis": say("pelvis"),
        "shoulder": say("shoulder"),
        "skull": say("skull"),
        "spine": say("spine"),
        "thorax": say("thorax"),
        "tspine": say("tspine"),
        "wrist": say("wrist"),
        "wholebody": say("wholebody"),
    }


def _elements() -> dict[str, str]:
    return _about_the_patient() | _about_the_picture()


def _about_the_patient() -> dict[str, str]:
    return {
        "PatientName": say("PatientName"),
        "PatientID": say("PatientID"),
        "PatientBirthDate": say("PatientBirthDate"),
        "PatientSex": say("PatientSex"),
        "PatientAge": say("PatientAge"),
        "StudyDate": say("StudyDate"),
        "StudyTime": say("StudyTime"),
        "StudyDescription": say("StudyDescription"),
        "AccessionNumber": say("AccessionNumber"),
        "ReferringPhysicianName": say("ReferringPhysicianName"),
        "InstitutionName": say("InstitutionName"),
    }


def _about_the_picture() -> dict[str, str]:
    return {
        "SeriesDescription": say("SeriesDescription"),
        "SeriesNumber": say("SeriesNumber"),
        "ProtocolName": say("ProtocolName"),
        "Modality": say("Modality"),
        "BodyPartExamined": say("BodyPartExamined"),
        "ViewPosition": say("ViewPosition"),
        "ImageLaterality": say("ImageLaterality"),
        "Laterality": say("Laterality"),
        "PatientPosition": say("PatientPosition"),
        "Manufacturer": say("Manufacturer"),
        "ManufacturerModelName": say("ManufacturerModelName"),
        "StationName": say("StationName"),
        "KVP": say("KVP"),
        "Exposure": say("Exposure"),
        "SliceThickness": say("SliceThickness"),
        "ConvolutionKernel": say("ConvolutionKernel"),
        "ContrastBolusAgent": say("ContrastBolusAgent"),
        "MagneticFieldStrength": say("MagneticFieldStrength"),
        "RepetitionTime": say("RepetitionTime"),
        "EchoTime": say("EchoTime"),
        "FlipAngle": say("FlipAngle"),
        "ImageType": say("ImageType"),
    }
