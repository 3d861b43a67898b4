"""A child process that is waited for by what it says, and ended by its id."""

import os
import queue
import re
import signal
import subprocess
import threading
import time


class RunningProcess:
    """Collects the lines of stdout and stderr while the process runs."""

    def __init__(self, arguments, **options):
        self.lines = []
        self._unread = queue.Queue()
        self._process = subprocess.Popen(
            arguments,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            self._unread.put(line.rstrip("\n"))
        self._unread.put(None)

    @property
    def output(self):
        return "\n".join(self.lines)

    def wait_for(self, pattern, timeout=60):
        """The match of the first line, not yet looked at, that has `pattern`."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                line = self._unread.get(timeout=deadline - time.monotonic())
            except (queue.Empty, ValueError):
                raise TimeoutError(f"no {pattern!r} in:\n{self.output}") from None
            if line is None:
                raise EOFError(f"ended without {pattern!r}:\n{self.output}")
            self.lines.append(line)
            match = re.search(pattern, line)
            if match:
                return match

    @property
    def pid(self):
        return self._process.pid

    def peak_memory(self):
        """The most bytes that it has held in memory."""
        return self._memory("VmHWM")

    def memory(self):
        """The bytes that it holds in memory."""
        return self._memory("VmRSS")

    def _memory(self, field):
        with open(f"/proc/{self.pid}/status") as status:
            line = re.search(rf"{field}:\s+(\d+) kB", status.read())
        return int(line.group(1)) * 1024

    def open_files(self):
        """How many descriptors it has."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def send(self, number):
        self._process.send_signal(number)

    def wait(self, timeout=60):
        """Waits for its end; the exit status."""
        status = self._process.wait(timeout)
        self._reader.join(timeout)
        while True:
            line = self._unread.get(timeout=timeout)
            if line is None:
                self._unread.put(None)
                return status
            self.lines.append(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()

    def terminate(self, timeout=60):
        """SIGTERM and its end; the exit status."""
        self.send(signal.SIGTERM)
        return self.wait(timeout)
