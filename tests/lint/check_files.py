#!/usr/bin/env python3
"""Small manners of the tree: sizes, JSON that reads, no machine paths, file names, final newlines."""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# CONTRIBUTING.md says what to aim at; these are the hard limits. Past them, split by noun.
LIMITS = {"src/*.cpp": 600, "src/*.hpp": 220, "include/*.hpp": 300, "tests/*.cpp": 600}
TEXT = {".cpp", ".hpp", ".md", ".json", ".yaml", ".yml", ".cmake", ".txt", ".py", ".sh", ".in", ""}


def tracked():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        return [ROOT / name for name in listed.stdout.splitlines()]
    skip = {"build", ".git", ".cache"}  # a source archive
    return [file for file in ROOT.rglob("*") if file.is_file() and not skip & set(file.relative_to(ROOT).parts)]


def unique(pairs):
    keys = [key for key, _ in pairs]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise ValueError(f"keys given twice: {sorted(twice)}")
    return dict(pairs)


def problems_of(file):
    name = file.relative_to(ROOT).as_posix()
    if not file.is_file() or file.suffix not in TEXT:
        return
    data = file.read_bytes()
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if not name.startswith("tests/"):
            yield f"{name}: not UTF-8: {error}"
        return
    for pattern, limit in LIMITS.items():
        folder, ending = pattern.split("/*")
        lines = text.count("\n")
        if name.startswith(folder + "/") and name.endswith(ending) and lines > limit:
            yield f"{name}: {lines} lines, the limit is {limit}: split it by noun"
    if name.endswith((".cpp", ".hpp")) and not re.fullmatch(r"[a-z0-9_]+", file.stem):
        yield f"{name}: file names are snake_case"
    if text and not text.endswith("\n") and not name.startswith("tests/fuzz/corpus/"):
        yield f"{name}: no newline at the end"
    if re.search(r"/(work|home|root)/\w", text) and not name.startswith("tests/lint/"):
        yield f"{name}: names a path of one machine"
    if name.endswith(".json") and name.startswith(("rules/", "examples/")):
        try:
            document = json.loads(text, object_pairs_hook=unique)
        except ValueError as error:
            yield f"{name}: {error}"
            return
        if name.startswith("rules/") and "schema/" not in name and "schema" not in document:
            yield f"{name}: says no \"schema\""


def main():
    files = tracked()
    problems = [problem for file in files for problem in problems_of(file)]
    print("\n".join(problems) if problems else f"{len(files)} files in order")
    sys.exit(1 if problems or not files else 0)


if __name__ == "__main__":
    main()
