#!/usr/bin/env python3
"""Writes docs/rules/ from the rule files: a page for each folder of rules/, one for facts, one for decisions,
and in docs/rules/check/ a page for each rule of `berth check`.

    scripts/generate_rule_docs.py [--check]

--check writes nothing and fails when a page is stale.
"""
import argparse
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "docs/rules"
BANNER = "<!-- Written by scripts/generate_rule_docs.py; change the rules, not this page. -->\n"
TITLES = {"accelerator": "Accelerator", "distribution": "Distribution", "placement": "Placement", "serving": "Serving",
          "precision": "Precision", "feasibility": "Feasibility"}


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def source_text(source):
    title = f"[{source['title']}]({source['url']})" if source.get("url") else source["title"]
    return f"{title}, {source['locator']} (read {source['retrieved']})"


def example(rule):
    """The facts of the first test that fires."""
    facts = next((test["facts"] for test in rule["tests"] if test["expect"] == "fired"), {})
    return ", ".join(f"`{path}` = `{json.dumps(value, ensure_ascii=False)}`" for path, value in facts.items())


def rule_section(rule):
    effect = {"recommend": f"recommends `{rule['target']}`, weight {rule.get('weight')}",
              "veto": f"rules out `{rule['target']}`",
              "derive": f"sets `{rule['target']}` to `{rule.get('value')}`",
              "require": f"`{rule['target']}` waits for {', '.join(rule.get('facts', []))}",
              "check": f"{rule.get('severity', 'warning')} about `{rule['target']}`"}[rule["effect"]]
    lines = [f"### {rule['id']} {rule['name']}", "", rule["statement"], ""]
    if rule["when"] != "true":
        lines += ["```cel", rule["when"], "```", ""]
    lines.append(f"- Effect: {effect}" + (", once per candidate" if rule.get("scope") == "candidate" else ""))
    if rule["when"] != "true" and example(rule):
        lines.append(f"- Fires for: {example(rule)}")
    lines.append(f"- Source: {source_text(rule['source'])}")
    if rule.get("seed"):
        lines.append(f"- Rows of the seed chapter: {', '.join(rule['seed'])}")
    return lines + [""]


def folder_page(folder):
    files = [json.loads(path.read_text()) for path in sorted((ROOT / "rules" / folder).glob("*.json"))]
    files = [file for file in files if file.get("schema") == "berth/rules/v1"]
    if not files:
        return None
    rules = [rule for file in files for rule in file["rules"]]
    lines = [BANNER, f"# {TITLES.get(folder, folder.title())} rules", "",
             f"{len(rules)} rules. How rules decide: [the guide](../guide/rules.md).", "",
             "| rule | effect | target | weight |", "|---|---|---|---|"]
    for rule in sorted(rules, key=lambda rule: rule["id"]):
        anchor = f"#{rule['id'].lower()}-{rule['name']}"
        lines.append(f"| [{rule['id']}]({anchor}) {cell(rule['title'])} | {rule['effect']} | `{cell(rule['target'])}` "
                     f"| {rule.get('weight', '')} |")
    for file in files:
        lines += ["", f"## {file['doc']}", ""]
        for rule in file["rules"]:
            lines += rule_section(rule)
    return "\n".join(lines).rstrip() + "\n"


def facts_page():
    facts = json.loads((ROOT / "rules/facts.json").read_text())["facts"]
    lines = [BANNER, "# Facts", "", "What rules may name. A fact that is not set is unknown; null is known to be absent.", "",
             "| fact | type | unit | meaning |", "|---|---|---|---|"]
    for path, fact in sorted(facts.items()):
        kind = ", ".join(f"`{word}`" for word in fact["values"]) if "values" in fact else fact["type"]
        lines.append(f"| `{path}` | {kind} | {fact.get('unit', '')} | {cell(fact['doc'])} |")
    return "\n".join(lines) + "\n"


def decisions_page():
    decisions = json.loads((ROOT / "rules/decisions.json").read_text())["decisions"]
    lines = [BANNER, "# Decisions", "", "What rules decide. How a winner is found: [the guide](../guide/rules.md).", "",
             "| decision | found by | options | meaning |", "|---|---|---|---|"]
    for decision in decisions:
        options = ", ".join(f"`{option}`" for option in decision["options"])
        lines.append(f"| `{decision['dimension']}` | {decision['hit_policy']} | {options} | {cell(decision['doc'])} |")
    return "\n".join(lines) + "\n"


def index_page(names):
    lines = [BANNER, "# Rules", "", "Every rule, fact and decision that berth ships with. How they work, and how to add one: "
             "[the guide](../guide/rules.md).", ""]
    return "\n".join(lines + [f"- [{name}]({name}.md)" for name in names]) + "\n"


def check_files():
    files = [json.loads(path.read_text()) for path in sorted((ROOT / "rules/check").glob("*.json"))]
    return [file for file in files if file.get("schema") == "berth/check-rules/v1"]


def check_rule_page(rule):
    """One rule of `berth check`: what, why, example, fix, source."""
    check = rule["check"]
    lines = [BANNER, f"# {rule['id']} {rule['name']}", "", f"{rule['title']}. Level: {rule['severity']}.", "",
             "## Why", "", check["why"], ""]
    if check.get("error"):
        lines += ["Users see:", "", "```text", check["error"], "```", ""]
    for heading, key in (("Bad", "bad"), ("Good", "good")):
        if check.get(key):
            lines += [f"## {heading}", "", "```yaml", check[key], "```", ""]
    lines += ["## What berth says", "", "```text", rule["message"], "```", ""]
    if rule.get("fix"):
        how = "by hand" if not check.get("edits") else "`--fix` applies it" if check.get("safe") else "`--unsafe-fixes` applies it"
        lines += ["## Fix", "", f"{rule['fix']} ({how}).", ""]
    lines += ["## Condition", "", "```cel", rule["when"], "```", ""]
    if check.get("at"):
        lines += ["The finding stands on the first of these keys that the file has: "
                  + ", ".join(f"`{fact}`" for fact in check["at"]) + ".", ""]
    if check.get("each"):
        lines += [f"One finding for each of `{check['each']}`.", ""]
    lines += ["## Source", "", source_text(rule["source"]) + "."]
    return "\n".join(lines) + "\n"


def check_index_page(files):
    count = sum(len(file["rules"]) for file in files)
    lines = [BANNER, "# Check rules", "", f"{count} rules of `berth check`. How to use it: [the guide](../../guide/check.md).", ""]
    for file in files:
        lines += [f"## {file['doc']}", "", "| rule | level | fix | what |", "|---|---|---|---|"]
        for rule in file["rules"]:
            edits = rule["check"].get("edits")
            fix = "by hand" if rule.get("fix") and not edits else "" if not edits else \
                "`--fix`" if rule["check"].get("safe") else "`--unsafe-fixes`"
            lines.append(f"| [{rule['id']}]({rule['id']}.md) {rule['name']} | {rule['severity']} | {fix} | {cell(rule['title'])} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def check_facts_page():
    facts = json.loads((ROOT / "rules/check/facts.json").read_text())["facts"]
    lines = [BANNER, "# Facts of check rules", "", "What check rules may name beside [the facts](../facts.md) that all rules share.",
             "", "| fact | type | unit | meaning |", "|---|---|---|---|"]
    for path, fact in sorted(facts.items()):
        kind = ", ".join(f"`{word}`" for word in fact["values"]) if "values" in fact else fact["type"]
        lines.append(f"| `{path}` | {kind} | {fact.get('unit', '')} | {cell(fact['doc'])} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    pages = {"facts": facts_page(), "decisions": decisions_page()}
    for folder in sorted(path.name for path in (ROOT / "rules").iterdir() if path.is_dir()):
        page = folder_page(folder)
        if page:
            pages[folder] = page
    pages["README"] = index_page(sorted(pages) + ["check/README"])
    files = check_files()
    pages["check/README"] = check_index_page(files)
    pages["check/facts"] = check_facts_page()
    for file in files:
        for rule in file["rules"]:
            pages["check/" + rule["id"]] = check_rule_page(rule)
    gone = [path for path in (OUT / "check").glob("*.md") if "check/" + path.stem not in pages]
    stale = [name for name, text in pages.items()
             if not (OUT / f"{name}.md").is_file() or (OUT / f"{name}.md").read_text() != text]
    if arguments.check:
        for name in stale:
            print(f"docs/rules/{name}.md is stale: run scripts/generate_rule_docs.py")
        for path in gone:
            print(f"docs/rules/check/{path.name} is of a rule that is gone: remove it")
        sys.exit(1 if stale or gone else 0)
    for path in gone:
        path.unlink()
    (OUT / "check").mkdir(parents=True, exist_ok=True)
    for name in stale:
        (OUT / f"{name}.md").write_text(pages[name])
        print(f"wrote docs/rules/{name}.md")


if __name__ == "__main__":
    main()
