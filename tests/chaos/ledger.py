"""What clients were told, written down the moment they heard it, and what follows from it.

The servers' books are what is on trial, so nothing here is taken from them: the file that a run leaves has a line for
every answer that mattered, and the verdict compares it with what the interface says in the end.
"""

import collections
import json
import threading

from gongkai.v1 import ingest_pb2

State = ingest_pb2.SubmissionState
# How far along a state is; a submission never goes back within its epoch.
RANK = {
    ingest_pb2.SUBMISSION_STATE_RECEIVED: 1,
    ingest_pb2.SUBMISSION_STATE_QUEUED: 2,
    ingest_pb2.SUBMISSION_STATE_PARSING: 3,
    ingest_pb2.SUBMISSION_STATE_DONE: 4,
    ingest_pb2.SUBMISSION_STATE_REJECTED: 4,
    ingest_pb2.SUBMISSION_STATE_DEAD: 4,
    ingest_pb2.SUBMISSION_STATE_CANCELLED: 4,
}
FINAL = 4


class Told:
    """What was said last of a submission."""

    def __init__(self, submission):
        self.epoch = submission.epoch
        self.state = submission.state
        self.attempts = submission.attempts
        self.reports = sorted((report.report, report.revision) for report in submission.reports)

    def contradicts(self, earlier):
        """Why this cannot be true after `earlier` was; None where it can."""
        if self.epoch != earlier.epoch:
            return None if earlier.epoch < self.epoch else f"epoch {self.epoch} after {earlier.epoch}"
        names = State.Name(earlier.state), State.Name(self.state)
        if RANK.get(self.state, 0) < RANK.get(earlier.state, 0):
            return f"{names[1]} after {names[0]}"
        if RANK.get(earlier.state) == FINAL and (self.state, self.reports) != (earlier.state, earlier.reports):
            return f"{names[1]} with {self.reports} after {names[0]} with {earlier.reports}, which is final"
        if self.attempts < earlier.attempts:
            return f"{self.attempts} attempts after {earlier.attempts}"
        return None


class Ledger:
    """The file, and what is known from it."""

    def __init__(self, file):
        self._file = file
        self._lock = threading.Lock()
        self.names = {}  # request → submission
        self.samples = {}  # submission → the sample that was sent, without its content
        self.order = []  # submissions as they were acknowledged; only grows
        self.told = {}  # submission → Told
        self.untrue = []
        self.doubled = []

    def __len__(self):
        with self._lock:
            return len(self.names)

    def _write(self, what, **fields):
        self._file.write(json.dumps({"what": what, **fields}, ensure_ascii=False) + "\n")
        self._file.flush()

    def acknowledged(self, request, submission, sample):
        """A submission was accepted, perhaps not for the first time."""
        with self._lock:
            self._write("accepted", request=request, name=submission.name, digest=sample.digest)
            known = self.names.setdefault(request, submission.name)
            if known != submission.name:
                self.doubled.append(f"request {request} was answered with {known} and with {submission.name}")
            if submission.name not in self.samples:
                self.samples[submission.name] = sample.without_content()
                self.order.append(submission.name)
            if submission.document != f"documents/{sample.digest}":
                self._untrue(f"{submission.name} is said to be of {submission.document}, not {sample.digest}")

    def before(self, name):
        """What is known before a question is sent: only that has to be true still in its answer."""
        with self._lock:
            return self.told.get(name)

    def heard(self, submission, before):
        """The state of a submission, in an answer to a question that was sent when `before` was known."""
        told = Told(submission)
        with self._lock:
            self._write("state", name=submission.name, epoch=told.epoch, state=told.state, attempts=told.attempts)
            why = told.contradicts(before) if before else None
            if why:
                self._untrue(f"{submission.name}: {why}")
            latest = self.told.get(submission.name)
            if latest is None or not latest_is_newer(latest, told):
                self.told[submission.name] = told
        return told

    def missed(self, name, what):
        """Something that we were told is there is said not to be."""
        with self._lock:
            self._untrue(f"{name}: {what}")

    def _untrue(self, text):
        self._write("untrue", text=text)
        self.untrue.append(text)


def latest_is_newer(latest, told):
    """Whether what was heard later is known to be older: answers may overtake one another."""
    key = lambda one: (one.epoch, RANK.get(one.state, 0), one.attempts)  # noqa: E731
    return key(told) < key(latest)


def verdict(ledger, submissions, reports, figures_differ, ends=None):
    """Compares what was told with what there is in the end.

    `submissions` and `reports` are all that the services list; `figures_differ(name, sample)` gives what a report says
    otherwise than its sample; `ends` names the end of a sample where that is not DONE. Gives what is lost, what is
    there more than once, and what was told and is not so.
    """
    lost, doubled, untrue = [], list(ledger.doubled), list(ledger.untrue)
    by_name = {submission.name: submission for submission in submissions}
    of_document = collections.defaultdict(list)
    for submission in submissions:
        of_document[submission.document].append(submission.name)
    reports_of = collections.defaultdict(list)
    for report in reports:
        reports_of[report.revision.document].append(report)
    for name, sample in ledger.samples.items():
        document = f"documents/{sample.digest}"
        found = reports_of.get(document, [])
        wanted = (ends or {}).get(sample.digest, ingest_pb2.SUBMISSION_STATE_DONE)
        submission = by_name.get(name)
        if submission is None:
            lost.append(f"{name} ({sample.name}) is not listed")
            continue
        if submission.document != document:
            lost.append(f"{name} ({sample.name}) is of {submission.document}")
        why = Told(submission).contradicts(ledger.told[name]) if name in ledger.told else None
        if why:
            untrue.append(f"{name}: {why}")
        if submission.state != wanted:
            lost.append(f"{name} ({sample.name}) is {State.Name(submission.state)} {getattr(submission.failure, 'class')}")
        elif wanted == ingest_pb2.SUBMISSION_STATE_DONE:
            if len(submission.reports) != 1 or not found:
                lost.append(f"{name} ({sample.name}) has {len(submission.reports)} reports, {len(found)} are listed")
            elif submission.reports[0].report not in {report.name for report in found}:
                untrue.append(f"{name} names {submission.reports[0].report}, which is not its document's")
            else:
                untrue.extend(f"{name} ({sample.name}): {text}" for text in figures_differ(found[0].name, sample))
        if len(of_document[document]) > 1:
            doubled.append(f"{sample.name} has the submissions {of_document[document]}")
        if len(found) > 1 or any(report.revision.number != 1 for report in found):
            revisions = [(report.name, report.revision.number) for report in found]
            doubled.append(f"{sample.name} has the reports and revisions {revisions}")
    return lost, doubled, untrue
