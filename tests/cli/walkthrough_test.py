#!/usr/bin/env python3
"""usage: walkthrough_test.py BERTH [--update]: runs the pages of docs/guide that show commands with their output.

A block ```json NAME writes the file NAME; in a block ```console each line after "$ " is run, and what follows must be its
output. All blocks of a page share one empty folder. --update writes the output found into the page.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ["docs/guide/new-rule.md"]
BLOCK = re.compile(r"^```(json (?P<file>\S+)|console)\n(?P<body>.*?)^```$", re.S | re.M)


def run_commands(body, folder, environment):
    """The block as it should stand: its commands, each with its output."""
    out, code = [], 0
    for line in body.splitlines():
        if not line.startswith("$ "):
            continue
        done = subprocess.run(["bash", "-c", f"(exit {code}); {line[2:]}"], cwd=folder, env=environment, text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        code = done.returncode
        out.append(line + "\n" + done.stdout)
    return "".join(out)


def play(text, berth):
    """The page with every output as it is today."""
    with tempfile.TemporaryDirectory() as folder:
        bin_folder = pathlib.Path(folder, "bin")
        work = pathlib.Path(folder, "work")
        bin_folder.mkdir()
        work.mkdir()
        (bin_folder / "berth").symlink_to(berth)
        environment = {**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}", "NO_COLOR": "1"}

        def replace(match):
            if match["file"]:
                (work / match["file"]).write_text(match["body"], encoding="utf-8")
                return match[0]
            return "```console\n" + run_commands(match["body"], work, environment) + "```"

        return BLOCK.sub(replace, text)


def main():
    berth = os.path.abspath(sys.argv[1])
    stale = False
    for name in PAGES:
        page = ROOT / name
        text = page.read_text(encoding="utf-8")
        now = play(text, berth)
        if now == text:
            continue
        if "--update" in sys.argv:
            page.write_text(now, encoding="utf-8")
            continue
        stale = True
        for number, (old, new) in enumerate(zip(text.splitlines(), now.splitlines()), 1):
            if old != new:
                print(f"{name}:{number}: the page says\n  {old}\nbut berth prints\n  {new}")
                break
        else:
            print(f"{name}: the output has another number of lines")
    if stale:
        print("tests/cli/walkthrough_test.py BERTH --update writes what berth prints now; read the difference.")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
