"""The command line, `python -m medcore COMMAND`: JSON on standard output, words on standard error."""

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from medcore import command_words, commands, explaining, recipes, run_commands
from medcore.errors import InvalidValue, LightboxError, UnknownName


def main(arguments: list[str]) -> int:
    """Runs one command; 0 all handled, 1 some input refused or an image declined, 2 wrong usage."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parsed = _parser().parse_args(arguments)
    try:
        answer = parsed.command(parsed)
        if isinstance(answer, Iterator):
            return _stream(answer, parsed)
    except (UnknownName, InvalidValue) as error:
        commands.say(str(error))
        return 2
    except LightboxError as error:
        commands.say(str(error))
        return 1
    except OSError as error:
        commands.say(f"{error.filename or 'A file'} can't be opened or written: {error.strerror}.")
        return 1
    _print(answer[0], parsed)
    return int(answer[1])


def _stream(rows: Iterator[dict[str, Any]], parsed: argparse.Namespace) -> int:
    """Prints the rows as they come, with --json as one array; 1 where one is a refusal."""
    code, between = 0, "["
    for row in rows:
        _say_what_failed(row)
        code = max(code, int("error" in row))
        sys.stdout.write(f"{between}\n{_json(row)}" if parsed.json else f"{parsed.words(row)}\n\n")
        sys.stdout.flush()
        between = ","
    if parsed.json:
        print("\n]" if between == "," else "[]")
    return code


def _print(answer: Any, parsed: argparse.Namespace) -> None:
    for row in answer if isinstance(answer, list) else [answer]:
        _say_what_failed(row)
    print(_json(answer) if parsed.json else parsed.words(answer))


def _say_what_failed(row: dict[str, Any]) -> None:
    if "error" in row:
        commands.say(row["error"])
    elif row.get("gate", {}).get("accepted") is False:
        commands.say(row["gate"]["reason"])


def _json(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False, allow_nan=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m medcore", description="Research and education, not for diagnosis.")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    read = _command(subparsers, "read", commands.read, "what files, folders, zips hold, each PATH one upload")
    read.add_argument("paths", nargs="+", metavar="PATH")
    convert = _command(subparsers, "convert", commands.convert, "a series as NIfTI or NumPy's npz, for other tools")
    convert.add_argument("path", metavar="PATH")
    convert.add_argument("out", metavar="OUT", help="ends in .nii.gz, .nii or .npz")
    convert.add_argument("--series", metavar="UID", help="this series, or these volumes that belong together")
    convert.add_argument("--force", action="store_true", help="replaces OUT where it is there already")
    listing = _command(subparsers, "models", commands.list_models, "the models and their cards")
    listing.set_defaults(words=command_words.models_in_words)
    predict = _command(subparsers, "predict", commands.predict, "a model's scores, contract first")
    predict.add_argument("paths", nargs="+", metavar="PATH")
    _add_choice(predict)
    explain = _command(subparsers, "explain", commands.explain, "a picture of the score and where the model looked")
    explain.add_argument("path", metavar="PATH")
    explain.add_argument("out", metavar="OUT.png")
    explain.add_argument("--label", help="whose evidence is mapped")
    explain.add_argument("--method", choices=tuple(explaining.METHODS), default="gradcam")
    _add_choice(explain)
    evaluate = _command(subparsers, "evaluate", commands.evaluate, "metrics on a folder with one folder a class")
    evaluate.add_argument("model", metavar="MODEL_ID")
    evaluate.add_argument("folder", metavar="FOLDER")
    _add_training(subparsers)
    return parser


def _add_training(subparsers: Any) -> None:
    """The commands on labelled sets and runs."""
    dataset = _command(subparsers, "dataset", run_commands.dataset, "what is in a labelled folder, and what is wrong with it")
    dataset.add_argument("folder", metavar="FOLDER", help="one folder a class, train/val/test of such, or a manifest.csv")
    _add_patients(dataset)
    train = _command(subparsers, "train", run_commands.train, "trains on a labelled folder and measures its test part")
    train.set_defaults(words=run_commands.in_one_line)
    train.add_argument("folder", metavar="FOLDER")
    train.add_argument("--out", required=True, metavar="RUN", help="the run's folder, a new one")
    train.add_argument("--preset", choices=recipes.PRESETS, default=recipes.PRESETS[0])
    start = f"{recipes.LITE0}, {recipes.SCRATCH} or a model's id"
    train.add_argument("--start-from", default=recipes.LITE0, metavar="START", help=f"{start}; {recipes.LITE0} without")
    train.add_argument("--epochs", type=int, metavar="N")
    train.add_argument("--size", type=int, metavar="PX")
    train.add_argument("--seed", type=int, default=0, metavar="S")
    _add_patients(train)
    _command(subparsers, "runs", run_commands.list_runs, "every run and its state")
    cancel = _command(subparsers, "cancel", run_commands.cancel, "stops a run; it can go on later")
    resume = _command(subparsers, "resume", run_commands.resume, "goes on with a run from its last epoch")
    resume.set_defaults(words=run_commands.in_one_line)
    publish = _command(subparsers, "publish", run_commands.publish, "makes a finished run a model that can be asked")
    for command in (cancel, resume, publish):
        command.add_argument("run", metavar="RUN", help="the run's folder, or its name in the list")
    publish.add_argument("id", metavar="ID", help="small letters, digits and hyphens")
    publish.add_argument("--title", help="how the model is called; the folder's name without")
    unpublish = _command(subparsers, "unpublish", run_commands.unpublish, "takes a published model out of use")
    rollback = _command(subparsers, "rollback", run_commands.roll_back, "puts a published model's version before back in use")
    for command in (unpublish, rollback):
        command.add_argument("id", metavar="ID")


def _add_patients(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--patients", metavar="REGEX", help="the patient in a file's name: the first group, or the whole match")


def _command(subparsers: Any, name: str, function: Callable[[argparse.Namespace], Any], words: str) -> Any:
    parser = subparsers.add_parser(name, help=words, description=words)
    parser.add_argument("--json", action="store_true", help="JSON on standard output")
    parser.set_defaults(command=function, words=command_words.in_words)
    return parser


def _add_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", metavar="ID", help="the first one without")
    parser.add_argument("--series", metavar="UID", help="only this series")
    parser.add_argument("--slice", type=int, metavar="N", help="slice, counted from 0; the middle one without")
    parser.add_argument("--override", action="store_true", help="scores although the image is declined")


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A file's name needn't be text: what of it isn't is written as JSON writes it.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))
