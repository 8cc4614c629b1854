"""Tells of every report that becomes current: python watch.py 127.0.0.1:7411 [POSITION], where it goes on from"""

import sys

import grpc
import stubs

stubs.make()
from gongkai.v1 import query_pb2_grpc, revisions_pb2  # noqa: E402

server, *position = sys.argv[1:]
query = query_pb2_grpc.QueryServiceStub(grpc.insecure_channel(server))
after = revisions_pb2.WatchReportsRequest(after_position=int(*position))
for message in query.WatchReports(after):
    for change in message.changes:
        kind = revisions_pb2.ReportChangeKind.Name(change.kind).removeprefix("REPORT_CHANGE_KIND_")
        said = (change.position, kind, change.key.subject, change.key.year or "?", change.revision.number)
        print(*said, sep="\t", flush=True)
