"""Kills a running server at random moments and proves that nothing it acknowledged is lost or done twice.

Each round starts the server on the same data directory, sends it documents from several threads at once, kills it with
SIGKILL at a moment chosen at random, starts it again, and lets the senders repeat what was not answered, under the same
request ids. What was acknowledged is written down here, and only here: the server's books are what is on trial. A round
ends when everything acknowledged is final; then each document must have exactly one submission, which is done, and
exactly one report with exactly one revision.

    python crash.py --binary target/debug/gongkai --rounds 20 --submissions 2000

The last line is `lost 0, duplicated 0` when all is well, and the exit code is 0 then.
"""

import argparse
import concurrent.futures
import itertools
import pathlib
import random
import sys
import tempfile
import threading
import time
import uuid

import samples

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "clients" / "python"))

import grpc  # noqa: E402
import stubs  # noqa: E402
from server import Server  # noqa: E402

stubs.make()
from gongkai.v1 import ingest_pb2, ingest_pb2_grpc, query_pb2, query_pb2_grpc  # noqa: E402

CALL_S = 30
# Long enough for a slow machine; a server that hangs is found in the end.
ROUND_S = 1800
PAGE = 1000
# Answers after which the same request may be sent again.
PASSING = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.INTERNAL,
}


class Link:
    """The way to the server, which is another one after each start."""

    def __init__(self):
        self._channel = None
        self._up = threading.Event()

    def connect(self, address):
        self._channel = grpc.insecure_channel(address)
        self.ingest = ingest_pb2_grpc.IngestServiceStub(self._channel)
        self.query = query_pb2_grpc.QueryServiceStub(self._channel)
        self._up.set()

    def cut(self):
        self._up.clear()
        self._channel.close()

    def wait(self):
        if not self._up.wait(ROUND_S):
            raise RuntimeError("the server did not come back")


class Ledger:
    """What the server has acknowledged: written down here the moment the answer arrives."""

    def __init__(self):
        self._lock = threading.Lock()
        self.names = {}  # request id → submission
        self.samples = {}  # submission → sample, without its content
        self.contradictions = []
        self.broken = threading.Event()  # a sender met an answer that no repetition mends

    def acknowledge(self, request_id, name, sample):
        with self._lock:
            known = self.names.setdefault(request_id, name)
            if known != name:
                self.contradictions.append(f"request {request_id} was answered with {known} and with {name}")
            self.samples.setdefault(name, sample.without_content())

    def __len__(self):
        with self._lock:
            return len(self.names)


def submit(link, ledger, request_id, sample):
    """Sends one document until it is acknowledged."""
    metadata = ingest_pb2.DocumentMetadata(file_name=sample.name, request_id=request_id)
    request = ingest_pb2.SubmitDocumentRequest(metadata=metadata, content=sample.content)
    deadline = time.monotonic() + ROUND_S
    while True:
        link.wait()
        try:
            submission = link.ingest.SubmitDocument(request, timeout=CALL_S).submission
        except grpc.RpcError as error:
            if error.code() not in PASSING or deadline < time.monotonic():
                ledger.broken.set()
                raise
            time.sleep(0.05)
        except ValueError:  # the channel was closed under us
            time.sleep(0.05)
        else:
            ledger.acknowledge(request_id, submission.name, sample)
            return


def pages(call, request, field):
    """All items of a list, page after page."""
    while True:
        response = call(request, timeout=CALL_S)
        yield from getattr(response, field)
        if not response.next_page_token:
            return
        request.page_token = response.next_page_token


def wait_until_final(link, names):
    """Follows the submissions until each has ended."""
    waiting = set(names)
    request = ingest_pb2.ListSubmissionsRequest(page_size=PAGE)
    request.filter.states.extend(
        [
            ingest_pb2.SUBMISSION_STATE_RECEIVED,
            ingest_pb2.SUBMISSION_STATE_QUEUED,
            ingest_pb2.SUBMISSION_STATE_PARSING,
        ]
    )
    deadline = time.monotonic() + ROUND_S
    while True:
        copy = ingest_pb2.ListSubmissionsRequest()
        copy.CopyFrom(request)
        open_names = {found.name for found in pages(link.ingest.ListSubmissions, copy, "submissions")}
        if not waiting & open_names:
            return
        if deadline < time.monotonic():
            raise RuntimeError(f"{len(waiting & open_names)} submissions are still not final")
        time.sleep(0.2)


def audit(link, ledger, since=0):
    """Compares the server's books with ours. Gives what is lost, and what is there more than once.

    Lists come newest first, so that with `since` only what was acknowledged after the first so many is looked at.
    """
    lost, duplicated = [], list(ledger.contradictions)
    ours = list(ledger.samples.items())
    earlier_names = {name for name, _ in ours[:since]}
    earlier_documents = {f"documents/{sample.digest}" for _, sample in ours[:since]}

    submissions, by_document = {}, {}
    listed = ingest_pb2.ListSubmissionsRequest(page_size=PAGE)
    for submission in pages(link.ingest.ListSubmissions, listed, "submissions"):
        if submission.name in earlier_names:
            break
        submissions[submission.name] = submission
        by_document.setdefault(submission.document, []).append(submission.name)
    reports = {}
    everything = query_pb2.ListReportsRequest(page_size=PAGE, order_by="position desc")
    for report in pages(link.query.ListReports, everything, "reports"):
        if report.revision.document in earlier_documents:
            break
        reports.setdefault(report.revision.document, []).append(report)

    for name, sample in ours[since:]:
        document = f"documents/{sample.digest}"
        submission = submissions.get(name)
        if submission is None:
            lost.append(f"{name} ({sample.name}) is not known")
            continue
        if submission.state != ingest_pb2.SUBMISSION_STATE_DONE:
            lost.append(f"{name} ({sample.name}) is {ingest_pb2.SubmissionState.Name(submission.state)}")
        if submission.document != document:
            lost.append(f"{name} ({sample.name}) is of another document, {submission.document}")
        if len(submission.reports) != 1 or document not in reports:
            lost.append(f"{name} ({sample.name}) has {len(submission.reports)} reports")
        if len(by_document.get(document, ())) > 1:
            duplicated.append(f"{sample.name} has the submissions {by_document[document]}")
        found = reports.get(document, ())
        if len(found) > 1 or any(report.revision.number != 1 for report in found):
            revisions = [(report.name, report.revision.number) for report in found]
            duplicated.append(f"{sample.name} has the reports and revisions {revisions}")
    return lost, duplicated


def kill_at(server, ledger, begin, count, rng):
    """Kills the server after a random share of the round's documents was acknowledged, and a random moment later:
    in the midst of accepting, or while what was accepted is still being read."""
    share = rng.randint(1, count)
    moment_s = rng.choice([0.0, rng.uniform(0, 0.05), rng.uniform(0, 0.5), rng.uniform(0, 3)])
    deadline = time.monotonic() + ROUND_S
    while len(ledger) < begin + share and time.monotonic() < deadline and not ledger.broken.is_set():
        time.sleep(0.001)
    time.sleep(moment_s)
    server.kill()
    return len(ledger) - begin, moment_s


def play_round(number, server, link, ledger, fresh, arguments, rng):
    begin_s = time.monotonic()
    begin = len(ledger)
    jobs = [(str(uuid.UUID(int=rng.getrandbits(128), version=4)), sample) for sample in fresh]
    link.connect(server.start())
    with concurrent.futures.ThreadPoolExecutor(arguments.concurrency) as senders:
        sent = [senders.submit(submit, link, ledger, *job) for job in jobs]
        acknowledged, moment_s = kill_at(server, ledger, begin, len(jobs), rng)
        link.cut()
        link.connect(server.start())
        # Whoever got an answer just before the end may ask again, and must hear the same.
        again = [senders.submit(submit, link, ledger, *job) for job in rng.sample(jobs, max(1, len(jobs) // 20))]
        for result in [*sent, *again]:
            result.result()
    accepted_s = time.monotonic()
    wait_until_final(link, [ledger.names[request_id] for request_id, _ in jobs])
    final_s = time.monotonic()
    # The last round looks at all of them once more.
    lost, duplicated = audit(link, ledger, 0 if number == arguments.rounds else begin)
    audited_s = time.monotonic()
    link.cut()
    if server.stop() != 0:
        raise RuntimeError("the server did not end well")
    print(
        f"round {number}: killed {moment_s:.3f} s after {acknowledged} of {len(jobs)} were acknowledged; "
        f"{len(ledger)} in all; lost {len(lost)}, duplicated {len(duplicated)}; "
        f"accepted in {accepted_s - begin_s:.1f} s, final {final_s - accepted_s:.1f} s later, "
        f"audited in {audited_s - final_s:.1f} s",
        flush=True,
    )
    return lost, duplicated


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the program to kill")
    parser.add_argument("--rounds", type=int, default=20, help="how often to kill it (20)")
    parser.add_argument("--submissions", type=int, default=2000, help="documents a round (2000)")
    parser.add_argument("--concurrency", type=int, default=16, help="senders at once (16)")
    parser.add_argument("--seed", type=int, default=None, help="repeats the random choices of an earlier run")
    parser.add_argument("--corpus", default=ROOT / "tests" / "corpus", help="labelled texts to make documents from")
    arguments = parser.parse_args()
    seed = random.SystemRandom().getrandbits(32) if arguments.seed is None else arguments.seed
    print(f"seed {seed}", flush=True)
    rng = random.Random(seed)
    supply = samples.distinct(arguments.corpus)
    link, ledger = Link(), Ledger()
    with tempfile.TemporaryDirectory() as scratch:
        server = Server(arguments.binary, pathlib.Path(scratch) / "data")
        try:
            for number in range(1, arguments.rounds + 1):
                fresh = list(itertools.islice(supply, arguments.submissions))
                lost, duplicated = play_round(number, server, link, ledger, fresh, arguments, rng)
                if lost or duplicated:
                    break
        except Exception:
            print(server.log.read_text(errors="replace")[-4000:], file=sys.stderr)
            raise
        finally:
            server.kill()
    for complaint in [*lost, *duplicated][:50]:
        print(f"  {complaint}")
    print(f"lost {len(lost)}, duplicated {len(duplicated)}")
    return 1 if lost or duplicated else 0


if __name__ == "__main__":
    sys.exit(main())
