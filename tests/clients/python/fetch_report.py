"""Prints the cells of a report: python fetch_report.py 127.0.0.1:PORT SUBJECT YEAR"""

import sys

import grpc
import stubs

stubs.make()
from gongkai.v1 import figure_pb2, query_pb2, query_pb2_grpc  # noqa: E402

server, subject, year = sys.argv[1:]
query = query_pb2_grpc.QueryServiceStub(grpc.insecure_channel(server))
found = query.ResolveReport(query_pb2.ResolveReportRequest(subject=subject, year=int(year)))
for name in found.names:  # a name may be that of several bodies
    report = query.GetReport(query_pb2.GetReportRequest(name=name)).report
    print(report.region.code, report.title.text)
    for figure in report.figures:
        state = figure_pb2.State.Name(figure.state).removeprefix("STATE_")
        print(figure.key, figure.value if figure.HasField("value") else state, sep="\t")
