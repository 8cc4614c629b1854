"""Holds an evaluation against what must never get worse: python3 tools/eval_gate.py GONGKAI FOLDER…

Real documents: every cell, identity and field of metadata is right, facts and statements nearly all. Rendered ones (texts
that a converter has mangled, so that not every cell can be known): nothing that is given as certain is wrong. Only
Python's own library is used.
"""

import json
import subprocess
import sys

# The least share of labelled quantities that are found, and of given ones that are labelled.
FACTS_MIN = 0.97
STATEMENTS_MIN = 0.9

# Of the cells that the identities of a table or a sentence leave one possibility, so many are recovered.
RECOVERED_MIN = 0.95


def shares(tally):
    """The counts of right among all, by what is counted; all of them are to be right."""
    yield "cells", tally["cells"]
    yield "cells of all years", tally["cumulative"]
    yield "undetermined cells left open", tally["left_open"]
    yield "identities", tally["identities"]
    yield from tally["metadata"].items()
    yield "values given", tally["certain"]


def ratios(tally):
    """Counts of which nearly all are to be right, with how many."""
    yield "recoverable cells", tally["recoverable"], RECOVERED_MIN
    for name, least in ("facts", FACTS_MIN), ("statements", STATEMENTS_MIN):
        if tally[name]:
            yield f"{name} found", tally[name]["found"], least
            yield f"{name} given that are labelled", tally[name]["given"], least


def complaints(evaluation):
    """What is worse than it may be."""
    real, rendered = evaluation["real"], evaluation["rendered"]
    for name, share in shares(real):
        if share["right"] != share["all"]:
            yield f"real documents: {name} {share['right']} of {share['all']}"
    for name, share, least in ratios(real):
        if share["right"] < least * share["all"]:
            yield f"real documents: {name} {share['right']} of {share['all']}, at least {least:.0%} are asked for"
    if not any(tally["cells"]["all"] for tally in (real, rendered)):
        yield "there are no labelled cells"
    for kind, tally in ("real", real), ("rendered", rendered):
        if tally["false_certain"]:
            yield f"{kind} documents: {tally['false_certain']} values are certain and wrong"
        if tally["unreadable"]:
            yield f"{kind} documents: {tally['unreadable']} cannot be read"


def hold(gongkai, folder):
    """Evaluates a folder, prints its counts, and tells whether all is as it must be."""
    # The exit code tells of any difference, expected ones included; the counts tell more.
    run = subprocess.run([gongkai, "eval", "--format", "json", folder], stdout=subprocess.PIPE, check=False)
    evaluation = json.loads(run.stdout)
    for kind in "real", "rendered":
        tally = evaluation[kind]
        if tally["documents"]:
            counted = [*shares(tally), *((name, share) for name, share, _ in ratios(tally))]
            counts = ", ".join(f"{name} {share['right']}/{share['all']}" for name, share in counted if share["all"])
            print(f"{folder}, {kind}: {counts}; false certain {tally['false_certain']}")
    found = list(complaints(evaluation))
    for complaint in found:
        print(f"error: {folder}: {complaint}", file=sys.stderr)
    if found:
        print(f"for each difference with its place: {gongkai} eval {folder}", file=sys.stderr)
    return not found


def main():
    gongkai, *folders = sys.argv[1:]
    return 0 if all([hold(gongkai, folder) for folder in folders]) else 1


if __name__ == "__main__":
    sys.exit(main())
