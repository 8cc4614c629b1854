"""Faults at a place instead of a time: every failpoint of the program in turn, and documents that harm their reader.

Both need a build with the feature `failpoints`.
"""

import itertools
import random
import time

import samples
from chaos import FINAL_S, audit, conclude, jobs_of, labels, say, wait_until_final
from clients import Askers, Links, Senders
from gongkai.v1 import ingest_pb2
from house import House, wait_for
from ledger import Ledger

# Which service passes which stages.
STAGES = {
    "ingest": ("commit", "claim", "publish", "confirm"),
    "parser": ("deliver", "begin", "read", "apply", "acknowledge"),
}
# Where the first pass is too early: the others have to be under way.
ACTIONS = ("error@1-2", "panic@1", "abort@1", "delay:1500@1")
# A parser that is killed over a document leaves it to the next after its lease.
PATIENCE_S = 120
POISONS = ("panic", "hang", "kill", "eat")


def rules():
    """Every failpoint with every action, by the service that passes it."""
    for kind, stages in STAGES.items():
        for stage in stages:
            for side in ("before", "after"):
                for action in ACTIONS:
                    yield kind, f"{stage}.{side}={action}"


def pairs(count, seed, only=""):
    """So many pairs of rules at different points, none twice, the same for the same seed."""
    # Once each: three attempts may be lost, and then a document is given up as promised.
    single = [(kind, rule.replace("@1-2", "@1")) for kind, rule in rules()]
    every = [
        pair
        for pair in itertools.combinations(single, 2)
        if pair[0][1].split("=")[0] != pair[1][1].split("=")[0] and any(rule.startswith(only) for _, rule in pair)
    ]
    return random.Random(f"{seed}/pairs").sample(every, min(count, len(every)))


def environments(of_kind):
    """What a service is started with, and started again with where its first failpoint ends it: that of the other."""
    again = of_kind[1:] if of_kind and "=abort" in of_kind[0] else []
    return [{"GONGKAI_FAILPOINTS": ";".join(rules)} for rules in (of_kind, again) if rules]


def run_all(arguments, seed, folder):
    """Sends some reports through each single failpoint, or through pairs of them, over the same servers."""
    begun = time.monotonic()
    chosen = [[one] for one in rules() if one[1].startswith(arguments.only)]
    if arguments.pairs:
        chosen = pairs(arguments.pairs, seed, arguments.only)
    supply = samples.distinct(arguments.corpus)
    rng = random.Random(seed)
    house = House(arguments.faulty, folder, {"ingest": 1, "parser": 1, "query": 1})
    complaints = []
    fine = False
    try:
        house.start()
        say(begun, f"everything is up; {len(chosen)} failpoints")
        with open(folder / "told.jsonl", "w", encoding="utf-8") as file:
            links, ledger = Links(house), Ledger(file)
            askers = Askers(links, ledger, 2, seed)
            for number, points in enumerate(chosen, 1):
                said, rule = {}, " and ".join(rule for _, rule in points)
                for kind in STAGES:
                    [victim] = house.of(kind)
                    of_kind = [rule for of, rule in points if of == kind]
                    # Also one that has none now: it may have one left from before.
                    victim.stop()
                    said[kind] = len(victim.said())
                    victim.start(*environments(of_kind))
                    wait_for(victim.is_up, f"{victim.name}; its log is {victim.log}")
                jobs = list(jobs_of(supply, 8, rng))
                senders = Senders(links, ledger, jobs, 4, seed)
                senders.allow_all()
                senders.join(PATIENCE_S)
                names = {ledger.names[request] for request, _ in jobs}
                left = wait_until_final(links, names, PATIENCE_S)
                if left:
                    complaints.append(f"{rule}: {len(left)} submissions were not final after {PATIENCE_S} s")

                def reached():
                    said_since = {kind: house.of(kind)[0].said()[since:] for kind, since in said.items()}
                    return any(words(rule) in said_since[kind] for kind, rule in points)

                # An idle process passes some only a little later. Of two, the first may keep the second from being reached.
                try:
                    wait_for(reached, rule, 20)
                except RuntimeError:
                    complaints.append(f"{rule} was never reached")
                say(begun, f"{number} of {len(chosen)}: {rule}; {len(left)} not final")
            askers.stop()
            _, found = audit(links, ledger, labels(arguments.corpus))
        ended = sum(service.ended_by_itself for service in house.services)
        say(begun, f"{len(ledger)} reports, {askers.polls} polls; {ended} processes ended and were started again")
        fine = conclude(found, complaints) == 0
    finally:
        house.end(keep_logs=not fine)
    return 0 if fine else 1


def words(rule):
    """What a process says when it passes a point."""
    stage, side = rule.split("=")[0].split(".")
    return f"failpoint {stage.capitalize()} {side.capitalize()}"


def poisoned(supply, every):
    """Samples of which one in `every` harms its reader, in each way in turn."""
    for number, sample in enumerate(supply, 1):
        if number % every:
            yield sample
            continue
        poison = POISONS[number // every % len(POISONS)]
        content = f"gongkai-poison: {poison}\n".encode() + sample.content
        yield samples.Sample(f"{sample.name}.{poison}", content)


def run_poison(arguments, seed, folder):
    """Poisoned documents end as dead letters within three attempts, and every other is read."""
    begun = time.monotonic()
    rng = random.Random(seed)
    jobs = list(jobs_of(poisoned(samples.distinct(arguments.corpus), 100), arguments.reports, rng))
    # One that hangs is given up after so long.
    environment = {"GONGKAI_FAILPOINTS_PATIENCE_S": "5"}
    house = House(arguments.faulty, folder, {"ingest": 1, "parser": 2, "query": 1}, environment)
    fine = False
    try:
        house.start()
        bad = {sample.digest: sample.name for _, sample in jobs if sample.content.startswith(b"gongkai-poison: ")}
        say(begun, f"everything is up; {len(jobs)} documents, {len(bad)} of them poisoned")
        with open(folder / "told.jsonl", "w", encoding="utf-8") as file:
            links, ledger = Links(house), Ledger(file)
            askers = Askers(links, ledger, 2, seed)
            senders = Senders(links, ledger, jobs, arguments.concurrency, seed)
            senders.allow_all()
            senders.join(FINAL_S)
            say(begun, f"all {len(ledger)} acknowledged")
            left = wait_until_final(links, set(ledger.samples), FINAL_S)
            say(begun, f"{len(ledger) - len(left)} final")
            askers.stop()
            ends = dict.fromkeys(bad, ingest_pb2.SUBMISSION_STATE_DEAD)
            submissions, found = audit(links, ledger, labels(arguments.corpus), ends)
        more = list(classes(submissions, bad))
        ended = sum(service.ended_by_itself for service in house.services)
        say(begun, f"audited; {ended} parsers were killed and started again")
        fine = conclude(found, more) == 0
    finally:
        house.end(keep_logs=not fine)
    return 0 if fine else 1


def classes(submissions, bad):
    """What the dead letters of poisoned documents say wrongly."""
    # An eater is given up when it has taken too long, or dies of what it ate, whichever comes first.
    wanted = {
        "panic": {"PANIC"},
        "hang": {"TIMEOUT"},
        "kill": {"LEASE_EXPIRED"},
        "eat": {"LEASE_EXPIRED", "TIMEOUT"},
    }
    for submission in submissions:
        name = bad.get(submission.document.removeprefix("documents/"))
        if name is None:
            continue
        poison = name.rsplit(".", 1)[1]
        told = getattr(submission.failure, "class")
        print(f"  {poison}: {told}, {submission.attempts} attempts, {submission.failure.message}")
        if told not in wanted[poison]:
            yield f"{submission.name} ({name}) is dead because of {told}, not {' or '.join(sorted(wanted[poison]))}"
        if submission.attempts > 3:
            yield f"{submission.name} ({name}) was tried {submission.attempts} times"
