"""Makes the calls of a file with the stubs of a release, and prints what came of each:

    python replay.py 127.0.0.1:7411 FOLDER_OF_DEFINITIONS CALLS
"""

import importlib
import json
import pathlib
import sys

import grpc
from google.protobuf import json_format, message_factory, symbol_database

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python"))
import stubs  # noqa: E402  (beside the examples in Python)

server, definitions, calls = sys.argv[1:]
stubs.make(pathlib.Path(definitions))
for path in sorted(pathlib.Path(definitions).rglob("*.proto")):
    importlib.import_module(".".join(path.relative_to(definitions).with_suffix("").parts) + "_pb2")
pool = symbol_database.Default().pool
channel = grpc.insecure_channel(server)


def replay(call):
    service, name = call["method"].split("/")
    method = pool.FindServiceByName(service).methods_by_name[name]
    answer = message_factory.GetMessageClass(method.output_type)
    request = json_format.ParseDict(call["request"], message_factory.GetMessageClass(method.input_type)())
    make = channel.unary_stream if method.server_streaming else channel.unary_unary
    made = make(f"/{call['method']}", type(request).SerializeToString, answer.FromString)(request, timeout=60)
    return [json_format.MessageToDict(message) for message in (made if method.server_streaming else [made])]


outcomes = []
for call in json.loads(pathlib.Path(calls).read_text(encoding="utf-8")):
    try:
        outcomes.append({"answers": replay(call)})
    except grpc.RpcError as error:
        outcomes.append({"code": error.code().name})
print(json.dumps(outcomes, ensure_ascii=False))
