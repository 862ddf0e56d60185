#!/usr/bin/env python3
"""Writes docs/reference/ from the JSON Schemas and from the program's own help, and the README's example from its output.

    scripts/generate_docs.py [--berth BUILD/berth] [--check]

--check writes nothing and fails when a page is stale. Without --berth, only the pages of the schemas.
"""
import argparse
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BANNER = "<!-- Written by scripts/generate_docs.py; change the source, not this page. -->\n"


def type_text(schema):
    """What a value may be, in words: "integer, 1 to 65536"."""
    if "$ref" in schema or "allOf" in schema:
        return "interval"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema["enum"] if word is not None)
    types = schema.get("type", "any")
    types = [t for t in (types if isinstance(types, list) else [types]) if t != "null"]
    text = " or ".join("text" if t == "string" else t for t in types)
    if "array" in types and "type" in schema.get("items", {}):
        text = text.replace("array", f"list of {type_text(schema['items'])}")
    return text + range_text(schema)


def range_text(schema):
    bounds = (schema.get(key) for key in ("minimum", "exclusiveMinimum", "maximum"))
    low, above, high = (None if bound is None else f"{bound:.12g}" for bound in bounds)
    if low is not None and high is not None:
        return f", {low} to {high}"
    if low is not None:
        return f", at least {low}"
    if above is not None:
        return f", above {above}"
    return f", at most {high}" if high is not None else ""


def rows(schema, path=""):
    """Yields (path, schema, required) of every property, depth first."""
    for name, value in schema.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        yield here, value, name in schema.get("required", [])
        yield from rows(value, here)
        yield from rows(value.get("items", {}), here + "[]")


def schema_page(schema, name):
    lines = [BANNER, f"# {schema['title']}", "", schema["description"], "",
             f"The schema itself: `berth schema {name}`, or `rules/schema/{name}.schema.json`.", "",
             "| key | value | unit | meaning |", "|---|---|---|---|"]
    for path, value, required in rows(schema):
        mark = " (required)" if required else ""
        lines.append(f"| `{path}` | {type_text(value)}{mark} | {value.get('x-unit', '')} | {value.get('description', '')} |")
    if "interval" in schema.get("definitions", {}):
        lines += ["", 'An interval is `{"low": …, "expected": …, "high": …}`: the truth lies in it in 80 % of cases.']
    return "\n".join(lines) + "\n"


def formats():
    """The tables of rules/configs/, in order of recognition."""
    tables = [json.loads(file.read_text()) for file in sorted((ROOT / "rules/configs").glob("*.json"))]
    return sorted((t for t in tables if t["schema"] == "berth/config-format/v1"), key=lambda t: (t["order"], t["id"]))


def in_words(value):
    return value if isinstance(value, list) else [value]


def keys_of(field):
    """The file's keys that a neutral field may come from, in order, each once."""
    keys = [key for step in field.get("from", []) for key in in_words(step.get("key", step.get("sizes", [])))]
    return list(dict.fromkeys(keys))


def configs_page(meanings):
    tables = formats()
    lines = [BANNER, "# Training configs that berth reads", "",
             "Made from the tables in `rules/configs/`; [the guide](../guide/configs.md) says how they work and how to add one. A file is",
             "recognised by its content, in this order; its name decides nothing. What is none of these is answered as `fragment` (a part of",
             "one of them), `template`, `other` or `unparsable`, with the reason.", "",
             "| format | name in results | syntax | recognised by | neutral fields | outside the file | overrides |",
             "|---|---|---|---|---:|---|---|"]
    for table in tables:
        count = len(table.get("fields", {})) + len(table.get("reader_fields", []))
        outside = ", ".join(f"`{path}`" for path in table.get("outside", {}))
        lines.append(f"| [{table['title']}](#{table['id']}) | `{table['id']}` | {table['syntaxes']} | {table['evidence']} | "
                     f"{count or 'recognised only'} | {outside or '–'} | {table.get('override', '–')} |")
    for table in tables:
        lines += ["", f"<a id=\"{table['id']}\"></a>", "", f"## {table['title']}", ""]
        if not table.get("fields") and not table.get("reader_fields"):
            lines.append("Recognised; nothing of it is read.")
            continue
        lines += ["| neutral field | keys of the file | default | meaning |", "|---|---|---|---|"]
        for path, field in table.get("fields", {}).items():
            keys = ", ".join(f"`{key}`" for key in keys_of(field))
            default = f"`{field['default']}`" if "default" in field else ""
            lines.append(f"| `{path}` | {keys} | {default} | {meanings.get(path, '')} |")
        for path in table.get("reader_fields", []):
            lines.append(f"| `{path}` | replica counts, resource limits, node selectors | | {meanings.get(path, '')} |")
        for path, where in table.get("outside", {}).items():
            lines.append(f"| `{path}` | outside: {where} | | {meanings.get(path, '')} |")
        for link in table.get("links", []):
            lines.append(f"| *{link['role']}* | `{link['key']}` | | read together with the file that it names, where that can be had |")
    return "\n".join(lines) + "\n"


def meanings():
    found = {}
    for name in ("rules/facts.json", "rules/configs/facts.json"):
        for path, fact in json.loads((ROOT / name).read_text())["facts"].items():
            found[path] = fact["doc"]
    return found


def help_of(berth, path):
    return subprocess.run([berth, *path, "--help"], capture_output=True, text=True, check=True).stdout.strip()


def subcommands(help_text):
    """The names listed under "Subcommands:"."""
    names, inside = [], False
    for line in help_text.splitlines():
        if line.startswith("Subcommands:"):
            inside = True
        elif inside and line.startswith("  ") and not line.startswith("   "):
            names.append(line.split()[0])
        elif inside and not line.startswith(" "):
            inside = False
    return names


def cli_page(berth):
    lines = [BANNER, "# The program `berth`", "",
             "Standard output carries only what was asked for; messages go to standard error. `-` reads standard input.", "",
             "| exit code | meaning |", "|---|---|",
             "| 0 | done: an answer, also when it is undecided |",
             "| 1 | findings, or no feasible candidate (the document then says why each was rejected) |",
             "| 2 | wrong usage or unreadable input; with `--jsonl`, at least one bad line |",
             "| 3 | a fault of berth's own |"]
    queue = [[]]
    while queue:
        path = queue.pop(0)
        text = help_of(berth, path)
        lines += ["", f"## {' '.join(['berth', *path])}", "", "```text", text, "```"]
        queue = [path + [name] for name in subcommands(text)] + queue
    return "\n".join(lines) + "\n"


def example(berth):
    """The document of the README's example and the head of the real answer, up to the reasons' end."""
    document = "examples/llama-3-8b/finetune.yaml"
    run = subprocess.run([berth, "recommend", document, "--format", "text"], capture_output=True, text=True, check=True, cwd=ROOT)
    answer, _, reasons = run.stdout.partition("\nWhy\n")
    first = reasons.split("\n  BRT")[0].rstrip()
    return "\n".join(["```yaml", *(ROOT / document).read_text().splitlines()[1:], "```", "", "```console",
                      f"$ berth recommend {document} --format text", answer.rstrip(), "", "Why", first,
                      "  … (every rule that fired, then what was rejected, what is unknown, and what would change the answer)", "```"])


def readme(berth):
    text = (ROOT / "README.md").read_text()
    begin, end = "<!-- example: written by scripts/generate_docs.py -->\n", "\n<!-- /example -->"
    head, _, rest = text.partition(begin)
    return head + begin + example(berth) + end + rest.partition(end.lstrip("\n"))[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--berth")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    pages = {}
    for file in sorted((ROOT / "rules/schema").glob("*.schema.json")):
        name = file.name.removesuffix(".schema.json")
        pages[f"docs/reference/{name}.md"] = schema_page(json.loads(file.read_text()), name)
    pages["docs/reference/configs.md"] = configs_page(meanings())
    if arguments.berth:
        berth = str(pathlib.Path(arguments.berth).resolve())
        pages["docs/reference/cli.md"] = cli_page(berth)
        pages["README.md"] = readme(berth)
    stale = [path for path, text in pages.items() if not (ROOT / path).is_file() or (ROOT / path).read_text() != text]
    if arguments.check:
        for path in stale:
            print(f"{path} is stale: run scripts/generate_docs.py --berth BUILD/berth")
        sys.exit(1 if stale else 0)
    for path in stale:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(pages[path])
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
