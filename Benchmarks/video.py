#!/usr/bin/env python3
"""video.py - what reeld's videos cost beside the encoder alone and one long command. See video.md.

Everything is measured in turns (reeld, x264, command, reeld, …), so that what else the machine does hits
all alike. Prints a table of medians and writes every single figure to a JSON file.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

SENTENCES = [
    "Every evening the sea around the island begins to glow with a pale blue light.",
    "The light comes from tiny creatures that drift in the water by the million.",
    "Each of them flashes for less than a second when something touches it.",
    "A swimming fish, a wave or a passing boat is enough to set them off.",
    "Together they can make a whole bay shine so brightly that you can read.",
    "Nobody knows for certain what the light is good for, but there are guesses.",
    "It may startle an enemy, or call a larger one that will eat the first.",
    "The glow is a chemical reaction that gives off hardly any warmth at all.",
    "Sailors wrote about it long ago and took it for burning water or for spirits.",
    "Today satellites can see the largest of these displays from far above the Earth.",
    "Some of them cover more of the ocean than a small country covers of the land.",
    "And when the morning comes, the water looks as plain as it ever did before.",
]
WRAPPER = """#!/usr/bin/env python3
import os, sys
arguments = sys.argv[1:]
if "pipe:0" in arguments and arguments[-1] == "file:clip.mp4":
    graph = arguments[arguments.index("-vf") + 1]
    raw = os.path.join({raw!r}, os.path.basename(os.getcwd()) + ".yuv")
    arguments += ["-vf", graph, "-f", "rawvideo", "-pix_fmt", "yuv420p", "file:" + raw]
os.execv({ffmpeg!r}, ["ffmpeg"] + arguments)
"""
PAGE = os.sysconf("SC_PAGE_SIZE")


def fail(message):
    sys.exit(f"video.py: {message}")


def run(*command):
    subprocess.run([str(part) for part in command], check=True, stdin=subprocess.DEVNULL)


class Measured:
    """A process, watched with all its descendants: CPU, wall, and the most memory at one time."""

    def __init__(self, command, log):
        self.start = time.monotonic()
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        self.peak = {"pss": 0, "rss": 0}
        self.ended = threading.Event()
        self.watcher = threading.Thread(target=self.watch)
        self.watcher.start()

    def watch(self):
        while not self.ended.wait(0.1):
            pss = rss = 0
            for pid in self.tree(self.process.pid):
                try:
                    rss += int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
                    found = re.search(r"^Pss: +(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
                    pss += int(found[1]) * 1024 if found else 0
                except OSError:
                    pass  # it has ended
            self.peak = {"pss": max(pss, self.peak["pss"]), "rss": max(rss, self.peak["rss"])}

    def tree(self, pid):
        yield pid
        try:
            tasks = os.listdir(f"/proc/{pid}/task")
        except OSError:
            return
        for task in tasks:
            try:
                children = pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split()
            except OSError:
                continue
            for child in children:
                yield from self.tree(int(child))

    def wait(self):
        """Waits for the end. The CPU is that of the process and of all it has waited for."""
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.ended.set()
        self.watcher.join()
        return {
            "cpu": usage.ru_utime + usage.ru_stime, "wall": time.monotonic() - self.start,
            "memory": self.peak["pss"], "rss": self.peak["rss"], "status": self.process.returncode,
        }


class Bench:
    def __init__(self, options, work):
        self.options = options
        self.work = work
        self.ffmpeg = shutil.which("ffmpeg") or fail("there is no ffmpeg")
        self.raw = work / "raw"
        self.music = work / "music" / "bed.wav"
        for directory in (self.raw, self.music.parent, work / "tools"):
            directory.mkdir()
        run(self.ffmpeg, "-v", "error", "-f", "lavfi", "-i",
            "sine=f=196:d=20,tremolo=f=0.5:d=0.6[a];sine=f=294:d=20,tremolo=f=0.3:d=0.6[b];[a][b]amix",
            self.music)
        wrapper = work / "tools" / "ffmpeg"
        wrapper.write_text(WRAPPER.format(raw=str(self.raw), ffmpeg=self.ffmpeg))
        wrapper.chmod(0o755)

    def spec(self, seconds):
        count = seconds // 5
        return {
            "topic": "Why the sea glows at night", "platform": "tiktok", "category": "Science",
            "duration": seconds, "music": str(self.music),
            "script": [{"narration": text} for text in SENTENCES[:count]],
        }

    def reeld(self, seconds, encoder, keep_frames=False):
        """A job by the real daemon, from its start to its end. Returns figures and the session."""
        root = pathlib.Path(tempfile.mkdtemp(dir=self.work, prefix="root-"))
        configuration = root / "reeld.json5"
        path = ([str(self.work / "tools")] if keep_frames else []) + ["/usr/local/bin", "/usr/bin", "/bin"]
        configuration.write_text(json.dumps({
            "video": {"encoder": encoder, "music_directories": [str(self.music.parent)]},
            "tools": {"path": path}}))
        (root / "inbox").mkdir()
        (root / "inbox" / "job.json").write_text(json.dumps(self.spec(seconds)))
        program = pathlib.Path(self.options.programs) / "reeld"
        daemon = Measured([program, "--config", configuration, "--root", root], root / "log")
        deadline = time.monotonic() + 60 * seconds
        while not list(root.glob("*/job.json.receipt")):
            if time.monotonic() > deadline or not pathlib.Path(f"/proc/{daemon.process.pid}").exists():
                daemon.process.kill()
                daemon.wait()
                fail(f"the job did not end; see {root}/log")
            time.sleep(0.02)
        wall = time.monotonic() - daemon.start
        os.kill(daemon.process.pid, signal.SIGTERM)
        figures = daemon.wait() | {"wall": wall}
        session = next((root / "outputs").glob("session_*"))
        videos = list(session.glob("final_output/*.mp4"))
        if not videos:
            fail(f"no video: {next(root.glob('*/job.json.receipt')).read_text()}")
        figures["bytes"] = videos[0].stat().st_size
        return figures, session, videos[0]

    def frames(self, seconds):
        """The raw frames of a job, captions and all, in one file; and the session they are of."""
        for old in self.raw.iterdir():
            old.unlink()
        _, session, _ = self.reeld(seconds, "balanced", keep_frames=True)
        whole = self.raw / "all.yuv"
        with open(whole, "wb") as output:
            for clip in sorted(self.raw.glob("clip-*.yuv")):
                with open(clip, "rb") as part:
                    shutil.copyfileobj(part, output, 1 << 22)
                clip.unlink()
        size = whole.stat().st_size
        if size != seconds * 30 * 1080 * 1920 * 3 // 2:
            fail(f"there are {size} bytes of raw frames, not those of {seconds} s")
        return whole, session

    def raw_input(self, frames):
        return ["-f", "rawvideo", "-video_size", "1080x1920", "-framerate", "30", "-pixel_format",
                "yuv420p", "-i", frames]

    def encoding(self, session):
        """What reeld said to the encoder, from the log of a clip."""
        line = next(line for line in open(session / "logs" / "clip-01.log") if line.startswith("$ "))
        words = line.split()
        return words[words.index("-c:v"):words.index("-map_metadata")]

    def x264(self, frames, encoding):
        output = self.work / "x264.mp4"
        figures = Measured(
            [self.ffmpeg, "-v", "error", "-nostdin", "-y", *self.raw_input(frames), *encoding, output],
            self.work / "x264.log").wait()
        return figures | {"bytes": output.stat().st_size}, output

    def command(self, seconds, session):
        """One command as people write it: zoompan on a large copy, crossfades, subtitles, loudnorm."""
        stills = sorted(session.glob("images/scene_*.jpg"))
        subtitles = self.work / "command.srt"
        shutil.copy(next(session.glob("final_output/*.srt")), subtitles)
        fade = 0.5
        length = (seconds + fade * (len(stills) - 1)) / len(stills)
        count = round(length * 30)
        inputs, graph = [], ""
        for index, still in enumerate(stills):
            inputs += ["-i", still]
            graph += (
                f"[{index}:v]scale=4320:7680,zoompan=z='1+0.15*on/{count}':x='iw/2-(iw/zoom/2)'"
                f":y='ih/2-(ih/zoom/2)':d={count}:s=1080x1920:fps=30,format=yuv420p[v{index}];")
        last = "v0"
        for index in range(1, len(stills)):
            graph += (f"[{last}][v{index}]xfade=transition=fade:duration={fade}"
                      f":offset={index * (length - fade):.3f}[x{index}];")
            last = f"x{index}"
        graph += (f"[{last}]subtitles={subtitles}:force_style='FontName=Inter,FontSize=16,Bold=1,MarginV=90'[v];"
                  f"[{len(stills)}:a]loudnorm=I=-14:TP=-1[a]")
        output = self.work / "command.mp4"
        figures = Measured(
            [self.ffmpeg, "-v", "error", "-nostdin", "-y", *inputs, "-i", session / "audio" / "mix.flac",
             "-filter_complex", graph, "-map", "[v]", "-map", "[a]", "-c:v", "libx264", "-preset", "veryfast",
             "-crf", "20", "-c:a", "aac", "-ar", "48000", "-t", str(seconds), "-movflags", "+faststart", output],
            self.work / "command.log").wait()
        if figures["status"] != 0:
            fail(f"the command failed: {(self.work / 'command.log').read_text()}")
        return figures | {"bytes": output.stat().st_size}

    def likeness(self, video, frames):
        """SSIM over all planes against the raw frames."""
        said = subprocess.run(
            [self.ffmpeg, "-hide_banner", "-nostdin", "-i", str(video), *map(str, self.raw_input(frames)),
             "-lavfi", "[0:v]settb=1/30,setpts=N[a];[1:v]settb=1/30,setpts=N[b];[a][b]ssim", "-f", "null", "-"],
            capture_output=True, text=True).stderr
        found = re.search(r"All:([0-9.]+)", said)
        return float(found[1]) if found else None


def medians(rounds):
    return {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--programs", default=".build/release", help="where reeld is")
    parser.add_argument("--directory", default="/var/tmp", help="where to work: 6 GB for 60 s of raw frames")
    parser.add_argument("--quick", action="store_true", help="one turn of 15 s")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--output", default=".build/bench/video.json")
    options = parser.parse_args()
    lengths = [15] if options.quick else [15, 60]
    turns = 1 if options.quick else options.turns
    results = []
    with tempfile.TemporaryDirectory(dir=options.directory, prefix="reeld-video-") as name:
        bench = Bench(options, pathlib.Path(name))
        for seconds in lengths:
            frames, session = bench.frames(seconds)
            rounds = {}
            def keep(key, figures):
                rounds.setdefault(key, []).append(figures)
                print(f"  {seconds:3} s  {key:15} {figures['cpu']:7.1f} CPU s  {figures['wall']:7.1f} s", flush=True)
            for turn in range(turns):
                for encoder in ("balanced", "fast", "small"):
                    figures, made, video = bench.reeld(seconds, encoder)
                    if turn == 0:
                        figures["ssim"] = bench.likeness(video, frames)
                    else:
                        figures["ssim"] = rounds[f"reeld {encoder}"][0]["ssim"]
                    keep(f"reeld {encoder}", figures)
                    figures, output = bench.x264(frames, bench.encoding(made))
                    figures["ssim"] = (bench.likeness(output, frames) if turn == 0
                                       else rounds[f"x264 {encoder}"][0]["ssim"])
                    keep(f"x264 {encoder}", figures)
                    shutil.rmtree(made.parents[1])
                keep("one command", bench.command(seconds, session) | {"ssim": None})
            results.append({"seconds": seconds, "rounds": rounds})
            frames.unlink()
    report(results)
    output = pathlib.Path(options.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(results, indent=1))


def report(results):
    mega = 1 << 20
    for result in results:
        seconds = result["seconds"]
        print(f"\n{seconds} s, 1080x1920\n")
        print("| | CPU s | CPU s per s | wall s | MB together (PSS) | RSS | MB of file | SSIM |")
        print("|---|---|---|---|---|---|---|---|")
        rows = {}
        for key, rounds in result["rounds"].items():
            ssim = rounds[0]["ssim"]
            row = medians([{k: v for k, v in one.items() if k != "ssim"} for one in rounds])
            rows[key] = row
            print(f"| {key} | {row['cpu']:.1f} | {row['cpu'] / seconds:.2f} | {row['wall']:.1f} "
                  f"| {row['memory'] / mega:.0f} | {row['rss'] / mega:.0f} | {row['bytes'] / mega:.2f} "
                  f"| {'' if ssim is None else f'{ssim:.4f}'} |")
        print()
        for encoder in ("balanced", "fast", "small"):
            mine, alone = (result["rounds"][f"{who} {encoder}"] for who in ("reeld", "x264"))
            ratio = statistics.median(a["cpu"] / b["cpu"] for a, b in zip(mine, alone))
            command = statistics.median(
                b["cpu"] / a["cpu"] for a, b in zip(mine, result["rounds"]["one command"]))
            print(f"{encoder}: {ratio:.2f} times the CPU of x264 alone; the one command takes {command:.1f} "
                  f"times as much as reeld")
        balanced = rows["reeld balanced"]
        print(f"goals: CPU of balanced at most 1.6 times x264's; fast {rows['reeld fast']['cpu'] / seconds:.2f} "
              f"CPU s per s (0.90); wall {100 * balanced['wall'] / seconds:.0f} % of the length (60); "
              f"memory {balanced['memory'] / mega:.0f} MB (400)")
    if len(results) == 2:
        short, long = (medians([{"cpu": one["cpu"]} for one in r["rounds"]["reeld balanced"]]) for r in results)
        print(f"\nCPU of 60 s to 15 s: {long['cpu'] / short['cpu']:.2f} (4 if it is linear)")


if __name__ == "__main__":
    main()
