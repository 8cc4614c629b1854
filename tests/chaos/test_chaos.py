"""The verdict sees what is lost, doubled and untrue: a check that cannot fail proves nothing."""

import io
import types
import unittest
import unittest.mock

import chaos  # it makes the stubs
import failpoints
import grpc
import proofs
import samples
from clients import Senders
from gongkai.v1 import ingest_pb2, query_pb2, report_pb2
from ledger import Ledger, verdict

SAMPLE = samples.Sample("a.txt", b"a")
DOCUMENT = f"documents/{SAMPLE.digest}"
RECEIVED, QUEUED, PARSING, DONE, DEAD = (
    ingest_pb2.SubmissionState.Value(f"SUBMISSION_STATE_{name}")
    for name in ("RECEIVED", "QUEUED", "PARSING", "DONE", "DEAD")
)


def submission(state=DONE, name="submissions/1", reports=("reports/1",), attempts=1, epoch=1, document=DOCUMENT):
    revisions = [ingest_pb2.ReportRevision(report=report, revision=1) for report in reports]
    return ingest_pb2.Submission(
        name=name, document=document, state=state, reports=revisions, attempts=attempts, epoch=epoch
    )


def report(name="reports/1", number=1):
    return report_pb2.Report(name=name, revision=report_pb2.Revision(number=number, document=DOCUMENT))


def ledger(*answers):
    book = Ledger(io.StringIO())
    for answer in answers or (submission(RECEIVED, reports=(), attempts=0),):
        book.acknowledged("request", answer, SAMPLE)
    return book


def found(book, submissions, reports, differ=(), ends=None):
    return tuple(len(what) for what in verdict(book, submissions, reports, lambda *_: differ, ends))


class Verdict(unittest.TestCase):
    def test_one_submission_with_its_one_report_is_right(self):
        self.assertEqual(found(ledger(), [submission()], [report()]), (0, 0, 0))

    def test_what_is_gone_not_done_or_without_its_report_is_lost(self):
        for submissions, reports in (
            ([], [report()]),
            ([submission(DEAD, reports=())], [report()]),
            ([submission()], []),
            ([submission(reports=())], [report()]),
            ([submission(document="documents/other")], [report()]),
        ):
            self.assertEqual(found(ledger(), submissions, reports)[0], 1, submissions)

    def test_what_is_there_twice_is_doubled(self):
        twice = [submission(), submission(name="submissions/2")]
        self.assertEqual(found(ledger(), twice, [report()]), (0, 1, 0))
        self.assertEqual(found(ledger(), [submission()], [report(), report("reports/2")]), (0, 1, 0))
        self.assertEqual(found(ledger(), [submission()], [report(number=2)]), (0, 1, 0))

    def test_two_answers_to_one_request_are_doubled(self):
        book = ledger(submission(RECEIVED), submission(RECEIVED, name="submissions/2"))
        self.assertEqual(len(book.doubled), 1)

    def test_another_figure_or_another_report_is_untrue(self):
        self.assertEqual(found(ledger(), [submission()], [report()], differ=["wrong"]), (0, 0, 1))
        self.assertEqual(found(ledger(), [submission(reports=("reports/9",))], [report()]), (0, 0, 1))

    def test_a_poisoned_document_must_be_dead(self):
        ends = {SAMPLE.digest: DEAD}
        self.assertEqual(found(ledger(), [submission(DEAD, reports=())], [], ends=ends), (0, 0, 0))
        self.assertEqual(found(ledger(), [submission()], [report()], ends=ends)[0], 1)


class Telling(unittest.TestCase):
    def heard(self, *told):
        book = ledger()
        for one in told:
            book.heard(one, book.before(one.name))
        return book

    def test_forwards_is_true(self):
        states = [submission(state, reports=(), attempts=0) for state in (RECEIVED, QUEUED, PARSING)]
        again = submission(PARSING, reports=(), attempts=2)
        self.assertEqual(self.heard(*states, again, submission(attempts=2), submission(attempts=2)).untrue, [])
        replayed = submission(RECEIVED, reports=(), attempts=0, epoch=2)
        self.assertEqual(self.heard(submission(DEAD, reports=()), replayed).untrue, [])

    def test_backwards_is_untrue(self):
        for first, then in (
            (submission(PARSING), submission(QUEUED)),
            (submission(DONE), submission(PARSING)),
            (submission(DONE), submission(DEAD)),
            (submission(DONE), submission(reports=("reports/2",))),
            (submission(PARSING, attempts=2), submission(PARSING, attempts=1)),
            (submission(epoch=2), submission(epoch=1)),
        ):
            self.assertEqual(len(self.heard(first, then).untrue), 1, (first, then))

    def test_an_answer_that_was_overtaken_is_not_held_against_anyone(self):
        book = ledger()
        asked = book.before("submissions/1")
        book.heard(submission(DONE), None)
        book.heard(submission(PARSING), asked)
        self.assertEqual(book.untrue, [])
        book.heard(submission(PARSING), book.before("submissions/1"))
        self.assertEqual(len(book.untrue), 1)

    def test_what_was_told_is_held_against_the_end(self):
        book = self.heard(submission(DONE))
        self.assertEqual(found(book, [submission(DONE, reports=("reports/2",))], [report("reports/2")]), (0, 0, 1))

    def test_what_was_acknowledged_and_is_not_found_is_untrue(self):
        book = ledger()
        book.missed("submissions/1", "is not found")
        self.assertEqual(found(book, [submission()], [report()]), (0, 0, 1))

    def test_an_acknowledgement_of_another_document_is_untrue(self):
        self.assertEqual(len(ledger(submission(RECEIVED, document="documents/other")).untrue), 1)


class Plan(unittest.TestCase):
    def test_the_same_seed_gives_the_same_faults(self):
        def plan(seed):
            def service(name):
                return types.SimpleNamespace(
                    name=name, log="", is_up=lambda: True, kill=lambda: None, start=lambda: None
                )

            services = [service(str(number)) for number in range(5)]
            house = types.SimpleNamespace(broker=service("broker"), database=None, of=lambda _: services)
            now = {"query": (0.0, 0.0), "broker": (0.0, 0.0)}
            with unittest.mock.patch.dict(chaos.DOWN_S, now):
                faults = chaos.Faults(house, seed, ["kill"], ["query", "broker"])
                return [faults.next() for _ in range(20)]

        self.assertEqual(plan(1), plan(1))
        self.assertNotEqual(plan(1), plan(2))
        self.assertTrue(all(what.startswith("kill") for what in plan(2)))


    def test_the_same_seed_gives_the_same_pairs_and_none_at_one_place(self):
        chosen = failpoints.pairs(200, 1)
        self.assertEqual(chosen, failpoints.pairs(200, 1))
        self.assertNotEqual(chosen, failpoints.pairs(200, 2))
        self.assertEqual(len(set(chosen)), 200)
        for (_, first), (_, second) in chosen:
            self.assertNotEqual(first.split("=")[0], second.split("=")[0])
            self.assertNotIn("@1-2", first + second)
        self.assertTrue(all("apply" in str(pair) for pair in failpoints.pairs(50, 1, "apply")))

    def test_a_service_that_its_first_failpoint_ends_meets_the_other_one_when_it_is_back(self):
        rules = [{"GONGKAI_FAILPOINTS": rule} for rule in ("begin.after=abort@1;apply.after=panic@1", "apply.after=panic@1")]
        self.assertEqual(failpoints.environments(["begin.after=abort@1", "apply.after=panic@1"]), rules)
        self.assertEqual(len(failpoints.environments(["begin.after=panic@1", "apply.after=abort@1"])), 1)
        self.assertEqual(failpoints.environments([]), [])


class Sent(unittest.TestCase):
    def test_samples_are_made_when_they_are_sent_and_no_sooner(self):
        made = []

        def jobs():
            for number in range(100):
                made.append(number)
                yield str(number), SAMPLE

        answer = types.SimpleNamespace(submission=submission(RECEIVED, reports=()))
        links = types.SimpleNamespace(ingest=None, insist=lambda *_: answer)
        book = ledger()
        senders = Senders(links, book, jobs(), 4, 1)
        self.assertEqual(made, [])
        senders.allow_all()
        senders.join(60)
        self.assertEqual(len(book), 1 + 100)


class Refusals(unittest.TestCase):
    def refusal(self, code, status):
        error = types.SimpleNamespace(
            code=lambda: code, details=lambda: "no", trailing_metadata=lambda: (("grpc-status-details-bin", status),)
        )
        return proofs.Refusal(error)

    def test_a_refusal_is_polite_that_says_why_and_when_to_come_back(self):
        unavailable = grpc.StatusCode.UNAVAILABLE
        status = b"\n\x0aOVERLOADED\x12type.googleapis.com/google.rpc.RetryInfo"
        self.assertEqual(proofs.impolite([self.refusal(unavailable, status)], "OVERLOADED"), [])
        for code, told in (
            (unavailable, b""),
            (unavailable, b"OVERLOADED"),
            (unavailable, status.replace(b"OVERLOADED", b"INTERNAL")),
            (grpc.StatusCode.INTERNAL, status),
        ):
            self.assertEqual(len(proofs.impolite([self.refusal(code, told)] * 3, "OVERLOADED")), 1, (code, told))


class Audited(unittest.TestCase):
    def test_every_report_is_read_and_one_that_is_not_there_is_told(self):
        answers = [
            query_pb2.BatchGetReportsResponse(name="reports/1", report=report_pb2.Report(name="reports/1")),
            query_pb2.BatchGetReportsResponse(name="reports/2"),
        ]
        links = types.SimpleNamespace(stream=None, insist=lambda *_: answers)
        part = [("reports/1", SAMPLE), ("reports/2", SAMPLE), ("reports/3", SAMPLE)]
        told = dict(chaos.read(links, part, {"a.txt": {"cells": {"x": 1}}}))
        self.assertEqual(told["reports/1"], ["x has no figure"])
        self.assertEqual([len(told[name]) for name in ("reports/2", "reports/3")], [1, 1])


if __name__ == "__main__":
    unittest.main()
