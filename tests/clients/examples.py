"""Runs the examples of a language against a server of its own, and compares what they print with what its reports say.

    python3 examples.py --binary PATH python [FOLDER]
    python3 examples.py --binary PATH typescript FOLDER      of the built examples
    python3 examples.py --binary PATH java FOLDER

What must come out is told by the labels of the sample reports and by what is changed in them here: nothing is taken from
an answer of the server. Needs only Python itself.
"""

import argparse
import decimal
import json
import os
import pathlib
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "python"))
from server import Server  # noqa: E402  (beside the examples in Python)

CORPUS = HERE.parent / "corpus"
TIME_LIMIT_S = 120
LINES_MAX = 19
STATES = {"NUMBER", "BLANK", "NOT_APPLICABLE", "TEXT", "UNDETERMINED", "MISSING"}
MARKS = {"/", "-", "—", "无"}
PROVINCE, INDICATOR, COUNTY, OTHER = "530000", "requests.received", "安宁市人民政府", "勐海县人民政府"
RECEIVED, GRANTED = "一、本年新收政府信息公开申请数量 |", "(一)予以公开 |"


class Language:
    """How the examples of a language are started, and where they stand."""

    def __init__(self, name, folder):
        self.name = name
        self.suffix = {"python": "py", "typescript": "ts", "java": "java"}[name]
        self.sources = {"java": HERE / "java/src/main/java"}.get(name, HERE / name)
        self.jobs = {"python": {"fetch": "fetch_report", "frame": "indicator"}}.get(name, {})
        self.folder = folder

    def job(self, job):
        name = self.jobs.get(job, job)
        return name.capitalize() if self.name == "java" else name

    def command(self, job, server, *arguments):
        if self.name == "python":
            return [sys.executable, str(self.sources / f"{self.job(job)}.py"), server, *arguments]
        if self.name == "typescript":
            return ["node", str(self.folder / "dist" / f"{job}.js"), f"http://{server}", *arguments]
        path = os.pathsep.join([str(self.folder / "target/classes"), str(self.folder / "target/lib/*")])
        return ["java", "--add-opens=java.base/java.nio=ALL-UNNAMED", "-cp", path, self.job(job), server, *arguments]

    def code_lines(self, job):
        """How many lines a reader has to read: all but imports, comments, and lines without a word."""
        text = (self.sources / f"{self.job(job)}.{self.suffix}").read_text(encoding="utf-8")
        beside = re.compile(r"\s*(import |from |stubs\.make\(\)$|//|/\*\*|#|\"\"\"|$)")
        return sum(1 for line in text.splitlines() if not beside.match(line) and re.search(r"\w", line))


def environment():
    return {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8"}


def run(command):
    done = subprocess.run(command, capture_output=True, env=environment(), timeout=TIME_LIMIT_S)
    if done.returncode != 0:
        raise SystemExit(f"{command} ended with {done.returncode}:\n{done.stderr.decode(errors='replace')}")
    return done.stdout.decode()


class Running:
    """A program that goes on, and the lines that it prints."""

    def __init__(self, command):
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment())
        self._lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(line.decode().rstrip("\n"))

    def lines(self, count):
        """The next ones. One that does not come ends everything."""
        try:
            return [self._lines.get(timeout=TIME_LIMIT_S).split("\t") for _ in range(count)]
        except queue.Empty:
            raise SystemExit(f"{self._process.args} printed less than was asked for") from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


def sample(name):
    return (CORPUS / f"{name}.txt").read_text(encoding="utf-8")


def in_row(text, label, was, becomes):
    """Changes cells of one row, which has to be there once."""
    old, new = f"{label} {was}", f"{label} {becomes}"
    if text.count(old) != 1:
        raise SystemExit(f"{old!r} is not there once")
    return text.replace(old, new)


def year_after(text):
    """A report of the next year, in which two cells of one row are blank."""
    text = text.replace("2021", "2022").replace("2020", "2021")
    return in_row(text, RECEIVED, "2 | 0 | 0 | 0 | 0 | 0 | 2 |", "| 0 | 0 | 0 | 0 | 0 | |")


def draft(text):
    """A draft with a wrong total and a blank cell."""
    text = in_row(text, RECEIVED, "2 | 0 | 0 | 0 | 0 | 0 | 2 |", "2 | 0 | 0 | 0 | 0 | 0 | 3 |")
    return in_row(text, GRANTED, "2 |", "|")


def cell(text):
    """A printed cell: a number, or what else it says."""
    try:
        return decimal.Decimal(text)
    except decimal.InvalidOperation:
        return text


def cell_of_label(label):
    if not isinstance(label, str):
        return decimal.Decimal(label)
    return "BLANK" if label == "" else "NOT_APPLICABLE" if label in MARKS else "TEXT"


class Check:
    def __init__(self, language, server):
        self.language = language
        self.server = server
        self.differences = 0

    def same(self, job, got, expected):
        if got != expected:
            self.differences += 1
            print(f"{job} in {self.language.name}:\n  printed  {got}\n  expected {expected}")

    def call(self, job, *arguments):
        return run(self.language.command(job, self.server, *arguments))

    def fetch(self):
        labels = json.loads((CORPUS / "anning-2020.json").read_text(encoding="utf-8"), parse_float=decimal.Decimal)
        expected = {key: cell_of_label(label) for key, label in labels["cells"].items()}
        expected["requests.received.natural_person"] = expected["requests.received.total"] = "BLANK"
        lines = [line.split("\t") for line in self.call("fetch", COUNTY, "2021").splitlines() if "\t" in line]
        printed = {key: cell(text) for key, text in lines}
        for key, content in expected.items():
            self.same(f"fetch, {key}", printed.get(key), content)
        numbers = {key for key in printed.keys() - expected.keys() if isinstance(printed[key], decimal.Decimal)}
        self.same("fetch", numbers, set())

    def counties(self):
        printed = self.call("counties", PROVINCE, INDICATOR)
        if self.language.name == "java":
            expected = [["532822", OTHER, "{2020=0}"], ["530181", COUNTY, "{2020=2,", "2021=BLANK}"]]
        else:
            heads = {"typescript": [["(index)", "2020", "2021"]], "python": [["year", "2020", "2021"], ["region", "subject"]]}
            expected = [*heads[self.language.name], ["532822", OTHER, "0"], ["530181", COUNTY, "2", "BLANK"]]
        lines = [re.sub(r"[│┌┬┐├┼┤└┴┘─']", " ", line).split() for line in printed.splitlines()]
        self.same("counties", sorted(line for line in lines if line), sorted(expected))

    def watch(self, known, submit):
        with Running(self.language.command("watch", self.server, "0")) as running:
            first = running.lines(len(known))
            submit()
            first += running.lines(1)
        said = [tuple(line[1:]) for line in first]
        self.same("watch", sorted(said[:-1]), sorted(("NEW", subject, str(year), "1") for subject, year in known))
        self.same("watch", said[-1], ("NEW", "普洱市思茅区人民政府", "2018", "1"))
        positions = [int(line[0]) for line in first]
        self.same("watch", positions, sorted(set(positions)))
        with Running(self.language.command("watch", self.server, str(positions[2]))) as running:
            self.same("watch from a position", running.lines(len(first) - 3), first[3:])

    def evaluate(self, file):
        lines = [line.split("\t") for line in self.call("evaluate", str(file)).splitlines()]
        rules = ("requests.balance", "requests.outcomes", "requests.applicants")
        self.same(
            "evaluate",
            sorted(tuple(line[:3]) for line in lines if line[1] in rules),
            [
                ("FAILS", "requests.applicants", "received"),
                ("FAILS", "requests.balance", "total"),
                ("NOT_ASSESSABLE", "requests.applicants", "granted"),
                ("NOT_ASSESSABLE", "requests.outcomes", "natural_person"),
            ],
        )

    def frame(self):
        rows = []
        for line in self.call("frame", INDICATOR).splitlines():
            words = line.split()
            if not STATES & set(words):
                continue  # the head of a table
            state = next(index for index, word in enumerate(words) if word in STATES)
            value = cell(words[state + 1]) if len(words) > state + 1 else None
            if not isinstance(value, decimal.Decimal) or not value.is_finite():
                value = None  # however the language writes that there is none
            rows.append((*words[state - 2 : state + 1], value))
        expected = [
            ("临沧市人民政府", "2019", "NUMBER", 44),
            ("临泽县人民政府", "2019", "NUMBER", 1),
            (OTHER, "2020", "NUMBER", 0),
            (COUNTY, "2020", "NUMBER", 2),
            (COUNTY, "2021", "BLANK", None),
        ]
        self.same("frame", sorted(rows, key=str), sorted(expected, key=str))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the program to start")
    parser.add_argument("language", choices=["python", "typescript", "java"])
    parser.add_argument("folder", nargs="?", type=pathlib.Path, help="where its examples were built")
    arguments = parser.parse_args()
    language = Language(arguments.language, arguments.folder)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        later, drafted = scratch / "later.txt", scratch / "draft.txt"
        later.write_text(year_after(sample("anning-2020")), encoding="utf-8")
        drafted.write_text(draft(sample("anning-2020")), encoding="utf-8")
        with Server(arguments.binary, scratch / "data") as server:
            check = Check(language, server.address)

            def submit(*files):
                run([arguments.binary, "submit", "--server", f"http://{server.address}", *map(str, files)])

            names = ("anning-2020", "lincang-2019", "linze-2019", "menghai-2020")
            submit(later, *(CORPUS / f"{name}.txt" for name in names))
            known = [(COUNTY, 2021), (COUNTY, 2020), ("临沧市人民政府", 2019), ("临泽县人民政府", 2019), (OTHER, 2020)]
            check.evaluate(drafted)
            check.watch(known, lambda: submit(CORPUS / "simao-2018.txt"))
            check.fetch()
            check.counties()
            check.frame()
            if server.stop() != 0:
                raise SystemExit("the server did not end well")
    for job in ("fetch", "counties", "watch", "evaluate", "frame"):
        lines = language.code_lines(job)
        check.same(f"lines of {job}", min(lines, LINES_MAX), lines)
    outcome = f"{check.differences} differences" if check.differences else "as they should be"
    print(f"five jobs in {language.name}: {outcome}")
    return 1 if check.differences else 0


if __name__ == "__main__":
    sys.exit(main())
