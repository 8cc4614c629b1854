"""One indicator of all counties of a province, a column a year: python counties.py 127.0.0.1:7411 530000 requests.received"""

import sys

import grpc
import pandas
import stubs

stubs.make()
from gongkai.v1 import figure_pb2, statistics_pb2, statistics_pb2_grpc  # noqa: E402

server, province, indicator = sys.argv[1:]
statistics = statistics_pb2_grpc.StatisticsServiceStub(grpc.insecure_channel(server))
which = statistics_pb2.QueryFiguresRequest(
    filter=f'region.within("{province}") AND scope = WHOLE_AREA',  # scopes are never mixed
    ranks=["RANK_COUNTY"],
    kinds=["BODY_KIND_GOVERNMENT"],
    indicators=[indicator],
    sources=["FIGURE_SOURCE_TABLE"],
)
rows = [row for message in statistics.QueryFigures(which) for row in message.rows]
state = [figure_pb2.State.Name(row.state).removeprefix("STATE_") for row in rows]
frame = pandas.DataFrame({"region": [row.region_code for row in rows], "subject": [row.subject for row in rows]})
frame["year"] = [row.year if row.HasField("year") else "?" for row in rows]
frame["cell"] = [row.value if row.HasField("value") else state for row, state in zip(rows, state)]
cells = frame.groupby(["region", "subject", "year"])["cell"].agg(" | ".join)  # two reports on one year stay two
print(cells.unstack("year").to_string(na_rep=""))
