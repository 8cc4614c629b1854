"""Kills, freezes and restarts everything at random, and proves that nothing that clients were told was untrue.

Starts a PostgreSQL, a RabbitMQ and several processes of each service, sends made-up reports, and lets faults befall
ingest (with its relay), parsers, query, the broker and the database: each is killed, frozen for a while, or asked to end,
and started again. What clients are told is written down here, in a file of our own. In the end every submission that
was acknowledged must be done, with its one report and the figures that its labels say, none of them twice, and nothing
that was told may have been untrue or have gone backwards.

    python chaos.py --binary target/debug/gongkai --reports 5000 --faults 60 --seed 1

The same seed gives the same faults in the same order; when they hit is up to the machine. The last line is
`lost 0, duplicated 0, untruthful 0` when all is well, and the exit code is 0 then.
"""

import argparse
import concurrent.futures
import decimal
import fcntl
import itertools
import json
import os
import pathlib
import random
import signal
import sys
import tempfile
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "clients" / "python"), str(ROOT / "tests" / "crash")]
# Processes are started while calls are under way; they share nothing with those.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")

import compare  # noqa: E402  (it makes the stubs that the others import)
import samples  # noqa: E402
from clients import PAGE, Askers, Links, Senders  # noqa: E402
from gongkai.v1 import ingest_pb2, query_pb2  # noqa: E402
from house import STOP_S, House, wait_for  # noqa: E402
from ledger import Ledger, verdict  # noqa: E402

FINAL_S = 900
# Reports that are read in one call of the audit, and calls at a time.
AUDITED_AT_ONCE = 200
AUDITORS = 4
# What befalls whom, and how often beside the others.
FAULTS = {
    ("kill", "ingest"): 6,
    ("kill", "parser"): 6,
    ("kill", "query"): 2,
    ("freeze", "ingest"): 3,
    ("freeze", "parser"): 5,
    ("freeze", "query"): 1,
    ("term", "ingest"): 3,
    ("term", "parser"): 3,
    ("term", "query"): 2,
    ("kill", "broker"): 2,
    ("freeze", "broker"): 2,
    ("kill", "database"): 2,
    ("freeze", "database"): 2,
}
# A parser that sleeps longer than its lease finds its work with another one.
FROZEN_S = {"parser": (0.5, 16.0), "ingest": (0.2, 6.0), "query": (0.2, 3.0), "broker": (0.2, 8.0), "database": (0.2, 6.0)}
DOWN_S = {"parser": (0.0, 3.0), "ingest": (0.0, 2.0), "query": (0.0, 2.0), "broker": (0.0, 6.0), "database": (0.0, 4.0)}


class Faults:
    """Faults in an order that a seed decides."""

    def __init__(self, house, seed, kinds, victims):
        self._house = house
        self._random = random.Random(seed)
        self._menu = {
            fault: weight for fault, weight in FAULTS.items() if fault[0] in kinds and fault[1] in victims
        }
        if not self._menu:
            raise ValueError("these kinds never befall these victims")
        self.complaints = []
        self.count = {}

    def next(self):
        """Lets one fault happen, and waits until its victim is back."""
        kind, whom = self._random.choices(list(self._menu), list(self._menu.values()))[0]
        place, span = self._random.random(), self._random.random()
        victims = {"broker": [self._house.broker], "database": [self._house.database]}
        among = victims.get(whom) or self._house.of(whom)
        victim = among[int(place * len(among))]
        low, high = (FROZEN_S if kind == "freeze" else DOWN_S)[whom]
        # Mostly short, sometimes long.
        pause = low + (high - low) * span * span
        self.count[kind, whom] = self.count.get((kind, whom), 0) + 1
        if kind == "freeze":
            victim.freeze()
            try:
                time.sleep(pause)
            finally:
                victim.thaw()
        elif kind == "kill":
            victim.kill()
            time.sleep(pause)
            victim.start()
        else:
            code, took = victim.stop()
            if code != 0 or STOP_S < took:
                self.complaints.append(f"{victim.name} ended with {code} after {took:.1f} s when asked to end")
            time.sleep(pause)
            victim.start()
        if whom in ("ingest", "parser", "query"):
            wait_for(victim.is_up, f"{victim.name}; its log is {victim.log}")
        return f"{kind} {victim.name} {pause:.1f} s"


def wait_until_final(links, names, seconds):
    """Waits until none of `names` is listed as being on its way. Gives those that still are when time is up."""
    deadline = time.monotonic() + seconds
    while True:
        request = ingest_pb2.ListSubmissionsRequest(page_size=PAGE)
        request.filter.states.extend(
            [
                ingest_pb2.SUBMISSION_STATE_RECEIVED,
                ingest_pb2.SUBMISSION_STATE_QUEUED,
                ingest_pb2.SUBMISSION_STATE_PARSING,
            ]
        )
        left = {found.name for found in links.pages(links.ingest, "ListSubmissions", request, "submissions")}
        left &= names
        if not left or deadline < time.monotonic():
            return left
        time.sleep(0.5)


def labels(corpus):
    """The labels of the texts that samples are made from, by the beginning of a sample's name."""
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"), parse_float=decimal.Decimal)
        for path in pathlib.Path(corpus).glob("*.json")
    }


def audit(links, ledger, known, ends=None):
    """All that the services say in the end, against what they said before."""
    everything = ingest_pb2.ListSubmissionsRequest(page_size=PAGE)
    submissions = list(links.pages(links.ingest, "ListSubmissions", everything, "submissions"))
    reports = list(
        links.pages(links.query, "ListReports", query_pb2.ListReportsRequest(page_size=PAGE), "reports")
    )

    of_document = {f"documents/{sample.digest}": sample for sample in ledger.samples.values()}
    ours = [
        (report.name, of_document[report.revision.document])
        for report in reports
        if report.revision.document in of_document
    ]
    parts = [ours[first : first + AUDITED_AT_ONCE] for first in range(0, len(ours), AUDITED_AT_ONCE)]
    with concurrent.futures.ThreadPoolExecutor(AUDITORS) as auditors:
        differences = dict(itertools.chain(*auditors.map(lambda part: list(read(links, part, known)), parts)))
    found = verdict(ledger, submissions, reports, lambda name, _: differences[name], ends)
    return submissions, found


def read(links, part, known):
    """What each of some reports says otherwise than the labels of its sample."""
    request = query_pb2.BatchGetReportsRequest(names=[name for name, _ in part])
    answers = links.insist(links.stream, "BatchGetReports", request)
    told = {answer.name: answer.report if answer.HasField("report") else None for answer in answers}
    for name, sample in part:
        report = told.get(name)
        if report is None:
            yield name, [f"{name} is listed and cannot be read"]
        else:
            yield name, list(compare.cells(report, known[sample.name.rsplit("-", 1)[0]]))


def jobs_of(supply, count, rng):
    """Requests with their samples, made one by one: a hundred thousand do not fit into memory."""
    for sample in itertools.islice(supply, count):
        yield str(uuid.UUID(int=rng.getrandbits(128), version=4)), sample


def conclude(found, more=()):
    """Says what was found; the last line tells all."""
    lost, doubled, untrue = found
    untrue = [*untrue, *more]
    for complaint in [*lost, *doubled, *untrue][:60]:
        print(f"  {complaint}")
    print(f"lost {len(lost)}, duplicated {len(doubled)}, untruthful {len(untrue)}", flush=True)
    return 1 if lost or doubled or untrue else 0


def run_faults(arguments, seed, folder):
    """Faults at random while reports are sent and asked for."""
    rng = random.Random(seed)
    jobs = jobs_of(samples.distinct(arguments.corpus), arguments.reports, random.Random(f"{seed}/jobs"))
    counts = {"ingest": 2, "parser": 3, "query": 2}
    house = House(arguments.binary, folder, counts)
    begun = time.monotonic()
    fine = False
    try:
        house.start()
        say(begun, f"everything is up; {arguments.reports} reports, {arguments.faults} faults")
        with open(folder / "told.jsonl", "w", encoding="utf-8") as file:
            links, ledger = Links(house), Ledger(file)
            senders = Senders(links, ledger, jobs, arguments.concurrency, seed)
            askers = Askers(links, ledger, arguments.askers, seed)
            faults = Faults(house, seed, arguments.kinds, arguments.victims)
            for number in range(1, arguments.faults + 1):
                # Something is always on its way while faults happen.
                senders.allow(arguments.reports * number // arguments.faults)
                time.sleep(rng.uniform(0, arguments.calm))
                what = faults.next()
                say(begun, f"fault {number}: {what}; {len(ledger)} acknowledged, {askers.polls} polls")
            senders.allow_all()
            senders.join(FINAL_S + arguments.reports // 10)
            say(begun, f"all {len(ledger)} acknowledged")
            left = wait_until_final(links, set(ledger.samples), FINAL_S + arguments.reports // 10)
            say(begun, f"{len(ledger) - len(left)} final")
            askers.stop()
            submissions, found = audit(links, ledger, labels(arguments.corpus))
        again = sum(submission.attempts - 1 for submission in submissions)
        say(begun, f"audited; {askers.polls} polls, {again} attempts after the first")
        print("faults: " + ", ".join(f"{k} {w} {n}" for (k, w), n in sorted(faults.count.items())))
        print("answers: " + ", ".join(f"{m} {c} {n}" for (m, c), n in sorted(links.codes.items())))
        ended = sum(service.ended_by_itself for service in house.services)
        print(f"services that ended by themselves and were started again: {ended}")
        more = list(faults.complaints)
        if set(arguments.kinds) == {"term"} and again:
            more.append(f"{again} attempts were repeated, though every process was let finish its work")
        fine = conclude(found, more) == 0
    finally:
        house.end(keep_logs=not fine)
        if not fine:
            print(f"logs and the ledger are in {folder}", file=sys.stderr)
    return 0 if fine else 1


def say(begun, text):
    print(f"{time.monotonic() - begun:6.1f} s  {text}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the program")
    parser.add_argument("--reports", type=int, default=1000, help="documents to send (1000)")
    parser.add_argument("--faults", type=int, default=20, help="faults that happen meanwhile (20)")
    parser.add_argument("--seed", type=int, default=None, help="repeats the choices of an earlier run")
    parser.add_argument("--concurrency", type=int, default=16, help="senders at once (16)")
    parser.add_argument("--askers", type=int, default=4, help="threads that ask how far submissions are (4)")
    parser.add_argument("--calm", type=float, default=1.5, help="seconds between faults, at most (1.5)")
    parser.add_argument("--kinds", nargs="+", default=["kill", "freeze", "term"], choices=["kill", "freeze", "term"])
    everybody = ["ingest", "parser", "query", "broker", "database"]
    parser.add_argument("--victims", nargs="+", default=everybody, choices=everybody)
    parser.add_argument("--failpoints", action="store_true", help="every single failpoint in turn instead")
    parser.add_argument("--poison", action="store_true", help="documents that harm their reader, 1 in 100, instead")
    parser.add_argument("--pairs", type=int, default=0, metavar="N", help="with --failpoints: N pairs of them by the seed")
    every = ["broker", "database", "rolling", "terms", "frozen"]
    parser.add_argument("--proofs", nargs="*", choices=every, help="proofs of single promises instead, all where none is named")
    parser.add_argument("--long", action="store_true", help="proofs at the sizes that are promised")
    parser.add_argument("--faulty", help="the program with failpoints; where none is named, `--binary` has them")
    parser.add_argument("--only", default="", help="with --failpoints: those whose rule begins so")
    parser.add_argument("--corpus", default=ROOT / "tests" / "corpus", help="labelled texts to make documents from")
    arguments = parser.parse_args()
    seed = random.SystemRandom().getrandbits(32) if arguments.seed is None else arguments.seed
    print(f"seed {seed}", flush=True)
    # Whoever ends a run early ends what it has started, too: servers and services would outlive it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Two runs would take one another's ports.
    lock = open("/var/tmp/gongkai-chaos.lock", "a", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit("another run is under way on this machine")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gongkai-chaos-", dir="/var/tmp"))
    arguments.faulty = arguments.faulty or arguments.binary
    if arguments.proofs is not None:
        import proofs  # it needs what is above

        return proofs.run_proofs(arguments, seed, folder)
    if arguments.failpoints or arguments.poison:
        import failpoints  # it needs what is above

        return (failpoints.run_all if arguments.failpoints else failpoints.run_poison)(arguments, seed, folder)
    return run_faults(arguments, seed, folder)


if __name__ == "__main__":
    sys.exit(main())
