"""Clients that believe nothing: they send, ask, ask again elsewhere, and write down what they hear."""

import collections
import random
import sys
import threading
import time

import grpc
from gongkai.v1 import ingest_pb2, ingest_pb2_grpc, query_pb2, query_pb2_grpc

CALL_S = 20
PAGE = 1000
# Answers after which the same question may be asked again.
PASSING = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.ABORTED,
}
OPTIONS = [
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 500),
]


class Links:
    """Ways to all processes of a service; one of them by chance for each question."""

    def __init__(self, house):
        self._ingest = [
            ingest_pb2_grpc.IngestServiceStub(grpc.insecure_channel(service.address, OPTIONS))
            for service in house.of("ingest")
        ]
        self._query = [
            query_pb2_grpc.QueryServiceStub(grpc.insecure_channel(service.address, OPTIONS))
            for service in house.of("query")
        ]
        self.codes = collections.Counter()  # by method and code
        self._lock = threading.Lock()

    def _call(self, stubs, method, request, seconds):
        stub = random.choice(stubs)
        try:
            answer = getattr(stub, method)(request, timeout=seconds)
        except grpc.RpcError as error:
            with self._lock:
                self.codes[method, error.code().name] += 1
            raise
        with self._lock:
            self.codes[method, "OK"] += 1
        return answer

    def stream(self, method, request, seconds=CALL_S):
        """All messages of an answer that is a stream."""
        stub = random.choice(self._query)
        return list(getattr(stub, method)(request, timeout=seconds))

    def ingest(self, method, request, seconds=CALL_S):
        return self._call(self._ingest, method, request, seconds)

    def query(self, method, request, seconds=CALL_S):
        return self._call(self._query, method, request, seconds)

    def insist(self, call, method, request, patience_s=300, on_error=None):
        """Asks until there is an answer that is none of those that pass."""
        deadline = time.monotonic() + patience_s
        while True:
            try:
                return call(method, request)
            except grpc.RpcError as error:
                if error.code() not in PASSING or deadline < time.monotonic():
                    raise
                if on_error:
                    on_error(error)
            time.sleep(random.uniform(0.02, 0.2))

    def pages(self, call, method, request, field):
        """All items of a list."""
        while True:
            answer = self.insist(call, method, request)
            yield from getattr(answer, field)
            if not answer.next_page_token:
                return
            request.page_token = answer.next_page_token


class Senders:
    """Send samples, each until it is acknowledged, no more of them than `allow` lets.

    `jobs` may make them one by one: a hundred thousand do not fit into memory.
    """

    def __init__(self, links, ledger, jobs, threads, seed):
        self._links, self._ledger, self._jobs = links, ledger, iter(jobs)
        self._taken, self._allowed, self._over = 0, 0, False
        self._room = threading.Condition()
        self.failed = None
        self._random = random.Random(seed)
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def allow(self, count):
        with self._room:
            self._allowed = max(self._allowed, count)
            self._room.notify_all()

    def allow_all(self):
        self.allow(sys.maxsize)

    def join(self, seconds):
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if self.failed:
            raise self.failed
        if any(thread.is_alive() for thread in self._threads):
            raise RuntimeError("not everything was acknowledged in time")

    def _take(self):
        with self._room:
            while self._allowed <= self._taken and not self.failed and not self._over:
                self._room.wait()
            job = None if self.failed or self._over else next(self._jobs, None)
            if job is None:
                self._over = True
                self._room.notify_all()
                return None
            self._taken += 1
            # Some ask again at once, and must hear the same.
            return job, self._random.random() < 0.05

    def _run(self):
        while taken := self._take():
            (request_id, sample), again = taken
            metadata = ingest_pb2.DocumentMetadata(file_name=sample.name, request_id=request_id)
            request = ingest_pb2.SubmitDocumentRequest(metadata=metadata, content=sample.content)
            try:
                for _ in range(1 + again):
                    answer = self._links.insist(self._links.ingest, "SubmitDocument", request)
                    self._ledger.acknowledged(request_id, answer.submission, sample)
            except Exception as error:  # handed to whoever waits for the senders
                with self._room:
                    self.failed = error
                    self._room.notify_all()
                return


class Askers:
    """Ask how far submissions are, and whether what is said to be done can be read."""

    def __init__(self, links, ledger, threads, seed):
        self._links, self._ledger = links, ledger
        self._stop = threading.Event()
        self.polls = 0
        self.failed = None
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, args=(random.Random(f"{seed}/{number}"),), daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self.failed:
            raise self.failed

    def _run(self, rng):
        while not self._stop.is_set():
            names = self._ledger.order
            count = len(names)
            if not count:
                time.sleep(0.05)
                continue
            # Mostly the young ones, which are on their way.
            name = names[rng.randrange(max(0, count - 200) if rng.random() < 0.8 else 0, count)]
            try:
                self._ask(name)
            except Exception as error:  # handed to whoever stops the askers
                self.failed = error
                return

    def _ask(self, name):
        before = self._ledger.before(name)
        try:
            request = ingest_pb2.GetSubmissionRequest(name=name)
            submission = self._links.ingest("GetSubmission", request).submission
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.NOT_FOUND:
                self._ledger.missed(name, "was acknowledged and is not found")
            elif error.code() not in PASSING:
                raise
            time.sleep(0.05)
            return
        with self._lock:
            self.polls += 1
        told = self._ledger.heard(submission, before)
        if told.state == ingest_pb2.SUBMISSION_STATE_DONE and (before is None or before.state != told.state):
            for report, _ in told.reports:
                self._read(name, report)

    def _read(self, name, report):
        try:
            self._links.query("GetReport", query_pb2.GetReportRequest(name=report))
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.NOT_FOUND:
                self._ledger.missed(name, f"is done and its {report} is not found")
            elif error.code() not in PASSING:
                raise
