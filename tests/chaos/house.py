"""A database, a broker and services of a run's own, each of which can be killed, frozen and started again.

Everything listens on loopback, on ports that were free, and everything that was started here is ended here, by its
process id.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVERS = ROOT / "tools" / "servers"
START_S = 120
# What a service may take to end when it is asked to.
STOP_S = 10


_given = set()


def free_ports(count, begin):
    """The first of `count` ports in a row that nobody listens on and that were not given before."""
    for first in range(begin, 32000, 20):
        if first in _given:
            continue
        held = []
        try:
            for port in range(first, first + count):
                held.append(socket.socket())
                held[-1].bind(("127.0.0.1", port))
            _given.add(first)
            return first
        except OSError:
            continue
        finally:
            for one in held:
                one.close()
    raise RuntimeError("no free ports")


def signal_all(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def children(pid):
    """A process and all that come from it."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
    family, grown = {pid}, True
    while grown:
        more = {child for child, parent in parents.items() if parent in family} - family
        family |= more
        grown = bool(more)
    return sorted(family)


class Server:
    """A database or a broker, by its script in tools/servers."""

    def __init__(self, script, environment, pid_file):
        self.kind = script
        self.name = script
        self._script = SERVERS / f"{script}.sh"
        self._environment = {**os.environ, **environment}
        self._pid_file = pid_file
        self._frozen = []

    def _run(self, *command):
        done = subprocess.run(
            [self._script, *command], env=self._environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600, text=True, start_new_session=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{self._script} {' '.join(command)}: {done.stdout}")
        return done.stdout

    def start(self):
        self._run("start")

    def variables(self):
        return dict(line.split("=", 1) for line in self._run("env").splitlines())

    def ask(self, statement):
        """What a database answers to a statement of SQL."""
        return self._run("ask", "-c", statement).strip()

    def _pid(self):
        return int(self._pid_file.read_text().split()[0])

    def kill(self):
        pid = self._pid()
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not pathlib.Path(f"/proc/{pid}/cwd").exists() or is_dead(pid), f"the end of {self.name}")

    def freeze(self):
        self._frozen = children(self._pid())
        signal_all(self._frozen, signal.SIGSTOP)

    def thaw(self):
        signal_all(self._frozen, signal.SIGCONT)
        self._frozen = []

    def stop(self):
        """Asks it to end, as for an update."""
        self._run("stop")

    def wipe(self):
        self.thaw()
        self._run("wipe")


def is_dead(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except OSError:
        return True


def wait_for(condition, what, seconds=START_S):
    deadline = time.monotonic() + seconds
    while not condition():
        if deadline < time.monotonic():
            raise RuntimeError(f"waited {seconds} s for {what}")
        time.sleep(0.02)


class Service:
    """A process of the product, on an address that stays the same."""

    def __init__(self, kind, number, command, environment, log):
        self.kind = kind
        self.name = f"{kind}-{number}"
        port = free_ports(1, 28000 + 500 * ["ingest", "parser", "query"].index(kind) + 20 * number)
        self.address = f"127.0.0.1:{port}"
        # A process that aborts leaves no core.
        shell = ["sh", "-c", 'ulimit -c 0; exec "$@"', "sh"]
        self._command = [*shell, *command, "serve", kind, "--listen", self.address, "--grace", "0"]
        self.environment = environment
        self.log = log / f"{self.name}.log"
        self._process = None
        self._lock = threading.Lock()
        self._wanted = False
        self._extras = []
        self.ended_by_itself = 0

    def start(self, *extras):
        """Starts it, with more in its environment; where it ends by itself, `keep` starts it with that of the next."""
        with self._lock:
            self._wanted = True
            self._extras = list(extras)
            self._spawn()

    def restart(self, *extras):
        """Asks it to end, starts it again, and waits until it is there."""
        self.stop()
        self.start(*extras)
        wait_for(self.is_up, f"{self.name}; its log is {self.log}")

    def pid(self):
        return self._process.pid

    def _spawn(self):
        extra = self._extras.pop(0) if self._extras else {}
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **self.environment, **extra}, start_new_session=True,
            )  # fmt: skip

    def keep(self):
        """Starts it again where it has ended by itself, as whoever runs it would."""
        with self._lock:
            if self._wanted and self._process and self._process.poll() is not None:
                self.ended_by_itself += 1
                self._spawn()

    def is_up(self):
        try:
            socket.create_connection(("127.0.0.1", int(self.address.rsplit(":", 1)[1])), 0.5).close()
            return True
        except OSError:
            return False

    def kill(self):
        with self._lock:
            self._wanted = False
            if self._process:
                self._process.kill()
                self._process.wait()

    def freeze(self):
        self._signal(signal.SIGSTOP)

    def thaw(self):
        self._signal(signal.SIGCONT)

    def _signal(self, number):
        with self._lock:
            # One that has ended and was not waited for keeps its id.
            if self._process and self._process.poll() is None:
                self._process.send_signal(number)

    def stop(self):
        """Asks it to end. Gives its exit code and how long it took; None where it did not in time."""
        with self._lock:
            self._wanted = False
            if self._process is None or self._process.poll() is not None:
                return 0, 0.0
            begun = time.monotonic()
            self._process.terminate()
            try:
                code = self._process.wait(STOP_S + 5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
                code = None
            return code, time.monotonic() - begun

    def said(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""


class House:
    """All of it."""

    def __init__(self, binary, folder, counts, environment=None):
        self.folder = pathlib.Path(folder)
        self._servers_folder = self.folder / "servers"
        self._servers_folder.mkdir(parents=True)
        # The servers run as users of their own, who have to get in.
        self.folder.chmod(0o755)
        broker_port, database_port = free_ports(5, 26670), free_ports(1, 26690)
        settings = {
            "GONGKAI_SERVERS_DIR": str(self._servers_folder),
            "GONGKAI_RABBITMQ_PORT": str(broker_port),
            "GONGKAI_POSTGRES_PORT": str(database_port),
        }
        self.broker = Server("rabbitmq", settings, self._servers_folder / "rabbitmq" / "pid")
        cluster = self._servers_folder / "postgres" / "cluster"
        self.database = Server("postgres", settings, cluster / "postmaster.pid")
        self.services = []
        self._stop = threading.Event()
        self._counts = counts
        self._binary = str(binary)
        self._more, self._environment = environment or {}, {}
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    def start(self, extra=None):
        """Starts servers, then services; `extra` has more environment by kind, for the first start alone."""
        self.database.start()
        self.broker.start()
        variables = {**self.database.variables(), **self.broker.variables()}
        self._environment = {
            "GONGKAI_STORE": variables["GONGKAI_TEST_POSTGRES"],
            "GONGKAI_QUEUE": variables["GONGKAI_TEST_AMQP"],
            "GONGKAI_TOKEN_KEY": "0f" * 32,
            "GONGKAI_LOG": "info",
            **self._more,
        }
        for kind, count in self._counts.items():
            for number in range(count):
                # The first one makes the tables.
                self.add(kind, number, self._binary, (extra or {}).get(kind, {}))
        self._keeper.start()

    def add(self, kind, number, binary, extra):
        """One more service, with more in its environment for its first start."""
        service = Service(kind, number, [str(binary)], self._environment, self.folder)
        self.services.append(service)
        service.start(extra)
        wait_for(service.is_up, f"{service.name}; its log is {service.log}")
        return service

    def of(self, kind):
        return [service for service in self.services if service.kind == kind]

    def _keep(self):
        while not self._stop.wait(0.3):
            for service in list(self.services):
                service.keep()

    def end(self, keep_logs):
        """Ends everything and deletes its data."""
        self._stop.set()
        for service in self.services:
            service.kill()
        for server in (self.broker, self.database):
            server.wipe()
        if not keep_logs:
            shutil.rmtree(self.folder, ignore_errors=True)
