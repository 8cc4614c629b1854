"""A real `gongkai up`, started on a free port of its own choice, for tests that look at it from outside."""

import pathlib
import re
import signal
import subprocess
import time

START_S = 60
STOP_S = 60


class Server:
    """One server process over one data directory. It may be started again after `kill` or `stop`."""

    def __init__(self, binary, data_dir):
        self.binary = str(binary)
        self.data_dir = pathlib.Path(data_dir)
        self.log = self.data_dir.with_suffix(".log")
        self.address = None
        self._process = None

    def start(self):
        """Starts it and waits until it says where it listens."""
        with open(self.log, "ab") as log:
            begin = log.tell()
            command = [self.binary, "up", "--listen", "127.0.0.1:0", "--data-dir", str(self.data_dir)]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            said = self.log.read_bytes()[begin:].decode(errors="replace")
            found = re.search(r"^listening on http://(\S+)$", said, re.MULTILINE)
            if found:
                self.address = found.group(1)
                return self.address
            if self._process.poll() is not None:
                raise RuntimeError(f"the server ended with {self._process.returncode}:\n{said}")
            time.sleep(0.02)
        self.kill()
        raise RuntimeError(f"the server did not say where it listens within {START_S} s:\n{said}")

    def kill(self):
        """Ends it at once, as a crash of the process would."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self):
        """Asks it to end, and returns its exit code."""
        if not self._process:
            return 0
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f"the server did not end within {STOP_S} s of being asked to") from None
        self._process = None
        return code

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
