"""Holds the server to what it has answered since a release: the calls of a release are made with the stubs of that release,
and every field of the answers kept with it has to come back as it was. What a later server adds is allowed.

    python frozen.py --binary PATH python
    python frozen.py --binary PATH typescript FOLDER      of the built program
    python frozen.py --binary PATH java FOLDER
    python frozen.py --binary PATH --record               writes the answers of a new release; those of an old one never change

The same stubs then read a report from a server of the future, with a state, a form and a field that nobody knows yet.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "python"))
from server import Server  # noqa: E402  (beside the examples in Python)

RELEASE = HERE / "frozen" / "release-1"
SAMPLES = ("anning-2020", "lincang-2019")
TIME_LIMIT_S = 300
# What differs from run to run, or may be found or said better by a later parser.
VOLATILE = {
    "asOf", "chunk", "createTime", "digest", "document", "documents", "etag", "evidence", "extractorVersion", "fileName",
    "formEvidence", "issues", "messageEn", "messageZh", "nextPageToken", "position", "proof", "readTime", "renditions", "ruleVersion",
    "sections", "sha256", "snapshot", "span", "statements", "text", "textAfter", "textBefore",
    "version",
}  # fmt: skip
KEPT_MAX = 12
FUTURE_STATE, FUTURE_FORM = 77, 78
# What stands in the calls for the reports that the first two find.
PLACES = ("{report}", "{other}")


def kept(value):
    """What of an answer is kept."""
    if isinstance(value, dict):
        return {key: kept(inner) for key, inner in value.items() if key not in VOLATILE}
    return [kept(inner) for inner in value[:KEPT_MAX]] if isinstance(value, list) else value


def missing(golden, answer, path=""):
    """What of a kept answer is not in an answer, as a path; None where all of it is. Lists may have more elements between."""
    if isinstance(golden, dict):
        if not isinstance(answer, dict):
            return path or "/"
        paths = (missing(inner, answer.get(key), f"{path}/{key}") for key, inner in golden.items())
        return next((found for found in paths if found), None)
    if isinstance(golden, list):
        rest = iter(answer if isinstance(answer, list) else [])
        for index, inner in enumerate(golden):
            if not any(missing(inner, element) is None for element in rest):
                return f"{path}/{index}"
        return None
    return None if golden == answer else (path or "/")


class Client:
    """The program of a language that makes calls."""

    def __init__(self, language, folder):
        self.language, self.folder = language, folder

    def make(self, server, calls, scratch):
        file = scratch / "calls"
        if self.language == "java":
            lines = (f"{call['method']}\t{json.dumps(call['request'], ensure_ascii=False)}\n" for call in calls)
            file.write_text("".join(lines), encoding="utf-8")
            path = os.pathsep.join([str(self.folder / "target/classes"), str(self.folder / "target/lib/*")])
            command = ["java", "-cp", path, "Replay", server, str(file)]
        else:
            file.write_text(json.dumps(calls, ensure_ascii=False), encoding="utf-8")
            command = {
                "python": [sys.executable, str(HERE / "frozen/python/replay.py"), server, str(RELEASE / "proto"), str(file)],
                "typescript": ["node", str(self.folder or "") + "/dist/replay.js", f"http://{server}", str(file)],
            }[self.language]
        environment = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(command, capture_output=True, env=environment, timeout=TIME_LIMIT_S)
        if done.returncode != 0:
            raise SystemExit(f"{command} ended with {done.returncode}:\n{done.stderr.decode(errors='replace')}")
        outcomes = json.loads(done.stdout.decode())
        if len(outcomes) != len(calls):
            raise SystemExit(f"{len(outcomes)} of {len(calls)} calls were made")
        return outcomes


def named(value, names):
    """The same with other names: those of a server are its own."""
    text = json.dumps(value, ensure_ascii=False)
    for old, new in names.items():
        text = text.replace(old, new)
    return json.loads(text)


def of_the_future(upstream):
    """A server before `upstream` that says more of a report than the stubs of today know."""
    import grpc
    import stubs

    stubs.make()
    from gongkai.v1 import query_pb2

    channel = grpc.insecure_channel(upstream)
    get_report = channel.unary_unary("/gongkai.v1.QueryService/GetReport")

    def answer(request, context):
        response = query_pb2.GetReportResponse.FromString(get_report(request, timeout=60))
        report = response.report
        report.form = FUTURE_FORM
        report.revision.extractor_version = 4_000_000_000
        report.figures[0].state = FUTURE_STATE
        report.figures[0].ClearField("value")
        report.figures.add(key="requests.received.machine", state=1, value="7")
        unknown = b"\xfa\xff\x0f\x03new"  # field 32767, a text
        return response.SerializeToString() + unknown

    class Handler(grpc.GenericRpcHandler):
        def service(self, details):
            known = details.method == "/gongkai.v1.QueryService/GetReport"
            return grpc.unary_unary_rpc_method_handler(answer) if known else None

    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((Handler(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, f"127.0.0.1:{port}"


def survives(answers):
    """What is wrong with how a report of the future was read."""
    report = answers["answers"][0]["report"]
    first, last = report["figures"][0], report["figures"][-1]
    found = (first["state"], first.get("value"), report["form"], last["key"], last["value"])
    expected = (FUTURE_STATE, None, FUTURE_FORM, "requests.received.machine", "7")
    return None if found == expected else f"a report of the future is read as {found}, not as {expected}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the program to start")
    parser.add_argument("--record", action="store_true", help="write the answers of a new release")
    parser.add_argument("language", nargs="?", default="python", choices=["python", "typescript", "java"])
    parser.add_argument("folder", nargs="?", type=pathlib.Path, help="where the program was built")
    arguments = parser.parse_args()
    client = Client(arguments.language, arguments.folder)
    calls = json.loads((RELEASE / "calls.json").read_text(encoding="utf-8"))
    differences = []
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        with Server(arguments.binary, scratch / "data") as server:
            files = [str(HERE.parent / "corpus" / f"{name}.txt") for name in SAMPLES]
            for file in files:  # one after the other: lists are in the order of arrival
                command = [arguments.binary, "submit", "--server", f"http://{server.address}", file]
                subprocess.run(command, check=True, capture_output=True, timeout=TIME_LIMIT_S)
            found = client.make(server.address, calls[:2], scratch)
            names = {place: outcome["answers"][0]["names"][0] for place, outcome in zip(PLACES, found, strict=True)}
            made = client.make(server.address, named(calls, names), scratch)
            outcomes = named(made, {name: place for place, name in names.items()})
            if arguments.record:
                text = json.dumps([kept(outcome) for outcome in outcomes], ensure_ascii=False, indent=1)
                (RELEASE / "answers.json").write_text(text + "\n", encoding="utf-8")
            golden = json.loads((RELEASE / "answers.json").read_text(encoding="utf-8"))
            for call, before, now in zip(calls, golden, outcomes, strict=True):
                lost = missing(before, now)
                if lost:
                    differences.append(f"{call['method']}: {lost} is not what it was")
            future, address = of_the_future(server.address)
            get = named([call for call in calls if call["method"].endswith("/GetReport")][:1], names)
            wrong = survives(client.make(address, get, scratch)[0])
            future.stop(None)
            differences += [wrong] if wrong else []
            if server.stop() != 0:
                raise SystemExit("the server did not end well")
    for difference in differences:
        print(difference)
    outcome = f"{len(differences)} differences" if differences else "as they were"
    print(f"{len(calls)} calls of {RELEASE.name} in {arguments.language}: {outcome}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
