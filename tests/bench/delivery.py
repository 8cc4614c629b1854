"""Measures the whole way of a document, from sent to queryable, with everything on this machine.

Three systems take the same made-up reports of 14 KB one after the other: ours in one process (`gongkai up`), ours as three
processes over PostgreSQL and RabbitMQ (`gongkai serve`), and a pipeline of the usual kind over the same two servers
(usual.py). Each is first sent reports as fast as it takes them; ours then at half of that, for the latency.

    python delivery.py --binary target/release/gongkai --reports 20000

GONGKAI_TEST_POSTGRES and GONGKAI_TEST_AMQP name the servers, as `./dev servers env` prints them.
"""

import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
import uuid

import psycopg

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# What `gongkai load` sends.
REPORT = ROOT / "services" / "gongkai" / "src" / "commands" / "load" / "report.txt"
SERVICES = ("ingest", "parser", "query")
START_S = 120
PATIENCE_S = 3600
TICK_S = 0.1
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """Something did not do what it is measured for."""


# ---- Processes ----


class Process:
    """A process with its log, which ends with the block."""

    def __init__(self, command, log, environment):
        self.log = log
        self.file = log.open("w")
        self.process = subprocess.Popen(
            command, stdout=self.file, stderr=subprocess.STDOUT, env={**os.environ, **environment}, cwd=HERE
        )

    def wait_for(self, pattern):
        """The first group of a line of its log."""
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            found = re.search(pattern, self.log.read_text(errors="replace"), re.MULTILINE)
            if found:
                return found.group(1)
            if self.process.poll() is not None:
                break
            time.sleep(TICK_S)
        raise Failed(f"it did not start:\n{self.log.read_text(errors='replace')[-2000:]}")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.file.close()


def children(pid):
    """A process and all below it."""
    found = [pid]
    with contextlib.suppress(OSError):
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += children(int(child))
    return found


def used(pid):
    """Seconds of processor time and MiB of memory at most, of a process and all below it."""
    seconds, memory = 0.0, 0.0
    for one in children(pid):
        with contextlib.suppress(OSError, ValueError):
            fields = pathlib.Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            seconds += (int(fields[11]) + int(fields[12])) / CLOCK_TICKS
            status = pathlib.Path(f"/proc/{one}/status").read_text()
            memory += int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024
    return seconds, memory


# ---- Ours ----


def load(binary, address, reports, rate=None):
    command = [binary, "load", "--server", address, "--reports", str(reports), "--json"]
    if rate:
        command += ["--rate", str(max(1, rate))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    if done.returncode != 0:
        raise Failed(f"gongkai load: {done.stdout[-500:]}{done.stderr[-2000:]}")
    return json.loads(done.stdout)


def ours(name, binary, address, processes, reports):
    """Measures what listens at an address. Every part that works for it is in `processes`, by name."""
    load(binary, address, max(200, reports // 20))
    before = {part: used(process.process.pid)[0] for part, process in processes.items()}
    full = load(binary, address, reports)
    spent = {
        part: (used(process.process.pid)[0] - before[part]) / reports * 1e6 for part, process in processes.items()
    }
    half = load(binary, address, max(200, reports // 4), int(full["records_per_second"] / 2))
    memory = {part: used(process.process.pid)[1] for part, process in processes.items()}
    return {
        "name": name,
        "rate": full["records_per_second"],
        "acknowledged": full["acknowledged"],
        "half": half["queryable"],
        "spent": spent,
        "memory": memory,
    }


def embedded(binary, folder, reports):
    log = folder / "up.log"
    command = [binary, "up", "--listen", "127.0.0.1:0", "--data-dir", str(folder / "data")]
    server = Process(command, log, {"GONGKAI_LOG": "warn"})
    try:
        address = server.wait_for(r"^listening on (\S+)")
        return ours("gongkai up: one process, SQLite", binary, address, {"up": server}, reports)
    finally:
        server.stop()


def served(binary, folder, reports, store, broker):
    prefix = f"bench-{uuid.uuid4().hex}"
    environment = {
        "GONGKAI_LOG": "warn",
        "GONGKAI_STORE": store,
        "GONGKAI_QUEUE": broker,
        "GONGKAI_QUEUE_PREFIX": prefix,
        "GONGKAI_TOKEN_KEY": uuid.uuid4().hex + uuid.uuid4().hex,
        "GONGKAI_GRACE": "0",
    }
    processes = {}
    try:
        for service in SERVICES:
            command = [binary, "serve", service, "--listen", "127.0.0.1:0"]
            processes[service] = Process(command, folder / f"{service}.log", environment)
        addresses = {
            service: process.wait_for(r"^listening on (\S+)") for service, process in processes.items()
        }
        name = "gongkai serve: PostgreSQL, RabbitMQ"
        return ours(name, binary, addresses["ingest"], processes, reports)
    finally:
        for process in processes.values():
            process.stop()
        with contextlib.suppress(Exception):
            forget(broker, [f"{prefix}.{end}" for end in ("high", "normal", "low", "unreadable")], prefix)


def forget(broker, queues, exchange=None):
    """Deletes what was declared at the broker."""
    import kombu

    with kombu.Connection(broker) as connection, connection.channel() as channel:
        for name in queues:
            channel.queue_delete(name)
        if exchange:
            channel.exchange_delete(exchange)


# ---- The usual ----


def report(number, seed):
    """The made-up report that `gongkai load` sends under this number, but for the name of its district."""
    letters = "甲乙丙丁戊己庚辛壬癸"
    area = "".join(letters[int(digit)] for digit in f"{seed % 1_000_000:06}{number:07}") + "区"
    published = 100 + number % 9000
    text = REPORT.read_text(encoding="utf-8")
    for name, value in (("area", area), ("published", published), ("website", published // 2)):
        text = text.replace("{" + name + "}", str(value))
    return text.encode("utf-8")


def usual(folder, reports, store, broker, workers):
    name = f"bench-usual-{uuid.uuid4().hex}"
    environment = {"BENCH_STORE": store, "BENCH_QUEUE": broker, "BENCH_NAME": name}
    os.environ.update(environment)
    import usual as pipeline

    with psycopg.connect(store, autocommit=True) as connection:
        connection.execute(pipeline.TABLES)
    command = [sys.executable, "-m", "celery", "-A", "usual", "worker", "--concurrency", str(workers)]
    command += ["--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    worker = Process(command, folder / "usual.log", environment)
    try:
        worker.wait_for(r"(ready)\.\s*$")
        seed = int(time.time())
        send_usual(pipeline, store, 0, max(50, reports // 20), seed)
        wait_usual(store)
        before = used(worker.process.pid)[0]
        begun = time.monotonic()
        latencies = send_usual(pipeline, store, 1_000_000, reports, seed)
        wait_usual(store)
        seconds = time.monotonic() - begun
        spent, memory = used(worker.process.pid)
        latencies.sort()
        at = lambda part: latencies[min(len(latencies) - 1, int(len(latencies) * part))] * 1e6  # noqa: E731
        return {
            "name": "usual: Celery, lxml, psycopg",
            "rate": reports / seconds,
            "acknowledged": {"p50_us": at(0.5), "p99_us": at(0.99)},
            "half": None,
            "spent": {"worker": (spent - before) / reports * 1e6},
            "memory": {"worker": memory},
        }
    finally:
        worker.stop()
        with contextlib.suppress(Exception):
            forget(broker, [name])


def send_usual(pipeline, store, first, count, seed):
    """Sends documents from several threads, each with a connection of its own; gives how long each took."""
    numbers = queue.SimpleQueue()
    for number in range(first, first + count):
        numbers.put(number)
    latencies, lock = [], threading.Lock()

    def send():
        mine = []
        with psycopg.connect(store) as connection:
            while True:
                try:
                    number = numbers.get_nowait()
                except queue.Empty:
                    break
                content = report(number, seed)
                begun = time.monotonic()
                pipeline.accept(connection, content)
                mine.append(time.monotonic() - begun)
        with lock:
            latencies.extend(mine)

    with concurrent.futures.ThreadPoolExecutor(4) as senders:
        for done in [senders.submit(send) for _ in range(4)]:
            done.result(PATIENCE_S)
    return latencies


def wait_usual(store):
    end = time.monotonic() + PATIENCE_S
    with psycopg.connect(store, autocommit=True) as connection:
        while time.monotonic() < end:
            if not connection.execute("SELECT EXISTS (SELECT FROM documents WHERE state <> 'done')").fetchone()[0]:
                return
            time.sleep(TICK_S)
    raise Failed("the usual pipeline did not finish")


# ---- The measurement ----


@contextlib.contextmanager
def database(server):
    """A database of its own on a server."""
    name = f"gongkai_bench_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def table(results):
    """The results as lines."""
    lines = [
        "                                        a second   acknowledged p50 / p99   at half: queryable p50 / p99",
    ]
    for result in results:
        pair = lambda of: f"{of['p50_us'] / 1000:.0f} / {of['p99_us'] / 1000:.0f} ms" if of else "-"  # noqa: E731
        lines.append(
            f"{result['name']:38}  {result['rate']:8.0f}   {pair(result['acknowledged']):>22}   {pair(result['half']):>28}"
        )
    lines.append("")
    for result in results:
        parts = (
            f"{part} {result['spent'][part]:.0f} µs, {result['memory'][part]:.0f} MiB at most" for part in result["spent"]
        )
        lines.append(f"{result['name']:38}  processor time a report, memory: {'; '.join(parts)}")
    by_name = {result["name"].partition(":")[0]: result["rate"] for result in results}
    if "usual" in by_name:
        lines.append("")
        for name in ("gongkai up", "gongkai serve"):
            if name in by_name:
                lines.append(f"{name} takes {by_name[name] / by_name['usual']:.1f} times as many reports as the usual pipeline")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--binary", required=True, help="the program, as a release build")
    parser.add_argument("--reports", type=int, default=20_000, help="reports that each of ours takes")
    parser.add_argument("--usual-reports", type=int, default=2_000, help="reports that the usual pipeline takes")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 2, help="processes of the usual worker")
    parser.add_argument("--only", choices=("up", "serve", "usual"), action="append", help="only this system; may be repeated")
    arguments = parser.parse_args()
    binary = str(pathlib.Path(arguments.binary).resolve())
    server, broker = os.environ["GONGKAI_TEST_POSTGRES"], os.environ["GONGKAI_TEST_AMQP"]
    only = arguments.only or ["up", "serve", "usual"]
    results = []
    with tempfile.TemporaryDirectory(prefix="gongkai-bench-") as folder:
        folder = pathlib.Path(folder)
        if "up" in only:
            print("measuring gongkai up …", flush=True)
            results.append(embedded(binary, folder, arguments.reports))
        if "serve" in only:
            print("measuring gongkai serve …", flush=True)
            with database(server) as store:
                results.append(served(binary, folder, arguments.reports, store, broker))
        if "usual" in only:
            print("measuring the usual pipeline …", flush=True)
            with database(server) as store:
                results.append(usual(folder, arguments.usual_reports, store, broker, arguments.workers))
    print()
    print("\n".join(table(results)))


if __name__ == "__main__":
    try:
        main()
    except Failed as failed:
        sys.exit(f"error: {failed}")
