"""Step 1: a labelled folder is chosen and checked, and what is wrong with it is said before training learns it."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from medcore import charts, datasets
from medcore.datasets import LeftOut, Survey
from medcore.errors import LightboxError
from medcore.settings import settings
from ui.pace import Pace, in_words
from ui.plain import plain
from ui.training.folding import folding, go_on
from ui.training.practice import draw_practice_films
from ui.training.study import Study

_SHOWN_SIZES = 4
_A_CLASS = 12
_SHOWN_CLASSES = 20


def data_step(study: Study) -> Survey | None:
    """Draws the step; the checked set, or None where there is none or it can't be trained on."""
    survey = study.survey
    with folding(study, 1, "Data", _line(study)):
        _choose(study)
        if study.refusal:
            st.error(plain(study.refusal))
        if survey is None:
            return None
        _overview(survey)
        _problems(survey)
        _patients(study, survey)
        _shortcuts(survey)
        _pictures(study, survey)
        if survey.can_train:
            go_on(study, 1, "Next: the split")
        else:
            st.markdown("It can't be trained on as it is: mend what is in red above and check it again.")
    return survey if survey.can_train else None


def _line(study: Study) -> str:
    if study.survey is None:
        return ""
    return f"{study.survey.source.name}: {len(study.survey.films)} pictures, {', '.join(study.survey.labels)}"


def _choose(study: Study) -> None:
    folders = datasets.folders()
    names = [str(path) for path in folders]
    if study.folder is not None and str(study.folder) not in names:
        names.append(str(study.folder))
    left, middle, right = st.columns([3, 1, 1.4], vertical_alignment="bottom")
    chosen = left.selectbox(
        "Folder with labelled pictures",
        names,
        index=names.index(str(study.folder)) if study.folder else None,
        format_func=_below_roots,
        accept_new_options=True,
        placeholder="Choose or type a folder on the server",
        help=_HELP,
        key=f"data-folder-{study.folder}",
    )
    if middle.button("Check", key="check", type="primary", width="stretch", disabled=chosen is None) and chosen:
        _check(study, lambda: _in_roots(chosen), "")
    if right.button("Draw practice films", key="practice", icon=":material/draw:", width="stretch"):
        _check(study, draw_practice_films, "")
    if not folders and study.survey is None:
        st.info(
            f"There is no folder below {_roots()} yet. Put one there that holds a folder for each class, "
            "or draw practice films: a small set, made by Lightbox, on which a training takes a minute."
        )


_HELP = (
    "One folder for each class (or train, val and test folders that hold those), or a manifest.csv with the columns "
    "image_path, label and, if you have them, patient_id and split. DICOM, PNG, JPEG, TIFF or NIfTI."
)


def _roots() -> str:
    return " or ".join(plain(str(root)) for root in settings().data_roots)


def _below_roots(name: str) -> str:
    """A folder as it is called below its root."""
    for root in settings().data_roots:
        if Path(name).is_relative_to(root.resolve()):
            return str(Path(name).relative_to(root.resolve()))
    return name


def _in_roots(name: str) -> Path:
    """A typed folder as a path: what isn't absolute lies below a root, as the offered ones are called."""
    places = [root.resolve() / name.strip() for root in settings().data_roots]
    return next((place for place in places if place.exists()), Path(name))


def _check(study: Study, place: Callable[[], Path], pattern: str) -> None:
    """Reads the whole set that lies at the place, with progress; another click stops it."""
    line = st.progress(0.0, "Reading …")
    st.button("Stop", key="stop-check", icon=":material/stop_circle:")
    try:
        folder = datasets.allowed(place())
        survey = datasets.survey(folder, name_pattern=pattern or None, progress=_telling(line.progress))
    except LightboxError as error:
        study.refusal = str(error)
    else:
        study.checked(folder, survey)
    st.rerun()


def _telling(tell: Callable[[float, str], object]) -> Callable[[int, int], None]:
    pace = Pace(time.monotonic())

    def progress(done: int, total: int) -> None:
        share = done / max(total, 1)
        left = pace.seconds_left(share, time.monotonic())
        tell(share, f"Reading … {done} of {total} files" + ("" if left is None else f" · {in_words(left)}"))

    return progress


def _overview(survey: Survey) -> None:
    known = str(survey.patients.count) if survey.patients.source != "unknown" else "unknown"
    figures: dict[str, str | int] = {
        "Pictures": len(survey.films),
        "Classes": len(survey.labels),
        "Patients": known,
        "Unusable": len(survey.unreadable),
        "Left out": len(survey.left_out),
    }
    for column, (name, value) in zip(st.columns(len(figures)), figures.items(), strict=True):
        column.metric(name, value)
    counts = {label: {split or "pictures": count for split, count in survey.counts[label].items()} for label in survey.labels}
    st.dataframe(pd.DataFrame(counts).T)
    st.markdown(f":small[Sizes, columns × rows: {_sizes(survey)}.]")
    _listed("Can't be used", survey.unreadable)
    _listed("Left out", survey.left_out)


def _sizes(survey: Survey) -> str:
    usual = sorted(survey.sizes.items(), key=lambda item: -item[1])[:_SHOWN_SIZES]
    more = len(survey.sizes) - len(usual)
    return ", ".join(f"{columns} × {rows} ({count})" for (rows, columns), count in usual) + (
        f" and {more} more" if more else ""
    )


def _listed(words: str, files: Sequence[LeftOut]) -> None:
    if not files:
        return
    with st.expander(f"{words}: {len(files)}", icon=":material/list:"):
        st.dataframe(pd.DataFrame([(one.name, one.why) for one in files], columns=["file", "why"]), hide_index=True)


def _problems(survey: Survey) -> None:
    for problem in survey.problems:
        if problem.blocks:
            st.error(plain(problem.text), icon=":material/block:")
        else:
            st.warning(plain(problem.text), icon=":material/warning:")
        if any(name not in problem.text for name in problem.names):
            with st.expander(f"Which {len(problem.names)}", icon=":material/list:"):
                st.dataframe(pd.DataFrame({"name": problem.names}), hide_index=True)


def _patients(study: Study, survey: Survey) -> None:
    at_hand = survey.patients.source == "unknown" or bool(survey.patients.pattern or study.refusal)
    with st.expander("Patients", icon=":material/groups:", expanded=at_hand):
        said = {
            "manifest": "the manifest's patient_id column",
            "DICOM PatientID": "the files' PatientID, kept only as a salted hash",
            "file names": "the file names",
        }
        if survey.patients.source in said:
            st.markdown(f"{survey.patients.count} patients, from {said[survey.patients.source]}. {_sureness(survey)}")
        else:
            st.markdown(
                "**Unknown.** Nothing says which pictures are of the same patient, so pictures of one patient may be in "
                "training and test at once, and the test may look better than it is."
            )
        pattern = st.text_input(
            "Pattern of the patient in a file name (regular expression)",
            value=survey.patients.pattern or "",
            placeholder=r"(patient\d+)_",
            key=f"pattern-{survey.source}-{survey.patients.pattern}",
            help="The first group, or the whole match, is the patient.",
        )
        if survey.patients.examples and (survey.patients.pattern or survey.patients.source in ("file names", "unknown")):
            st.dataframe(pd.DataFrame(survey.patients.examples, columns=["file", "patient"]), hide_index=True, height=180)
        if st.button("Apply and check again", key="apply-pattern") and study.folder:
            _check(study, lambda: survey.source, pattern)


def _sureness(survey: Survey) -> str:
    """What is true of the split, however few pictures say whose they are."""
    if not survey.patients.unknown:
        return "No patient will be in two splits."
    return f"Nothing says whose {survey.patients.unknown} of these pictures are; each counts as a patient of its own."


def _shortcuts(survey: Survey) -> None:
    with st.expander("Shortcuts: what tells the classes apart without looking", icon=":material/fork_right:"):
        st.markdown(
            "ROC AUC of one number alone; 0.5 is chance. What is high here a net may learn instead of the finding, and it "
            "won't hold in another hospital."
        )
        rows = [{"what": one.name, "ROC AUC alone": f"{one.auc:.3f}", "tells": one.label} for one in survey.shortcuts]
        st.dataframe(pd.DataFrame(rows), hide_index=True)


def _pictures(study: Study, survey: Survey) -> None:
    if not survey.films:
        return
    study.sheet = study.sheet or _sheet(survey)
    with st.expander("Contact sheet", icon=":material/grid_view:", expanded=True):
        st.image(study.sheet, width="stretch", alt="Some pictures of each class")
        if len(survey.labels) > _SHOWN_CLASSES:
            st.markdown(f":small[The first {_SHOWN_CLASSES} of {len(survey.labels)} classes.]")


def _sheet(survey: Survey) -> bytes:
    shown = set(survey.labels[:_SHOWN_CLASSES])
    chosen = [index for index, film in enumerate(survey.films) if film.label in shown]
    return charts.contact_sheet(survey.thumbnails[chosen], [survey.films[index].label for index in chosen], _A_CLASS)
