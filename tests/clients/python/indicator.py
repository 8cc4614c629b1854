"""Reads one indicator of all reports to a data frame: python indicator.py 127.0.0.1:7411 requests.received"""

import json
import sys

import pyarrow.flight as flight


def read(address, indicator):
    """A row for each cell that states the indicator. A blank has no value: look at `state` before you add anything up."""
    asked = {"indicators": [indicator], "sources": ["FIGURE_SOURCE_TABLE"]}
    with flight.connect(f"grpc://{address}") as client:
        return client.do_get(flight.Ticket(json.dumps(asked))).read_all().to_pandas()


if __name__ == "__main__":
    print(read(*sys.argv[1:])[["subject", "year", "state", "value"]].to_string())
