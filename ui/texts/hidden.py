"""Strings of medcore that look like a sentence and that no page, chart or saved picture shows."""

NOT_SHOWN = frozenset(
    (
        # A decoder's own errors: the sentence is that the file is damaged.
        "a field of no or too many values",
        "more fields than a page can have",
        "an overlay with fewer bits than pixels",
        "{0}.{1} may not be unpickled",
        # Threads' names, a plot's and a shell's own words, a table's heads.
        "the end of a reading child",
        "the end of {0}",
        "telling of {0}",
        "offset points",
        'ulimit -c 0; ulimit -d "$0" 2>/dev/null; exec nice -n 10 "$@"',
        "score {0}",
        # Mistakes of who calls `medcore.evaluation` and reads films, which no page makes.
        "{0} films of this input spec don't fit into an array of {1}; give {2}.",
        "Train tensors {0}, truth {1} and test tensors {2}",
        "{0} don't match; give films of one shape and a truth for each train film.",
        "Scores {0} and truth {1} don't match; give a row and a label for every film.",
        "Scores {0} don't match the labels {1}; give a column for each of two or more labels.",
        "The truth names labels that aren't there; give indices from 0 to {0}.",
        "{0} successes out of {1} can't be; give from 0 to {2}.",
        "Some scores are below 0 or above 1, so they are no shares.",
        "A sensitivity of {0} can't be aimed at; give one above 0 and up to 1.",
        "{0} has operating points {1}; give each name one.",
        "Scores {0} and truth {1} don't match; give one of each for every film.",
        "The truth holds other values than 0 and 1; mark each film as 1 (finding) or 0 (no finding).",
        "Operating points {0} don't match {1} films; give one, or one for every film.",
        "An operating point of {0} can't be applied; give a number.",
        "Films have different operating points; say in point_names what each film's is called.",
        "Groups {0} don't match {1} films; name the patient of every film.",
        "A temperature of {0} can't divide logits; give one above 0.",
        "Logits {0} and truth {1} don't match; give a row and a label for every film.",
    )
)
