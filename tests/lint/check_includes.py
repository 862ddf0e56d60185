#!/usr/bin/env python3
"""Holds every #include against the room table of docs/architecture.md."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')
# Third-party headers by the only rooms that may see them; in public headers none is allowed but tl::expected.
ONLY_IN = {
    "CLI/": {"cli"}, "spdlog/": {"cli"}, "iostream": {"cli"}, "unistd.h": {"cli", "readers"},
    "Eigen/": {"profile", "estimate", "recommend"}, "re2/": {"cel", "configs"}, "yaml-cpp/": {"core"}, "toml++/": {"core"},
}
NOT_IN_PUBLIC = ("nlohmann/", "Eigen/", "fmt/", "yaml-cpp/", "toml++/", "re2/", "spdlog/", "CLI/", "iostream")
# Reads of the clock or the environment, and output: the program's business, never the library's.
OUTSIDE = re.compile(r"\b(getenv|system_clock|steady_clock|gettimeofday|std::cout|std::cerr|std::clog|printf|puts)\b")


def rooms():
    """room -> (public headers, all rooms it may use), from the table."""
    table = {}
    for line in (ROOT / "docs/architecture.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and re.fullmatch(r"`\w+`", cells[0]):
            listed = [[word for word in re.split(r",\s*", cell) if word != "–"] for cell in cells[2:]]
            table[cells[0].strip("`")] = listed
    uses = {}
    for room, (_, direct) in table.items():  # a room stands below all that it uses
        uses[room] = {room}.union(*(uses[other] for other in direct))
    return {room: (set(table[room][0]), uses[room]) for room in table}


def check(file, room, table, header_room, problems):
    public = "include" in file.relative_to(ROOT).parts
    for number, line in enumerate(file.read_text().splitlines(), 1):
        where = f"{file.relative_to(ROOT)}:{number}"
        if room != "cli" and OUTSIDE.search(line.split("//")[0]):
            problems.append(f"{where}: the library must not print or read clock or environment: {line.strip()}")
        match = INCLUDE.match(line)
        if not match:
            continue
        quoted, name = match.group(1) == '"', match.group(2)
        if not quoted:
            if public and name.startswith(NOT_IN_PUBLIC):
                problems.append(f"{where}: a public header must not include <{name}>")
            for start, allowed in ONLY_IN.items():
                if name.startswith(start) and room not in allowed:
                    problems.append(f"{where}: <{name}> belongs to {', '.join(sorted(allowed))} only")
            continue
        folder, _, stem = name.partition("/")
        other = header_room.get(stem.removesuffix(".hpp")) if folder == "berth" else folder
        if other not in table:
            problems.append(f"{where}: \"{name}\" belongs to no room of docs/architecture.md")
        elif public and folder != "berth":
            problems.append(f"{where}: a public header must not include the private \"{name}\"")
        elif other not in table[room][1]:
            problems.append(f"{where}: {room} may not use {other} (\"{name}\"): see docs/architecture.md")


def main():
    table = rooms()
    header_room = {header: room for room, (headers, _) in table.items() for header in headers}
    problems = []
    files = 0
    for file in sorted([*ROOT.glob("src/*/**/*.?pp"), *ROOT.glob("include/berth/*.hpp")]):
        if file.stem == "berth" and file.parent.name == "berth":
            continue  # the umbrella
        folders = file.relative_to(ROOT).parts
        room = folders[1] if folders[0] == "src" else header_room.get(file.stem)  # a room may have folders
        if room not in table:
            problems.append(f"{file.relative_to(ROOT)}: belongs to no room of docs/architecture.md")
            continue
        check(file, room, table, header_room, problems)
        files += 1
    print("\n".join(problems) if problems else f"{files} files, every include as the room table has it")
    sys.exit(1 if problems or files == 0 else 0)


if __name__ == "__main__":
    main()
