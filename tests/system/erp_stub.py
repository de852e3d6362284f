"""A stub of an ERP as a process of its own, for the tests of API connectors."""

import os
import subprocess

from daemon import LAB, expect, scratch


class Stub:
    """Runs tests/lab/NAME while it is open; its settings go by `[...]`, and the workload finds it by the environment."""

    def __init__(self, name, seed, **settings):
        self.name, self.directory = name, os.path.join(scratch(), name)
        self.lab("start", **{f"{name.upper()}_ORDERS": "40", f"{name.upper()}_SEED": str(seed), **settings})

    def lab(self, action, **settings):
        # a variable of an earlier server would name its port
        environment = {name: value for name, value in os.environ.items() if not name.startswith(f"{self.name.upper()}_")}
        done = subprocess.run([os.path.join(LAB, self.name), action, self.directory], env={**environment, **settings},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", check=False)
        expect(done.returncode == 0, lambda: f"{self.name} {action}: {done.stderr[-500:]}")
        self.environment = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
        os.environ.update(self.environment)

    def __getitem__(self, name):
        return self.environment[name]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lab("kill")
