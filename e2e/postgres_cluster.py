"""A private PostgreSQL cluster on a Unix socket, for end-to-end tests. Nothing of the machine's own cluster is touched."""
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile


def binaries():
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
    assert found, "PostgreSQL is not installed: ./dev setup"
    return found[-1]


class Cluster:
    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="backtest-pg-"))
        self.data = self.directory / "data"
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            shutil.chown(self.directory, "postgres")
        self.directory.chmod(0o755)
        self.run("initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--no-sync")
        self.start()

    def run(self, program, *arguments):
        command = [str(binaries() / program), *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", timeout=60,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C"})
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

    def start(self):
        options = f"-k {self.directory} -c listen_addresses= -c fsync=off -c max_connections=200"
        self.run("pg_ctl", "-D", self.data, "-w", "-s", "-l", self.directory / "log", "-o", options, "start")

    def crash_and_start(self):
        self.run("pg_ctl", "-D", self.data, "-w", "-s", "-m", "immediate", "stop")
        self.start()

    def stop(self):
        try:
            self.run("pg_ctl", "-D", self.data, "-w", "-s", "-m", "immediate", "stop")
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)

    def dsn(self, user="postgres"):
        return f"host={self.directory} dbname=postgres user={user}"

    def sql(self, statement):
        done = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", self.dsn(), "-c", statement],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()
