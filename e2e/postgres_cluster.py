"""A private PostgreSQL cluster on a Unix socket, for end-to-end tests. Nothing of the machine's own cluster is touched."""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time


def binaries():
    """BACKTEST_POSTGRES_BIN names another version's; createdb and psql are always the machine's."""
    if chosen := os.environ.get("BACKTEST_POSTGRES_BIN"):
        return pathlib.Path(chosen)
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
    assert found, "PostgreSQL is not installed: ./dev setup"
    return found[-1]


def place(settings):
    """Where nothing is synced, memory is as good as a disk, and sooner written and removed."""
    memory = pathlib.Path("/dev/shm")
    if "fsync=on" in settings or not memory.is_dir() or shutil.disk_usage(memory).free < 4 << 30:
        return None
    return memory


class Cluster:
    """`settings` are PostgreSQL's; `prefix` goes before the server's command, such as one that enters a network
    namespace; `data` names another place for its files, such as a small disk."""

    def __init__(self, settings=(), prefix=(), data=None, initdb=()):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="backtest-pg-", dir=place(settings)))
        self.data = pathlib.Path(data or self.directory) / "data"
        self.settings, self.prefix = list(settings), list(prefix)
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            shutil.chown(self.directory, "postgres")
        self.directory.chmod(0o755)
        self.run("initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--no-sync", *initdb)
        self.start()

    def command(self, program, *arguments):
        command = [str(binaries() / program), *map(str, arguments)]
        return [*self.prefix, "runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command

    def run(self, program, *arguments):
        done = subprocess.run(self.command(program, *arguments), capture_output=True, text=True, cwd="/", timeout=60,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C"})
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

    def start(self):
        settings = ["listen_addresses=", "fsync=off", "max_connections=200", *self.settings]
        options = " ".join([f"-k {self.directory}", *(f"-c {setting}" for setting in settings)])
        self.run("pg_ctl", "-D", self.data, "-w", "-s", "-l", self.directory / "log", "-o", options, "start")

    def is_running(self):
        return subprocess.run(self.command("pg_ctl", "-D", self.data, "status"), capture_output=True,
                              cwd="/").returncode == 0

    def postmaster(self):
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    def crash_and_start(self):
        self.run("pg_ctl", "-D", self.data, "-w", "-s", "-m", "immediate", "stop")
        self.start()

    def kill_and_start(self):
        """kill -9 of the postmaster. Its children notice by themselves; a new one waits for the last of them."""
        os.kill(self.postmaster(), signal.SIGKILL)
        for _ in range(100):
            try:
                return self.start()
            except AssertionError:
                time.sleep(0.1)
        self.start()

    def stop(self):
        try:
            if self.is_running():
                self.run("pg_ctl", "-D", self.data, "-w", "-s", "-m", "immediate", "stop")
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)

    def dsn(self, user="postgres"):
        return f"host={self.directory} dbname=postgres user={user}"

    def sql(self, statement, user="postgres"):
        done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", self.dsn(user), "-c", statement],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()
