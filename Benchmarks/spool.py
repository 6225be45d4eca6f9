#!/usr/bin/env python3
"""spool.py - how well reeld's spool keeps up with the disk. See spool.md.

Everything is measured in turns (A B C A B C …), so that what else the machine does hits all alike, and
compared with a reference in C that does the same durable work. Prints a table of medians and writes
every single figure to a JSON file.
"""
import argparse
import ctypes
import itertools
import json
import os
import select
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

CONFIGURATION = """{ pipelines: { copy: { steps: [
    { name: "copy", command: ["/usr/bin/cp", "{job}", "{out}/job.json"] } ] } } }"""
IN_MOVED_TO, IN_Q_OVERFLOW = 0x80, 0x4000
STALLED = 300  # seconds without any progress after which a run is given up
TICK = os.sysconf("SC_CLK_TCK")
libc = ctypes.CDLL(None, use_errno=True)


class Watch:
    """Names renamed into directories, each with the moment it was seen."""

    def __init__(self, **directories):
        self.descriptor = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        self.kinds = {}
        for kind, path in directories.items():
            watch = libc.inotify_add_watch(self.descriptor, os.fsencode(path), IN_MOVED_TO)
            if watch < 0:
                raise OSError(ctypes.get_errno(), path)
            self.kinds[watch] = kind

    def read(self):
        """What is there, as (kind, name)."""
        try:
            data = os.read(self.descriptor, 1 << 20)
        except BlockingIOError:
            return
        offset = 0
        while offset < len(data):
            watch, mask, _, length = struct.unpack_from("iIII", data, offset)
            if mask & IN_Q_OVERFLOW:
                raise RuntimeError("the kernel lost events: raise fs.inotify.max_queued_events")
            name = data[offset + 16 : offset + 16 + length].rstrip(b"\0").decode()
            offset += 16 + length
            yield self.kinds[watch], name

    def close(self):
        os.close(self.descriptor)


class Spool:
    """A root, and how to fill its inbox."""

    numbers = itertools.count()

    def __init__(self, parent):
        self.root = tempfile.mkdtemp(prefix="root-", dir=parent)
        for name in ("inbox", "active", "done", "outputs", "outputs/.staging", "state", "drop"):
            os.mkdir(f"{self.root}/{name}")

    def fill(self, count, directory="inbox"):
        """Writes job specs; returns their names."""
        names = []
        for _ in range(count):
            number = next(self.numbers)
            names.append(f"job-{number:07}.json")
            file = os.open(f"{self.root}/{directory}/{names[-1]}", os.O_WRONLY | os.O_CREAT, 0o644)
            os.write(file, b'{"pipeline": "copy", "topic": "Job number %d"}\n' % number)
            os.close(file)
        return names

    def drop(self, name):
        os.rename(f"{self.root}/drop/{name}", f"{self.root}/inbox/{name}")

    def age(self, count):
        """Makes sessions and receipts of long ago."""
        for number in range(count):
            session = f"{self.root}/outputs/session_20250101_{number // 26:06}_aaa{chr(97 + number % 26)}"
            os.mkdir(session)
            for name in ("final_output", "metadata"):
                os.mkdir(f"{session}/{name}")
            for name in (f"old-{number}.json", f"old-{number}.json.receipt"):
                os.close(os.open(f"{self.root}/done/{name}", os.O_WRONLY | os.O_CREAT, 0o644))


class Daemon:
    """A running contestant, seen from outside."""

    def __init__(self, contestant, spool):
        self.spool = spool
        self.watch = Watch(started=f"{spool.root}/active", done=f"{spool.root}/done")
        self.started, self.done = {}, {}
        self.ready = None
        path = f"{spool.root}/notify"
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.notify.bind(path)
        self.log = open(f"{spool.root}/log", "ab")
        environment = {"PATH": os.environ["PATH"], "NOTIFY_SOCKET": path, **contestant.environment}
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(
            [*contestant.command, spool.root], stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log, env=environment)
        self.poll = select.poll()
        self.poll.register(self.watch.descriptor, select.POLLIN)
        self.poll.register(self.notify, select.POLLIN)

    def wait(self, is_so):
        """Waits until something is so, noting when things are seen."""
        deadline = time.monotonic() + STALLED
        while not is_so():
            if not self.poll.poll(1000):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{self.process.args} stopped or is stuck: see {self.log.name}")
                continue
            deadline = time.monotonic() + STALLED
            now = time.perf_counter()
            for kind, name in self.watch.read():
                if kind == "started":
                    self.started[name] = now
                elif name.endswith(".json"):
                    self.done[name] = now
            try:
                while True:
                    if b"READY=1" in self.notify.recv(65536):
                        self.ready = now
            except BlockingIOError:
                pass

    def cpu(self):
        """Seconds of the daemon alone, and with its children."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            times = [int(field) for field in file.read().rpartition(") ")[2].split()[11:15]]
        return sum(times[:2]) / TICK, sum(times) / TICK

    def memory(self):
        """MB resident: now, and the most there ever was."""
        with open(f"/proc/{self.process.pid}/status") as file:
            values = dict(line.split(":", 1) for line in file)
        return [int(values[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM")]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(STALLED) != 0:
            raise RuntimeError(f"{self.process.args} failed: see {self.log.name}")
        self.watch.close()
        self.notify.close()
        os.unlink(f"{self.spool.root}/notify")
        self.log.close()


class Contestant:
    def __init__(self, command, environment=None):
        self.command = command
        self.environment = environment or {}


# Each measurement runs one contestant once and returns figures by name.


def throughput(contestant, spool, jobs, dropped):
    """All jobs of a batch, there before the start or renamed in while it runs."""
    names = spool.fill(jobs, "drop" if dropped else "inbox")
    daemon = Daemon(contestant, spool)
    begun = daemon.begun
    if dropped:
        daemon.wait(lambda: daemon.ready)
        begun = time.perf_counter()
        for name in names:
            spool.drop(name)
    daemon.wait(lambda: len(daemon.done) >= jobs)
    alone, children = daemon.cpu()
    figures = {
        "jobs/s": jobs / (max(daemon.done.values()) - begun),
        "CPU ms/job": 1000 * alone / jobs,
        "CPU ms/job with children": 1000 * children / jobs,
        "MB resident at most": daemon.memory()[1],
    }
    daemon.stop()
    check(spool, names)
    return figures


def waiting(contestant, spool, count, sample):
    """The first jobs of many that wait."""
    missing = count - len(os.listdir(f"{spool.root}/inbox"))
    spool.fill(missing)
    settle()
    daemon = Daemon(contestant, spool)
    daemon.wait(lambda: len(daemon.done) >= sample)
    alone, _ = daemon.cpu()
    resident, most = daemon.memory()
    done = sorted(daemon.done.values())
    # Each waiting file is looked at once, beside the first jobs. What a job costs when that is over:
    begun = max(len(daemon.done), count // 30)
    later = min(sample, count - begun)
    known = alone / sample
    if later > 0:
        daemon.wait(lambda: len(daemon.done) >= begun)
        first, before = len(daemon.done), daemon.cpu()[0]
        daemon.wait(lambda: len(daemon.done) >= first + later)
        known = (daemon.cpu()[0] - before) / (len(daemon.done) - first)
    daemon.wait(lambda: daemon.ready)
    figures = {
        "ms to first start": 1000 * (min(daemon.started.values()) - daemon.begun),
        "ms to first done": 1000 * (done[0] - daemon.begun),
        "ms to READY": 1000 * (daemon.ready - daemon.begun),
        "jobs/s": (sample - 1) / (done[sample - 1] - done[0]),
        "CPU ms/job": 1000 * alone / sample,
        "CPU ms/job, all known": 1000 * known,
        "MB resident": resident,
        "MB resident at most": most,
    }
    daemon.stop()
    return figures


def start_up(contestant, spool):
    """From exec to READY=1 and to the first job done, with what is in the spool."""
    spool.fill(1)
    settle()
    daemon = Daemon(contestant, spool)
    daemon.wait(lambda: daemon.ready and daemon.done)
    figures = {
        "ms to READY": 1000 * (daemon.ready - daemon.begun),
        "ms to first done": 1000 * (min(daemon.done.values()) - daemon.begun),
        "MB resident": daemon.memory()[0],
    }
    daemon.stop()
    return figures


def latency(contestants, parent, count):
    """One job at a time into idle inboxes: all contestants run, and take turns."""
    daemons = {}
    for name, contestant in contestants.items():
        daemons[name] = daemon = Daemon(contestant, Spool(parent))
        daemon.wait(lambda: daemon.ready)
    times = {name: [] for name in daemons}
    for _ in range(count):
        for name, daemon in daemons.items():
            (job,) = daemon.spool.fill(1, "drop")
            time.sleep(0.02)  # so that what followed the last job is over
            begun = time.perf_counter()
            daemon.spool.drop(job)
            daemon.wait(lambda: job in daemon.done)
            times[name].append(1000 * (daemon.done[job] - begun))
            check(daemon.spool, [job])
    for daemon in daemons.values():
        daemon.stop()
    return times


def check(spool, names):
    """A figure counts only if the work was done."""
    for name in names:
        with open(f"{spool.root}/done/{name}.receipt") as file:
            receipt = json.load(file)
        (output,) = receipt["outputs"]
        with open(f"{spool.root}/{output['path']}", "rb") as made, \
                open(f"{spool.root}/done/{name}", "rb") as job:
            if receipt["state"] != "done" or made.read() != job.read():
                raise RuntimeError(f"{spool.root}/done/{name} was not done right")


def settle():
    """Leaves nothing of the preparation for the one to be measured to wait for."""
    os.sync()
    time.sleep(0.2)


# The benchmark.


class Bench:
    def __init__(self, options, parent):
        self.options, self.parent = options, parent
        configuration = f"{parent}/reeld.json5"
        with open(configuration, "w") as file:
            file.write(CONFIGURATION)

        def reeld(path):
            return Contestant([os.path.abspath(path), "--config", configuration, "--root"])

        reference = f"{options.build}/reference"
        self.contestants = {
            "A": Contestant([reference]),
            "B": Contestant([reference, "-s"]),
            "reeld": reeld(options.reeld),
        }
        if options.other:
            self.contestants["other"] = reeld(options.other)
        shim = {"LD_PRELOAD": f"{options.build}/nosync.so"}
        self.without_sync = {
            f"{name} without sync": Contestant(one.command, shim)
            for name, one in self.contestants.items() if name != "A"
        }
        self.results = {}

    def turns(self, title, rounds, contestants, measure):
        print(f"{title} …", file=sys.stderr, flush=True)
        for _ in range(rounds):
            for name, contestant in contestants.items():
                for key, value in measure(contestant).items():
                    figures = self.results.setdefault(title, {}).setdefault(key, {})
                    figures.setdefault(name, []).append(value)

    def run(self):
        quick = self.options.quick
        jobs, rounds = (200, 3) if quick else (500, 5)
        everyone = {**self.contestants, **self.without_sync}
        for title, dropped in ((f"{jobs} jobs, all there", False), (f"{jobs} jobs, dropped", True)):
            self.turns(
                title, rounds, everyone if not dropped else self.contestants,
                lambda one: throughput(one, Spool(self.parent), jobs, dropped))

        count = 50 if quick else 250
        print("one job, idle …", file=sys.stderr, flush=True)
        times = latency(self.contestants, self.parent, count)
        self.results["one job, idle"] = {"ms to done": times}

        for count in (100, 10_000, 100_000):
            spool = Spool(self.parent)
            sample = min(count, 200 if quick else 500)
            self.turns(
                f"{count} waiting", 1 if quick else 3, self.contestants,
                lambda one: waiting(one, spool, count, sample))

        histories = {count: Spool(self.parent) for count in (0, 20_000 if quick else 100_000)}
        for count, spool in histories.items():
            spool.age(count)
        for _ in range(3 if quick else 7):
            for count, spool in histories.items():
                self.turns(
                    f"{count} old sessions", 1, self.contestants, lambda one: start_up(one, spool))


def mount_journaled(parent):
    """A file system with a journal, in a file, as machines have that lose their power. For root."""
    image, place = f"{parent}/ext4.img", f"{parent}/ext4"
    os.mkdir(place)
    with open(image, "wb") as file:
        file.truncate(32 << 30)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-N", "4000000", "-E", "lazy_itable_init=1,nodiscard",
                    "-O", "has_journal", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, place], check=True)
    return place


# The report.


def median(values):
    return statistics.median(values)


def paired(figures, others):
    """The median of the ratios of what was measured in the same turn."""
    return median(figure / other for figure, other in zip(figures, others))


def goals(results):
    """What reeld is to reach: (text, figure, limit, whether more is better)."""

    def value(title, key, name):
        return median(results[title][key][name])

    def ratio(title, key, name):
        return paired(results[title][key]["reeld"], results[title][key][name])

    batches = [title for title in results if " jobs, " in title]
    histories = [title for title in results if title.endswith("old sessions")]
    cost = [value(f"{count} waiting", "CPU ms/job, all known", "reeld") for count in (100, 100_000)]
    return [
        *((f"{title}: jobs/s, of B's", ratio(title, "jobs/s", "B"), 0.8, True) for title in batches),
        *((f"{title}: CPU per job, of B's", ratio(title, "CPU ms/job", "B"), 1.5, False)
          for title in batches),
        ("one job, idle: time to done, of A's", ratio("one job, idle", "ms to done", "A"), 1.5, False),
        *((f"{count} waiting: ms to the first start",
           value(f"{count} waiting", "ms to first start", "reeld"), limit, False)
          for count, limit in ((10_000, 100), (100_000, 300))),
        ("100000 waiting, known: CPU per job, of that with 100", cost[1] / cost[0], 1.2, False),
        ("100000 waiting: MB resident at most",
         value("100000 waiting", "MB resident at most", "reeld"), 30, False),
        ("start-up with history, of that without",
         value(histories[1], "ms to READY", "reeld") / value(histories[0], "ms to READY", "reeld"),
         1.2, False),
    ]


def report(results, before):
    names = ["A", "B", "reeld", "other", "B without sync", "reeld without sync", "other without sync"]
    for title, figures in results.items():
        present = [name for name in names if any(name in by for by in figures.values())]
        print(f"\n{title:28}" + "".join(f"{name:>20}" for name in present))
        for key, by in figures.items():
            row = "".join(f"{median(by[name]):20.4g}" if name in by else f"{'':20}" for name in present)
            print(f"  {key:26}{row}")
            if title == "one job, idle":
                row = "".join(
                    f"{statistics.quantiles(by[name], n=100)[98]:20.4g}" for name in present)
                print(f"  {'  99 of 100 within':26}{row}")
    batch = next(iter(results.values()))["jobs/s"]
    print(f"\nB is {paired(batch['B'], batch['A']):.2f} times as fast as A.")
    print(f"\n{'Goals of reeld':54}{'now':>9}{'goal':>9}{'before':>9}")
    try:
        old = {text: figure for text, figure, _, _ in goals(before)} if before else {}
    except KeyError:
        old = {}  # an earlier version of this program measured other things
    for text, figure, limit, more in goals(results):
        missed = figure < limit if more else figure > limit
        sign = "≥" if more else "≤"
        was = f"{old[text]:9.3g}" if text in old else f"{'':9}"
        print(f"{text:54}{figure:9.3g}{f'{sign} {limit}':>9}{was}{'  missed' if missed else ''}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=".build/bench", help="where reference and nosync.so are")
    parser.add_argument("--reeld", default=".build/release/reeld", help="the reeld to measure")
    parser.add_argument("--other", help="another one to measure beside it")
    parser.add_argument("--directory", default="/var/tmp", help="where to work: on a real disk")
    parser.add_argument("--quick", action="store_true", help="two minutes, and less exact")
    parser.add_argument("--journal", action="store_true",
                        help="work on an ext4 with a journal, in a file there; for root")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    kind = ("quick" if options.quick else "full") + ("-journal" if options.journal else "")
    latest = f"{options.build}/spool-{kind}.json"
    try:
        with open(latest) as file:
            before = json.load(file)["results"]
    except FileNotFoundError:
        before = None

    parent = tempfile.mkdtemp(prefix="bench-spool-", dir=options.directory)
    begun = time.time()
    place = mount_journaled(parent) if options.journal else parent
    bench = Bench(options, place)
    try:
        bench.run()
    finally:
        if options.journal:
            subprocess.run(["umount", place], check=True)
        # Beside what comes next, for it takes a while; see spool.md.
        subprocess.Popen(["nice", "rm", "-rf", parent], start_new_session=True)
    report(bench.results, before)
    if before:
        os.replace(latest, latest.replace(".json", ".before.json"))
    with open(latest, "w") as file:
        json.dump({"began": begun, "reeld": options.reeld, "other": options.other,
                   "seconds": time.time() - begun, "results": bench.results}, file, indent=1)
    print(f"\n{time.time() - begun:.0f} seconds; all figures: {latest}")


if __name__ == "__main__":
    main()
