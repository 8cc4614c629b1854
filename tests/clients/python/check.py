"""Sends labelled reports to a server and compares what comes back with their labels, cell by cell.

    python check.py --binary PATH FOLDER      starts a server of its own with an empty data directory
    python check.py --server ADDRESS FOLDER   asks a running one
"""

import argparse
import contextlib
import decimal
import json
import pathlib
import sys
import tempfile
import uuid

import grpc
from server import Server

import compare
import indicator
from gongkai.v1 import figure_pb2, ingest_pb2, ingest_pb2_grpc, query_pb2, query_pb2_grpc, report_pb2

DEADLINE_S = 120
INDICATOR = "requests.received"


class Client:
    """The few calls that the main job takes."""

    def __init__(self, address):
        channel = grpc.insecure_channel(address)
        self.ingest = ingest_pb2_grpc.IngestServiceStub(channel)
        self.query = query_pb2_grpc.QueryServiceStub(channel)

    def submit(self, path, request_id):
        """Sends one document; sending it again with the same id changes nothing."""
        metadata = ingest_pb2.DocumentMetadata(file_name=path.name, request_id=request_id)
        request = ingest_pb2.SubmitDocumentRequest(metadata=metadata, content=path.read_bytes())
        return self.ingest.SubmitDocument(request, timeout=DEADLINE_S).submission

    def wait(self, names):
        """Follows submissions until each has ended, and gives them by name."""
        names_filter = ingest_pb2.SubmissionFilter(names=names)
        request = ingest_pb2.WatchSubmissionsRequest(filter=names_filter, until_final=True)
        latest = {}
        for response in self.ingest.WatchSubmissions(request, timeout=DEADLINE_S):
            latest.update((submission.name, submission) for submission in response.submissions)
        return latest

    def report(self, name):
        """The whole record of a report."""
        return self.query.GetReport(query_pb2.GetReportRequest(name=name), timeout=DEADLINE_S).report

    def document(self, name):
        """The bytes of a document, as they were sent."""
        pieces = self.query.GetDocument(query_pb2.GetDocumentRequest(name=name), timeout=DEADLINE_S)
        return b"".join(piece.chunk for piece in pieces)

    def findings(self, report):
        """What is stored of a report's findings."""
        request = query_pb2.ListFindingsRequest(report=report, page_size=1000)
        return self.query.ListFindings(request, timeout=DEADLINE_S).findings


def check(client, folder):
    """Prints a line a document, and gives the number of differences."""
    files = [path for path in sorted(folder.rglob("*")) if path.suffix != ".json" and path.is_file()]
    request_ids = {path: str(uuid.uuid4()) for path in files if path.with_suffix(".json").exists()}
    if not request_ids:
        print(f"{folder} holds no labelled documents")
        return 1
    total = 0
    # One after the other: two documents may hold the same report, and what is served is what came last.
    for path, request_id in request_ids.items():
        name = client.submit(path, request_id).name
        found = list(_differences(client, path, request_id, client.wait([name]).get(name)))
        total += len(found)
        print(f"{path.name}: {f'{len(found)} differences' if found else 'as labelled'}")
        for difference in found:
            print(f"  {difference}")
    return total


def _differences(client, path, request_id, submission):
    if submission is None or submission.state != ingest_pb2.SUBMISSION_STATE_DONE:
        yield f"its submission did not end as done: {submission}"
        return
    if client.submit(path, request_id).name != submission.name:
        yield "sending it again with the same request id made another submission"
    if client.document(submission.document) != path.read_bytes():
        yield "its bytes do not come back as they were sent"
    if len(submission.reports) != 1:
        yield f"it gave {len(submission.reports)} reports, not one"
        return
    report = client.report(submission.reports[0].report)
    labels = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"), parse_float=decimal.Decimal)
    yield from compare.differences(report, labels)

    failed = [finding for finding in report.findings if finding.outcome == report_pb2.OUTCOME_FAILS]
    listed = [row.finding for row in client.findings(report.name)]
    if len(failed) != sum(finding.outcome == report_pb2.OUTCOME_FAILS for finding in listed):
        yield "the list of findings and the record do not agree"
    if not any(report.name == other for other in _resolved(client, report)):
        yield "it cannot be found by its subject, scope and year"


def _resolved(client, report):
    key = query_pb2.ResolveReportRequest(
        subject=report.subject.name, scope=report.scope.kind, year=report.year
    )
    return client.query.ResolveReport(key, timeout=DEADLINE_S).names


def check_columns(client, address):
    """Holds the columns of one indicator against the records, and gives the number of differences."""
    frame = indicator.read(address, INDICATOR)
    total = 0
    for row in frame.itertuples():
        figures = {figure.key: figure for figure in client.report(row.report).figures}
        figure = figures[row.key]
        expected = (
            figure_pb2.State.Name(figure.state).removeprefix("STATE_"),
            decimal.Decimal(figure.value) if figure.HasField("value") else None,
        )
        if expected != (row.state, row.value):
            print(f"  {row.subject} {row.key}: {expected} in the record, {(row.state, row.value)} in columns")
            total += 1
    if frame.empty:
        print(f"  there are no columns of {INDICATOR}")
        total += 1
    print(f"{INDICATOR} in columns: {f'{total} differences' if total else f'{len(frame)} rows as in their records'}")
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--binary", help="the program to start")
    which.add_argument("--server", help="address of a running server, such as 127.0.0.1:7411")
    parser.add_argument("folder", type=pathlib.Path, help="folder of documents with labels, and those below")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        address = arguments.server
        if arguments.binary:
            scratch = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
            server = stack.enter_context(Server(arguments.binary, scratch / "data"))
            address = server.address
        total = check(Client(address), arguments.folder)
        total += check_columns(Client(address), address)
        if arguments.binary and server.stop() != 0:
            print("the server did not end well")
            total += 1
    print("every label is right" if total == 0 else f"{total} differences")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
