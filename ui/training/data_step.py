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
from ui.help.terms import explained
from ui.pace import Pace, in_words
from ui.plain import plain
from ui.texts import language, number, say, translated
from ui.training.folding import folding, go_on
from ui.training.practice import draw_practice_films
from ui.training.study import Study
from ui.training.words import both, split_words

_SHOWN_SIZES = 4
_A_CLASS = 12
_SHOWN_CLASSES = 20


def data_step(study: Study) -> Survey | None:
    """Draws the step; the checked set, or None where there is none or it can't be trained on."""
    survey = study.survey
    with folding(study, 1, say("Data"), _line(study)):
        _choose(study)
        if study.refusal:
            st.error(plain(translated(study.refusal)))
        if survey is None:
            return None
        _overview(survey)
        _problems(survey)
        _patients(study, survey)
        _shortcuts(survey)
        _pictures(study, survey)
        if survey.can_train:
            go_on(study, 1, say("Next: the split"))
        else:
            st.markdown(say("It can't be trained on as it is: mend what is in red above and check it again."))
    return survey if survey.can_train else None


def _line(study: Study) -> str:
    if study.survey is None:
        return ""
    return say(
        "{name}: {count} pictures, {labels}",
        name=study.survey.source.name,
        count=number(len(study.survey.films)),
        labels=say(", ").join(map(translated, study.survey.labels)),
    )


def _choose(study: Study) -> None:
    folders = datasets.folders()
    names = [str(path) for path in folders]
    if study.folder is not None and str(study.folder) not in names:
        names.append(str(study.folder))
    left, middle, right = st.columns([3, 1, 1.4], vertical_alignment="bottom")
    chosen = left.selectbox(
        say("Folder with labelled pictures"),
        names,
        index=names.index(str(study.folder)) if study.folder else None,
        format_func=_below_roots,
        accept_new_options=True,
        placeholder=say("Choose or type a folder on the server"),
        help=_help(),
        key=f"data-folder-{study.folder}",
    )
    if middle.button(say("Check"), key="check", type="primary", width="stretch", disabled=chosen is None) and chosen:
        _check(study, lambda: _in_roots(chosen), "")
    if right.button(say("Draw practice films"), key="practice", icon=":material/draw:", width="stretch"):
        _check(study, draw_practice_films, "")
    if not folders and study.survey is None:
        st.info(
            say(
                "There is no folder below {roots} yet. Put one there that holds a folder for each class, "
                "or draw practice films: a small set, made by Lightbox, on which a training takes a minute.",
                roots=_roots(),
            )
        )


def _help() -> str:
    return say(
        "One folder for each class (or train, val and test folders that hold those), or a manifest.csv with the columns "
        "image_path, label and, if you have them, patient_id and split. DICOM, PNG, JPEG, TIFF or NIfTI."
    )


def _roots() -> str:
    return say(" or ").join(plain(str(root)) for root in settings().data_roots)


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
    line = st.progress(0.0, say("Reading …"))
    st.button(say("Stop"), key="stop-check", icon=":material/stop_circle:")
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
        so_far = say("Reading … {done} of {total} files", done=number(done), total=number(total))
        tell(share, so_far if left is None else f"{so_far} · {in_words(left)}")

    return progress


def _overview(survey: Survey) -> None:
    figures = {
        say("Pictures"): number(len(survey.films)),
        say("Classes"): number(len(survey.labels)),
        say("Patients"): number(survey.patients.count) if survey.patients.source != "unknown" else say("unknown"),
        say("Unusable"): number(len(survey.unreadable)),
        say("Left out"): number(len(survey.left_out)),
    }
    for column, (name, value) in zip(st.columns(len(figures)), figures.items(), strict=True):
        column.metric(name, value)
    counts = [{split_words(split): count for split, count in survey.counts[label].items()} for label in survey.labels]
    st.dataframe(pd.DataFrame(counts, [*map(translated, survey.labels)]))
    st.markdown(f":small[{_sizes(survey)}]")
    _listed(say("Can't be used: {count}", count=number(len(survey.unreadable))), survey.unreadable)
    _listed(say("Left out: {count}", count=number(len(survey.left_out))), survey.left_out)


def _sizes(survey: Survey) -> str:
    usual = sorted(survey.sizes.items(), key=lambda item: -item[1])[:_SHOWN_SIZES]
    more = len(survey.sizes) - len(usual)
    sizes = say(", ").join(f"{columns} × {rows} ({number(count)})" for (rows, columns), count in usual)
    if more:
        return say("Sizes, columns × rows: {sizes} and {more} more.", sizes=sizes, more=number(more))
    return say("Sizes, columns × rows: {sizes}.", sizes=sizes)


def _listed(title: str, files: Sequence[LeftOut]) -> None:
    if not files:
        return
    with st.expander(title, icon=":material/list:"):
        rows = [(one.name, translated(one.why)) for one in files]
        st.dataframe(pd.DataFrame(rows, columns=[say("file"), say("why")]), hide_index=True)


def _problems(survey: Survey) -> None:
    for problem in survey.problems:
        if problem.blocks:
            st.error(plain(translated(problem.text)), icon=":material/block:")
        else:
            st.warning(plain(translated(problem.text)), icon=":material/warning:")
        if any(name not in problem.text for name in problem.names):
            with st.expander(say("Which {count}", count=number(len(problem.names))), icon=":material/list:"):
                st.dataframe(pd.DataFrame({say("name"): [*map(translated, problem.names)]}), hide_index=True)


def _patients(study: Study, survey: Survey) -> None:
    at_hand = survey.patients.source == "unknown" or bool(survey.patients.pattern or study.refusal)
    with st.expander(say("Patients"), icon=":material/groups:", expanded=at_hand):
        st.markdown(_patients_known(survey))
        pattern = st.text_input(
            say("Pattern of the patient in a file name (regular expression)"),
            value=survey.patients.pattern or "",
            placeholder=r"(patient\d+)_",
            key=f"pattern-{survey.source}-{survey.patients.pattern}",
            help=say("The first group, or the whole match, is the patient."),
        )
        if survey.patients.examples and (survey.patients.pattern or survey.patients.source in ("file names", "unknown")):
            columns = [say("file"), say("patient")]
            st.dataframe(pd.DataFrame(survey.patients.examples, columns=columns), hide_index=True, height=180)
        if st.button(say("Apply and check again"), key="apply-pattern") and study.folder:
            _check(study, lambda: survey.source, pattern)


def _patients_known(survey: Survey) -> str:
    """How many patients there are and how that is known, and what is true of the split."""
    count = number(survey.patients.count)
    if survey.patients.source == "unknown":
        return say(
            "**Unknown.** Nothing says which pictures are of the same patient, so pictures of one patient may be in "
            "training and test at once, and the test may look better than it is."
        )
    from_where = {
        "manifest": say("{count} patients, from the manifest's patient_id column.", count=count),
        "DICOM PatientID": say("{count} patients, from the files' PatientID, kept only as a salted hash.", count=count),
        "file names": say("{count} patients, from the file names.", count=count),
    }[survey.patients.source]
    return both(from_where, _sureness(survey))


def _sureness(survey: Survey) -> str:
    """What is true of the split, however few pictures say whose they are."""
    if not survey.patients.unknown:
        return say("No patient will be in two splits.")
    return say(
        "Nothing says whose {count} of these pictures are; each counts as a patient of its own.",
        count=number(survey.patients.unknown),
    )


def _shortcuts(survey: Survey) -> None:
    with st.expander(say("Shortcuts: what tells the classes apart without looking"), icon=":material/fork_right:"):
        st.markdown(
            say(
                "ROC AUC of one number alone; 0.5 is chance. What is high here a net may learn instead of the finding, and it "
                "won't hold in another hospital."
            )
        )
        rows = [(translated(one.name), number(one.auc, 3), translated(one.label)) for one in survey.shortcuts]
        columns = [say("what"), say("ROC AUC alone"), say("tells")]
        st.dataframe(pd.DataFrame(rows, columns=columns), hide_index=True)
        explained("shortcut", "auc")


def _pictures(study: Study, survey: Survey) -> None:
    if not survey.films:
        return
    sheet = study.sheets.get(language()) or _sheet(survey)
    study.sheets[language()] = sheet
    with st.expander(say("Contact sheet"), icon=":material/grid_view:", expanded=True):
        st.image(sheet, width="stretch", alt=say("Some pictures of each class"))
        if len(survey.labels) > _SHOWN_CLASSES:
            first = say("The first {shown} of {count} classes.", shown=_SHOWN_CLASSES, count=number(len(survey.labels)))
            st.markdown(f":small[{first}]")


def _sheet(survey: Survey) -> bytes:
    shown = set(survey.labels[:_SHOWN_CLASSES])
    chosen = [index for index, film in enumerate(survey.films) if film.label in shown]
    labels = [survey.films[index].label for index in chosen]
    return charts.contact_sheet(survey.thumbnails[chosen], labels, _A_CLASS, translate=translated)
