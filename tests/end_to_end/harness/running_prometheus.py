"""Prometheus with the shipped configuration, scraping programs of this machine."""

import json
import re
import shutil
import time
import urllib.parse
import urllib.request

from programs import REPOSITORY
from running_process import RunningProcess

SHIPPED = REPOSITORY / "deploy/prometheus"


def configuration(server, front):
    """The shipped one, with targets HOST:PORT in place of names, and in haste."""
    text, found = re.subn(
        r"dns_sd_configs:\n.*names: \[server\], type: A, port: 8002.*",
        f'static_configs: [{{ targets: ["{server}"] }}]',
        (SHIPPED / "prometheus.yml").read_text(),
    )
    assert found == 1
    assert text.count("front:8090") == 1
    return (
        text.replace("front:8090", front)
        .replace("scrape_interval: 15s", "scrape_interval: 200ms")
        .replace(
            "scrape_timeout: 10s",
            "scrape_timeout: 200ms\n  evaluation_interval: 500ms",
        )
    )


class RunningPrometheus(RunningProcess):
    """Has scraped the server, and the front if one is given, when made."""

    def __init__(self, folder, server, front=None):
        config = folder / "prometheus.yml"
        # Nobody listens on the port 9 of this machine.
        config.write_text(configuration(server, front or "127.0.0.1:9"))
        shutil.copy(SHIPPED / "rules.yml", folder)
        super().__init__(
            [
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'data'}",
                "--web.listen-address=127.0.0.1:0",
                "--log.format=json",
            ]
        )
        try:
            self.address = self.wait_for(r'"address":"(127\.0\.0\.1:[1-9]\d*)"')[1]
            self._wait_until_scraped(2 if front else 1)
        except BaseException:
            super().__exit__()
            raise

    def ask(self, path, **parameters):
        url = f"http://{self.address}{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]

    def value(self, query, timeout=60):
        """A scrape that comes too late leaves nothing until the next one."""
        deadline = time.monotonic() + timeout
        while not (found := self.ask("/api/v1/query", query=query)["result"]):
            assert time.monotonic() < deadline, f"nothing for {query}"
            time.sleep(0.05)
        (series,) = found
        return float(series["value"][1])

    def _wait_until_scraped(self, jobs, timeout=60):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                if len(self.ask("/api/v1/query", query="up == 1")["result"]) == jobs:
                    return
            except OSError:
                pass  # not up itself yet
            time.sleep(0.05)
        raise TimeoutError("Prometheus did not scrape its targets")
