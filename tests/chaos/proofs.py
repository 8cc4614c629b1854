"""Proofs of single promises, each under the fault that would break it.

    python chaos.py --binary target/debug/gongkai --faulty target/debug/gongkai-failpoints --proofs
    python chaos.py … --proofs broker rolling --long

`broker`     the broker is away under load: reads go on, documents are accepted until the outbox is full and then refused
             with a time to come back, and what waits is read when the broker is back
`database`   the database is away under load: documents are refused with a time to come back, nothing is half written, and
             everything goes on by itself
`rolling`    every service is restarted again and again: nothing that was acknowledged is not found or goes backwards
`terms`      services are asked to end under load: each ends in time, and no attempt is made twice
`frozen`     a parser is frozen over its work: another one takes it over, and what the first one hands in later is refused by
             its fencing token; needs a build with failpoints

`--long` takes them to the sizes and times that the project promises: what was frozen is with another parser within fifteen
seconds. Without it that time is told and not judged, since the machine may have other work.
"""

import collections
import hashlib
import random
import threading
import time

import grpc
import samples
from chaos import FINAL_S, audit, conclude, jobs_of, labels, say, wait_until_final
from clients import PAGE, PASSING, Askers, Links, Senders
from gongkai.v1 import ingest_pb2, query_pb2
from house import STOP_S, House, wait_for
from ledger import Ledger

# For how many seconds broker and database are away, how many polls a rolling restart has to stand, how often a service is
# asked to end, and within how many seconds the work of a frozen parser is with another one: a lease ends after twelve.
SIZES = {"away": 5, "polls": 1500, "terms": 8, "passed_on_s": None}
SIZES_LONG = {"away": 120, "polls": 100_000, "terms": 200, "passed_on_s": 15}
# Documents that are sent to a parser that will be frozen: of several announced again some would be for itself by chance.
FROZEN_OVER = 6
PATIENCE_S = 120

# What may never be in the database, whatever happened: each counts rows.
HALVES = {
    "documents that nobody has sent": "SELECT count(*) FROM documents d"
    " WHERE NOT EXISTS (SELECT FROM submissions s WHERE s.document = d.id)",
    "submissions without their document": "SELECT count(*) FROM submissions s"
    " WHERE NOT EXISTS (SELECT FROM documents d WHERE d.id = s.document)",
    "documents without bytes": "SELECT count(*) FROM documents d"
    " WHERE NOT EXISTS (SELECT FROM chunks c WHERE c.blob = d.blob)",
    "bytes of no document": "SELECT count(*) FROM chunks c WHERE NOT EXISTS (SELECT FROM documents d WHERE d.blob = c.blob)"
    " AND NOT EXISTS (SELECT FROM stagings s WHERE s.blob = c.blob)",
    "request ids of no submission": "SELECT count(*) FROM request_ids r"
    " WHERE NOT EXISTS (SELECT FROM submissions s WHERE s.id = r.submission)",
    "submissions that were received and will not be announced": "SELECT count(*) FROM submissions s"
    " WHERE s.state = 1 AND NOT EXISTS (SELECT FROM outbox o WHERE o.submission = s.id)",
    "rows that the outbox's counter does not know of": "SELECT abs(outbox_rows - (SELECT count(*) FROM outbox)) FROM counters",
    "submissions that are done without a report": "SELECT count(*) FROM submissions WHERE state = 4 AND reports = ''",
    "revisions without evidence": "SELECT count(*) FROM revisions r"
    " WHERE NOT EXISTS (SELECT FROM evidence e WHERE e.revision_id = r.id)",
    "reports with more than one current revision": "SELECT count(*) FROM (SELECT report FROM currents"
    " WHERE to_position = 9223372036854775807 GROUP BY report HAVING count(*) > 1) AS twice",
}


class Refusal:
    """A call that was answered with an error."""

    def __init__(self, error, sample=None):
        self.code = error.code()
        self.text = error.details()
        self.sample = sample
        self.at = time.monotonic()
        # The message google.rpc.Status: names of types and reasons stand in it as they are.
        self._status = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")

    def is_polite(self, reason):
        """Whether it says that it may pass, why, and when to come back."""
        says = self._status.find(reason.encode()) >= 0 and b"google.rpc.RetryInfo" in self._status
        return self.code == grpc.StatusCode.UNAVAILABLE and says

    def __str__(self):
        return f"{self.code.name}: {self.text}"


def since(refusals, moment):
    """Those after a moment: before it, a client may be told of a process that was restarted by the proof before."""
    return [refusal for refusal in refusals if moment <= refusal.at]


def impolite(refusals, reason):
    """Complaints about refusals that are not as they should be, each kind once."""
    kinds = collections.Counter(str(refusal) for refusal in refusals if not refusal.is_polite(reason))
    return [f"{count} refusals are not {reason} with a time to come back: {kind}" for kind, count in kinds.items()]


class Stage:
    """What every proof has."""

    def __init__(self, house, links, ledger, askers, supply, seed, sizes, faulty, say):
        self.house, self.links, self.ledger, self.askers = house, links, ledger, askers
        self.random = random.Random(f"{seed}/proofs")
        self.sizes, self.faulty, self.say = sizes, faulty, say
        self._jobs = jobs_of(supply, None, random.Random(f"{seed}/jobs"))
        self._lock = threading.Lock()

    def job(self):
        """A request that nobody has sent yet."""
        with self._lock:
            return next(self._jobs)

    def send(self, count):
        """Sends documents, each until it is acknowledged. Gives the names of their submissions."""
        jobs = [self.job() for _ in range(count)]
        senders = Senders(self.links, self.ledger, jobs, 8, 0)
        senders.allow_all()
        senders.join(PATIENCE_S)
        return [self.ledger.names[request] for request, _ in jobs]

    def final(self, names):
        """Waits until they are. Gives a complaint where some are not."""
        left = wait_until_final(self.links, set(names), FINAL_S)
        return [f"{len(left)} of {len(names)} are not final after {FINAL_S} s"] if left else []

    def submissions(self, names):
        """How they stand."""
        listed = ingest_pb2.ListSubmissionsRequest(page_size=PAGE)
        wanted = set(names)
        pages = self.links.pages(self.links.ingest, "ListSubmissions", listed, "submissions")
        return [submission for submission in pages if submission.name in wanted]

    def halves(self):
        """What is half written in the database."""
        for what, statement in HALVES.items():
            count = int(self.house.database.ask(statement))
            if count:
                yield f"{count} {what}"

    def ended_by_themselves(self):
        return sum(service.ended_by_itself for service in self.house.services)


class Sending:
    """Threads that send documents at a pace until they are told to stop."""

    def __init__(self, stage, per_second, threads=4):
        self.stage = stage
        self.names = []
        self.refusals = []
        self.failed = None
        self._pause = threads / per_second
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def stop(self):
        """Gives the names of what was acknowledged, when everything was that has to be."""
        self._stop.set()
        for thread in self._threads:
            thread.join(FINAL_S)
        if self.failed:
            raise self.failed
        if any(thread.is_alive() for thread in self._threads):
            raise RuntimeError("not everything was acknowledged in time")
        return list(self.names)

    def _run(self):
        while not self._stop.is_set():
            begun = time.monotonic()
            request_id, sample = self.stage.job()
            metadata = ingest_pb2.DocumentMetadata(file_name=sample.name, request_id=request_id)
            request = ingest_pb2.SubmitDocumentRequest(metadata=metadata, content=sample.content)
            try:
                answer = self.send(request, sample)
            except Exception as error:  # handed to whoever stops it
                self.failed = error
                return
            if answer is not None:
                self.stage.ledger.acknowledged(request_id, answer.submission, sample)
                self.names.append(answer.submission.name)
            self._stop.wait(max(0.0, self._pause - (time.monotonic() - begun)))


class Load(Sending):
    """Sends each document again until it is acknowledged."""

    def send(self, request, sample):
        links = self.stage.links
        return links.insist(
            links.ingest, "SubmitDocument", request, FINAL_S, lambda error: self.refusals.append(Refusal(error))
        )


class Once(Sending):
    """Sends each document once. One that is refused is either there as a whole, or not at all."""

    def send(self, request, sample):
        try:
            return self.stage.links.ingest("SubmitDocument", request)
        except grpc.RpcError as error:
            if error.code() not in PASSING:
                raise
            self.refusals.append(Refusal(error, sample))
            return None


class Reads:
    """Threads that read what is there, in every way, and count what fails."""

    def __init__(self, stage, names, threads=2):
        self._stage = stage
        self._found = [submission for submission in stage.submissions(names) if submission.reports]
        self.answers, self.failures = 0, collections.Counter()
        self.failed = None
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(random.Random(number),), daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self):
        """Complaints about what could not be read."""
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)
        if self.failed:
            raise self.failed
        none = [] if self.answers else ["nothing could be read"]
        return none + [f"{count} calls of {what} failed" for what, count in sorted(self.failures.items())]

    def _run(self, rng):
        links = self._stage.links
        while not self._stop.is_set():
            submission = rng.choice(self._found)
            report = query_pb2.GetReportRequest(name=submission.reports[0].report)
            for call, method, request in (
                (links.query, "GetReport", report),
                (links.query, "ListReports", query_pb2.ListReportsRequest(page_size=10)),
                (links.stream, "GetDocument", query_pb2.GetDocumentRequest(name=submission.document)),
                (links.ingest, "GetSubmission", ingest_pb2.GetSubmissionRequest(name=submission.name)),
            ):
                try:
                    call(method, request)
                except grpc.RpcError as error:
                    with self._lock:
                        self.failures[f"{method} with {error.code().name}"] += 1
                except Exception as error:  # handed to whoever stops it
                    self.failed = error
                    return
                else:
                    with self._lock:
                        self.answers += 1
            time.sleep(0.05)


def broker(stage):
    """The broker is away under load."""
    away, per_second = stage.sizes["away"], 30
    # Half of what is sent meanwhile finds room.
    room = away * per_second // 2
    for service in stage.house.of("ingest"):
        service.restart({"GONGKAI_OUTBOX_MAX": str(room)})
    first = stage.send(30)
    yield from stage.final(first)
    reads, load = Reads(stage, first), Load(stage, per_second)
    wait_for(lambda: load.names, "the first acknowledgement")
    stage.house.broker.kill()
    moment, before = time.monotonic(), len(load.names)
    time.sleep(away)
    wait_for(lambda: since(load.refusals, moment), "a refusal, since the outbox has no room")
    accepted = len(load.names) - before
    yield from reads.stop()
    stage.house.broker.start()
    names = load.stop()
    # Its room may have been used in part by what was accepted just before.
    if accepted < room // 2:
        yield f"only {accepted} were accepted while the broker was away, though {room} find room in the outbox"
    # Each of its threads may have heard of one a moment late.
    if room + 4 < accepted:
        yield f"{accepted} were accepted while the broker was away, more than the {room} that the outbox has room for"
    refusals = since(load.refusals, moment)
    yield from impolite(refusals, "OVERLOADED")
    yield from stage.final(names)
    for service in stage.house.of("ingest"):
        service.restart()
    stage.say(
        f"broker away for {away} s: {reads.answers} reads, {accepted} accepted, then {len(refusals)} refusals with a"
        f" time to come back; {len(names)} in all, read when it was back"
    )


def database(stage):
    """The database is away under load."""
    ended = stage.ended_by_themselves()
    load, once = Load(stage, 20), Once(stage, 20)
    wait_for(lambda: 20 <= len(load.names) and 10 <= len(once.names), "acknowledgements")
    stage.house.database.kill()
    moment = time.monotonic()
    time.sleep(stage.sizes["away"])
    # Those that are under way hear of it.
    wait_for(lambda: since(load.refusals, moment) and since(once.refusals, moment), "a refusal")
    stage.house.database.start()
    names, sent_once = load.stop(), once.stop()
    refusals = since(load.refusals + once.refusals, moment)
    yield from impolite(refusals, "STORE_UNAVAILABLE")
    # By itself: nobody restarts anything.
    after = stage.send(10)
    yield from stage.final([*names, *sent_once, *after])
    if ended != stage.ended_by_themselves():
        yield "a service ended because the database was away"
    known = {submission.document for submission in everything(stage)}
    stored = 0
    for refusal in once.refusals:
        content = document(stage, refusal.sample)
        if content is None:
            continue
        stored += 1
        if content != refusal.sample.digest or f"documents/{refusal.sample.digest}" not in known:
            yield f"{refusal.sample.name} was refused, and is there in part"
    yield from stage.halves()
    stage.say(
        f"database away for {stage.sizes['away']} s: {len(refusals)} refusals with a time to come back; of"
        f" {len(once.refusals)} documents refused and not sent again {stored} are there as a whole, the others not at all"
    )


def everything(stage):
    listed = ingest_pb2.ListSubmissionsRequest(page_size=PAGE)
    return stage.links.pages(stage.links.ingest, "ListSubmissions", listed, "submissions")


def document(stage, sample):
    """The digest of a document's bytes as they are served; None where it is not there."""
    request = query_pb2.GetDocumentRequest(name=f"documents/{sample.digest}")
    try:
        parts = stage.links.insist(stage.links.stream, "GetDocument", request)
    except grpc.RpcError as error:
        if error.code() == grpc.StatusCode.NOT_FOUND:
            return None
        raise
    return hashlib.sha256(b"".join(part.chunk for part in parts)).hexdigest()


def rolling(stage):
    """Every service is restarted, one after the other, until enough was asked meanwhile."""
    load = Load(stage, 10)
    wait_for(lambda: load.names, "the first acknowledgement")
    before, restarts = stage.askers.polls, 0
    while stage.askers.polls - before < stage.sizes["polls"]:
        for service in stage.house.services:
            service.restart()
            restarts += 1
    polls = stage.askers.polls - before
    names = load.stop()
    yield from stage.final(names)
    stage.say(f"{restarts} restarts, each service in its turn: {polls} polls of what {len(names)} senders were told")


def terms(stage):
    """Services are asked to end, and started again, while documents are on their way."""
    load = Load(stage, 20)
    wait_for(lambda: load.names, "the first acknowledgement")
    longest = 0.0
    for _ in range(stage.sizes["terms"]):
        service = stage.random.choice(stage.house.services)
        code, took = service.stop()
        longest = max(longest, took)
        if code != 0 or STOP_S < took:
            yield f"{service.name} ended with {code} after {took:.1f} s when asked to end"
        time.sleep(stage.random.uniform(0, 0.5))
        service.start()
        wait_for(service.is_up, f"{service.name}; its log is {service.log}")
    names = load.stop()
    yield from stage.final(names)
    again = [submission for submission in stage.submissions(names) if submission.attempts != 1]
    if again:
        yield f"{len(again)} submissions were not read in one attempt, though every process was let finish its work"
    stage.say(
        f"asked to end {stage.sizes['terms']} times: after {longest:.1f} s at most; {len(names)} documents, one attempt each"
    )


def frozen(stage):
    """A parser is frozen over what it has begun."""
    parsers = stage.house.of("parser")
    for parser in parsers:
        parser.stop()
    # It has read something and is about to hand it in.
    rules = {
        "GONGKAI_FAILPOINTS": "apply.before=delay:6000@1",
        "GONGKAI_LOG": "info,gongkai_parser=debug",
        "GONGKAI_WORKERS": "4",
    }
    victim = stage.house.add("parser", 9, stage.faulty, rules)
    names = stage.send(FROZEN_OVER)

    def begun():
        return [one for one in stage.submissions(names) if one.state == ingest_pb2.SUBMISSION_STATE_PARSING]

    wait_for(lambda: "failpoint Apply Before" in victim.said(), "a result")
    victim.freeze()
    moment = time.monotonic()
    mine = {one.name for one in begun()}
    for parser in parsers:
        parser.start()
    try:
        wait_for(lambda: all(1 < one.attempts for one in stage.submissions(mine)), "attempts of others", PATIENCE_S)
        took = time.monotonic() - moment
        yield from stage.final(names)
    finally:
        victim.thaw()
    passed_on = stage.sizes["passed_on_s"]
    if passed_on is not None and passed_on < took:
        yield f"what a frozen parser had begun was begun by others after {took:.1f} s, not within {passed_on}"

    def refused():
        return [name for name in mine if f"the result of {name} came too late" in victim.said()]

    def heard():
        # What it had not read yet it gives up as soon as it hears.
        given_up = [name for name in mine if f"gave up {name}, which is no longer ours" in victim.said()]
        return len(refused()) + len(given_up) == len(mine)

    try:
        wait_for(heard, "late results", 30)
    except RuntimeError:
        yield f"of {len(mine)} late results only {len(refused())} are known to have been refused"
    if not refused():
        yield "no late result was refused by its token"
    for one in stage.submissions(mine):
        failure = getattr(one.failure, "class")
        if one.attempts != 2 or failure != "LEASE_EXPIRED" or f"/{victim.pid()} " not in one.failure.message:
            yield f"{one.name}: {one.attempts} attempts, {failure}: {one.failure.message}"
    code, _ = victim.stop()
    stage.house.services.remove(victim)
    if code != 0:
        yield f"{victim.name} ended with {code} when asked to end"
    stage.say(
        f"frozen over {len(mine)} documents: others had begun all of them after {took:.1f} s;"
        f" {len(refused())} late results refused by their tokens, the others given up"
    )


PROOFS = {one.__name__: one for one in (broker, database, rolling, terms, frozen)}


def run_proofs(arguments, seed, folder):
    """Some proofs, one after the other, over the same servers."""
    begun = time.monotonic()
    chosen = arguments.proofs or list(PROOFS)
    house = House(arguments.binary, folder, {"ingest": 2, "parser": 2, "query": 2})
    fine, complaints = False, []
    try:
        house.start()
        say(begun, f"everything is up; to be proved: {', '.join(chosen)}")
        with open(folder / "told.jsonl", "w", encoding="utf-8") as file:
            links, ledger = Links(house), Ledger(file)
            askers = Askers(links, ledger, arguments.askers, seed)
            sizes = SIZES_LONG if arguments.long else SIZES
            stage = Stage(
                house, links, ledger, askers, samples.distinct(arguments.corpus), seed, sizes, arguments.faulty,
                lambda text: say(begun, text),
            )  # fmt: skip
            for name in chosen:
                complaints.extend(f"{name}: {complaint}" for complaint in PROOFS[name](stage))
            askers.stop()
            complaints.extend(f"in the end: {half}" for half in stage.halves())
            _, found = audit(links, ledger, labels(arguments.corpus))
        say(begun, f"audited {len(ledger)} reports; {askers.polls} polls")
        fine = conclude(found, complaints) == 0
    finally:
        house.end(keep_logs=not fine)
    return 0 if fine else 1
