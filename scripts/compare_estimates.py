#!/usr/bin/env python3
"""Say which estimates move between two versions of berth, over the project's own table of measured workloads.

usage: compare_estimates.py OLD_BERTH NEW_BERTH [--calibration-old FILE] [--calibration-new FILE] [FILES…]

For every figure: workloads answered by both, by one only, how many moved by more than 1 %, and new over old (median, 10th and 90th
percentile), per source where it moved most. Text for the changelog's "Predictions changed".
"""
import argparse
import collections
import json
import pathlib
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIGURES = ["step_s", "tokens_per_s", "items_per_s", "latency_s", "ttft_s", "tpot_s"]


def merge(base, patch):  # RFC 7396
    if not isinstance(patch, dict):
        return patch
    out = dict(base) if isinstance(base, dict) else {}
    for key, value in patch.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = merge(out.get(key), value)
    return out


def documents(files):
    for path in files:
        source, common = "", {}
        for line in pathlib.Path(path).read_text().splitlines():
            row = json.loads(line) if line.strip() else {}
            if "schema" in row:
                source, common = row["source"], {}
            elif "common" in row:
                common = row["common"].get("document", {})
            elif "id" in row:
                yield source, merge(common, row.get("document", {}))


def estimates(berth, calibration, docs):
    command = [berth, "estimate", "--jsonl", "-"] + (["--calibration", calibration] if calibration else [])
    text = "".join(json.dumps(doc) + "\n" for doc in docs)
    run = subprocess.run(command, input=text, capture_output=True, text=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def value(estimate, figure):
    if figure == "memory":
        found = estimate.get("memory", {}).get("per_device_bytes")
    else:
        found = estimate.get("time", {}).get(figure)
    return found["expected"] if found else None


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def compare(figure, sources, old, new):
    ratios, by_source, only_old, only_new = [], collections.defaultdict(list), 0, 0
    for source, a, b in zip(sources, old, new):
        x, y = value(a, figure), value(b, figure)
        only_old += x is not None and y is None
        only_new += x is None and y is not None
        if x and y:
            ratios.append(y / x)
            by_source[source].append(y / x)
    if not ratios:
        return
    moved = sum(abs(r - 1) > 0.01 for r in ratios)
    print(f"{figure:13} both {len(ratios):5}  only old {only_old:4}  only new {only_new:4}  moved > 1 % {moved:5}  "
          f"new/old {statistics.median(ratios):.2f} ({quantile(ratios, 0.1):.2f} to {quantile(ratios, 0.9):.2f})")
    furthest = sorted(by_source.items(), key=lambda item: -abs(1 - statistics.median(item[1])))
    for source, own in furthest[:3]:
        print(f"    {source:34} {len(own):5}  new/old {statistics.median(own):.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--calibration-old")
    parser.add_argument("--calibration-new")
    args = parser.parse_args()
    rows = list(documents(args.files or sorted((ROOT / "data/measurements").glob("*.jsonl"))))
    sources, docs = [source for source, _ in rows], [doc for _, doc in rows]
    old = estimates(args.old, args.calibration_old, docs)
    new = estimates(args.new, args.calibration_new, docs)
    verdicts = collections.Counter((a.get("memory", {}).get("fits"), b.get("memory", {}).get("fits")) for a, b in zip(old, new))
    for figure in ["memory", *FIGURES]:
        compare(figure, sources, old, new)
    print("fits, old -> new:", ", ".join(f"{a} -> {b}: {n}" for (a, b), n in sorted(verdicts.items(), key=str) if a != b))


if __name__ == "__main__":
    main()
