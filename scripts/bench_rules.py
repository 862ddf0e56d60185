#!/usr/bin/env python3
"""usage: bench_rules.py BUILD [--write FILE]: the rule engine beside others, as a table of ratios.

BUILD is an optimised build folder with bench_rules and berth. Peers are run where they have been
installed (scripts/bench rules --peers). Everything runs one after another on the same sheets; CPU time.
"""
import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
RULES = ROOT / "tests/bench/rules"
PEERS = ROOT / "build/bench/peers"
NAMES = {  # engine of peers.mjs: (npm package, what it is)
    "javascript": ("", "by hand in JavaScript"),
    "json-logic-engine": ("json-logic-engine", "json-logic-engine, compiled"),
    "cel-js": ("@marcbachmann/cel-js", "@marcbachmann/cel-js"),
    "bufbuild-cel": ("@bufbuild/cel", "@bufbuild/cel"),
    "zen": ("@gorules/zen-engine", "GoRules ZEN, decision table"),
    "json-rules-engine": ("json-rules-engine", "json-rules-engine"),
}
sys.path.insert(0, str(RULES))
import sheets  # noqa: E402


def cpu_seconds(command, out=subprocess.DEVNULL):
    """User and system time of a whole process, the median of five runs."""
    times = []
    for _ in range(5):
        child = subprocess.Popen(command, stdout=out, cwd=PEERS if command[0] == "node" else ROOT)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))}: exit code {child.returncode}")
        times.append(usage.ru_utime + usage.ru_stime)
    return statistics.median(times)


def output_of(command, cwd=ROOT):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=cwd, check=False)
    return done.stdout if done.returncode == 0 else None


def machine():
    model = platform.processor() or platform.machine()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release().split('-')[0]}"


def version_of(package):
    if not package:
        return output_of(["node", "--version"]).strip()
    return json.loads((PEERS / "node_modules" / package / "package.json").read_text())["version"]


def open_answers(answers, truth):
    """(of the open decisions: said to fire, said not to fire, left open; decided ones that are wrong)"""
    fires = refuses = left = wrong = 0
    for row, right in zip(answers, truth):
        for answer, true in zip(row, right):
            answer = None if answer is None else bool(answer)
            if true is None:
                fires += answer is True
                refuses += answer is False
                left += answer is None
            else:
                wrong += answer is not true
    return fires, refuses, left, wrong


class Bench:
    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.ids = [rule["id"] for rule in json.loads((RULES / "rules.json").read_text())["rules"]]
        self.complete, self.partial = sheets.write(folder)
        self.figures = {}
        self.rows = []  # engine, µs, other fired sets, open_answers

    def berth(self):
        text = output_of([self.build / "tests/bench/bench_rules", RULES / "rules.json", self.folder / "facts.jsonl"])
        if text is None:
            sys.exit("bench_rules failed")
        self.figures = {row["name"]: row for row in map(json.loads, text.splitlines())}
        other = self.other_sets([line.split(",") if line else [] for line in self.eval("facts.jsonl", "--ids-only")])
        answers = []
        for line in self.eval("partial.jsonl"):
            said = json.loads(line)
            answers.append([True if i in said["fired"] else None if i in said["undetermined"] else False for i in self.ids])
        known = open_answers(answers, self.partial)
        self.rows.append(("by hand in C++ (the floor)", self.us("by hand in C++"), 0, None))
        self.rows.append(("berth, verdicts", self.us("berth, verdicts"), other, known))
        self.rows.append(("berth, with trace", self.us("berth, with trace"), other, known))
        self.rows.append(("berth, decisions and messages", self.us("berth, decisions and messages"), other, known))

    def us(self, name):
        return self.figures[name]["median"]

    def eval(self, name, *flags):
        text = output_of([self.build / "berth", "rules", "eval", "--rules", RULES / "rules.json", "--facts",
                          self.folder / name, *flags])
        if text is None:
            sys.exit("berth rules eval failed")
        return text.splitlines()

    def other_sets(self, fired):
        right = [{self.ids[i] for i, fires in enumerate(row) if fires} for row in self.complete]
        return sum(set(a) != b for a, b in zip(fired, right)) + abs(len(fired) - len(right))

    def peers(self):
        if not shutil.which("node") or not (PEERS / "node_modules").is_dir():
            print("peers left out: scripts/bench rules --peers installs them (needs node and npm)", file=sys.stderr)
            return []
        there = []
        for engine, (package, title) in NAMES.items():
            text = output_of(["node", RULES / "peers.mjs", engine, self.folder], cwd=PEERS)
            if text is None:
                print(f"{engine} left out: it does not run here", file=sys.stderr)
                continue
            said = json.loads(text)
            other = self.other_sets([[self.ids[i] for i in row] for row in said["fired"]])
            self.rows.append((f"{title} {version_of(package)}", said["cpu_us"], other,
                              open_answers(said["open"], self.partial)))
            there.append(engine)
        return there

    def end_to_end(self, peers):
        berth = [self.build / "berth", "rules", "eval", "--rules", RULES / "rules.json", "--facts",
                 self.folder / "facts.jsonl", "--ids-only"]
        rows = [("berth rules eval --ids-only", cpu_seconds(berth)),
                ("berth rules eval --trace", cpu_seconds([*berth[:-1], "--trace"]))]
        for engine in peers:
            if engine in ("javascript", "json-logic-engine", "cel-js"):
                command = ["node", str(RULES / "peers.mjs"), engine, str(self.folder), "ids"]
                rows.append((f"node: {NAMES[engine][1]}", cpu_seconds(command)))
        return rows


    def programs(self):
        """Whole processes that verify the shipped rules and ask for counterfactuals."""
        document = ROOT / "examples/resnet-training/train.yaml"
        recommend = [self.build / "berth", "recommend", "-q", document]
        yield "`berth rules check`, shipped rules", f"{cpu_seconds([self.build / 'berth', 'rules', 'check']) * 1000:.0f} ms"
        for what, flags in (("`berth recommend --flips 0` (ResNet-50 example)", ["--flips", "0"]),
                            ("`berth recommend`, with what would change it", []),
                            ("`berth recommend --why-not tpu`, every change of one fact estimated anew", ["--why-not", "tpu"])):
            yield what, f"{cpu_seconds([*recommend, *flags]) * 1000:.0f} ms"


def table(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "|" + "|".join("---" if i == 0 else "---:" for i in range(len(head))) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def report(bench, end_to_end):
    floor = bench.us("by hand in C++")
    open_count = sum(answer is None for row in bench.partial for answer in row)
    rows = []
    for name, us, other, known in bench.rows:
        unknown = "–" if known is None else f"{known[2]:,} ({known[0]:,} fire, {known[1]:,} not; {known[3]:,} others wrong)"
        rows.append((name, f"{us:.3f}", f"{us / floor:.1f}", str(other), unknown))
    yield f"Machine: {machine()}. CPU time, medians; all of one run. The ratios move less between machines than the times."
    yield ""
    yield "10,000 complete sheets of 16 facts, prepared; then 2,000 sheets with every fifth fact missing, on which"
    yield f"{open_count:,} of 32,000 decisions are open: whoever decides one of them guesses."
    yield ""
    yield from table(("engine", "µs a sheet", "ratio to the floor", "sheets with other fired rules", "open decisions left open"), rows)
    yield ""
    yield "End to end: a process that reads the 10,000 sheets as JSON lines, judges them, and prints the ids."
    yield ""
    first = end_to_end[0][1]
    yield from table(("program", "CPU s", "ratio to berth"), [(n, f"{s:.3f}", f"{s / first:.1f}") for n, s in end_to_end])
    yield ""
    yield "More of berth:"
    yield ""
    flips = bench.figures["counterfactual"]
    more = [("one sheet again and again, as in a stream, verdicts", f"{bench.us('berth, verdicts of one sheet again and again'):.3f} µs"),
            ("loading these 16 rules", f"{bench.us('load 16 rules') / 1000:.2f} ms"),
            (f"loading the shipped {bench.figures['shipped rules']['count']} rules with their facts and tests",
             f"{bench.us('load the shipped rules') / 1000:.2f} ms"),
            (f"what would flip accelerator.class: all changes of up to {flips['proven_up_to']} facts, shipped rules, "
             f"{flips['evaluations']:,} evaluations", f"{bench.us('counterfactual of up to two facts') / 1000:.1f} ms"),
            *(row for row in bench.programs())]
    yield from table(("what", "CPU"), more)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--write", type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options.build.resolve(), pathlib.Path(folder))
        bench.berth()
        text = "\n".join(report(bench, bench.end_to_end(bench.peers()))) + "\n"
    print(text, end="")
    if options.write:
        begin, end = "<!-- figures -->\n", "<!-- /figures -->"
        page = options.write.read_text()
        before, rest = page.split(begin)
        options.write.write_text(before + begin + text + end + rest.split(end)[1])


if __name__ == "__main__":
    main()
