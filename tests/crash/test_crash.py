"""The audit finds what is lost and what is doubled: a test that cannot fail proves nothing."""

import itertools
import types
import unittest

import crash
import samples
from gongkai.v1 import ingest_pb2, query_pb2, report_pb2

SAMPLE = samples.Sample("a.txt", b"a")
DOCUMENT = f"documents/{SAMPLE.digest}"
DONE = ingest_pb2.SUBMISSION_STATE_DONE


def submission(name="submissions/1", state=DONE, reports=("reports/1",)):
    revisions = [ingest_pb2.ReportRevision(report=report, revision=1) for report in reports]
    return ingest_pb2.Submission(name=name, document=DOCUMENT, state=state, reports=revisions)


def report(name="reports/1", number=1):
    return report_pb2.Report(name=name, revision=report_pb2.Revision(number=number, document=DOCUMENT))


def verdict(submissions, reports, answers=("submissions/1",)):
    """How much the audit finds lost and duplicated, where one request was answered with `answers`."""
    ledger = crash.Ledger()
    for answer in answers:
        ledger.acknowledge("request", answer, SAMPLE)
    listed = ingest_pb2.ListSubmissionsResponse(submissions=submissions)
    stored = query_pb2.ListReportsResponse(reports=reports)
    link = types.SimpleNamespace(
        ingest=types.SimpleNamespace(ListSubmissions=lambda *_, **__: listed),
        query=types.SimpleNamespace(ListReports=lambda *_, **__: stored),
    )
    lost, duplicated = crash.audit(link, ledger)
    return len(lost), len(duplicated)


class Audit(unittest.TestCase):
    def test_one_submission_with_one_report_is_right(self):
        self.assertEqual(verdict([submission()], [report()]), (0, 0))

    def test_what_is_gone_or_not_done_is_lost(self):
        self.assertEqual(verdict([], [report()]), (1, 0))
        dead = submission(state=ingest_pb2.SUBMISSION_STATE_DEAD)
        self.assertEqual(verdict([dead], [report()]), (1, 0))
        self.assertEqual(verdict([submission()], []), (1, 0))
        self.assertEqual(verdict([submission(reports=())], [report()]), (1, 0))

    def test_what_is_there_twice_is_duplicated(self):
        self.assertEqual(verdict([submission(), submission("submissions/2")], [report()]), (0, 1))
        self.assertEqual(verdict([submission()], [report(), report("reports/2")]), (0, 1))
        self.assertEqual(verdict([submission()], [report(number=2)]), (0, 1))

    def test_two_answers_to_one_request_are_duplicated(self):
        answers = ("submissions/1", "submissions/1", "submissions/2")
        found = verdict([submission()], [report()], answers)
        self.assertGreaterEqual(found[1], 1)


class Samples(unittest.TestCase):
    def test_samples_are_distinct(self):
        supply = samples.distinct(crash.ROOT / "tests" / "corpus")
        digests = {next(supply).digest for _ in range(500)}
        self.assertEqual(len(digests), 500)

    def test_there_are_as_many_as_anyone_asks_for(self):
        count = len(samples.SYLLABLES) ** 3
        names = list(itertools.islice(samples._stems(), count - 1, count + 2))
        self.assertEqual([len(name) for name in names], [3, 4, 4])
        self.assertEqual(len(set(names)), 3)
        self.assertEqual(len(set(samples.SYLLABLES)), len(samples.SYLLABLES))


if __name__ == "__main__":
    unittest.main()
