"""Holds an evaluation against what must never get worse: python3 tools/eval_gate.py GONGKAI FOLDER…

Real documents: every label is right. Rendered ones (texts that a converter has mangled, so that not every cell can be
known): nothing that is given as certain is wrong. Only Python's own library is used.
"""

import json
import subprocess
import sys


def shares(tally):
    """The counts of right among all, by what is counted."""
    yield "cells", tally["cells"]
    yield "identities", tally["identities"]
    yield from tally["metadata"].items()
    yield "values given", tally["certain"]


def complaints(evaluation):
    """What is worse than it may be."""
    real, rendered = evaluation["real"], evaluation["rendered"]
    for name, share in shares(real):
        if share["right"] != share["all"]:
            yield f"real documents: {name} {share['right']} of {share['all']}"
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
            counts = ", ".join(f"{name} {share['right']}/{share['all']}" for name, share in shares(tally))
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
