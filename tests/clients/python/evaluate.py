"""Checks a draft, which is not stored: python evaluate.py 127.0.0.1:7411 FILE"""

import pathlib
import sys

import grpc
import stubs

stubs.make()
from gongkai.v1 import evaluation_pb2, evaluation_pb2_grpc, report_pb2  # noqa: E402

server, file = sys.argv[1:]
evaluation = evaluation_pb2_grpc.EvaluationServiceStub(grpc.insecure_channel(server))
draft = evaluation_pb2.DraftDocument(content=pathlib.Path(file).read_bytes(), file_name=file)
for answer in evaluation.EvaluateRules(evaluation_pb2.EvaluateRulesRequest(document=draft)):
    for finding in answer.report.findings:
        outcome = report_pb2.Outcome.Name(finding.outcome).removeprefix("OUTCOME_")
        print(outcome, finding.rule, finding.subject, finding.message_zh, sep="\t")
