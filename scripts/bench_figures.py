#!/usr/bin/env python3
"""usage: bench_figures.py BERTH: prints the figures that berth has to reach, each with its target."""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("BERTH_SHARED", ROOT.parent / "shared"))
BERTH = str(pathlib.Path(sys.argv[1]).resolve())
LLAMA = {"kind": "decoder", "layers": 32, "hidden": 4096, "heads": 32, "kv_heads": 8, "head_dim": 128, "ffn": 14336,
         "gated_ffn": True, "vocab": 128256, "max_positions": 8192, "tied_embeddings": False}


def show(what, value, target=""):
    print(f"{what:<46} {value:<26} {target}", flush=True)


def cold_recommend():
    """Wall time and peak memory of one process, whole catalog; the median of 20."""
    command = [BERTH, "recommend", str(ROOT / "examples/llama-3-8b/finetune.yaml")]
    walls, peaks = [], []
    for _ in range(20):
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit code {child.returncode}")
        walls.append(time.perf_counter() - start)
        peaks.append(usage.ru_maxrss)
    show("recommend, cold, Llama-3-8B fine-tune", f"{statistics.median(walls) * 1000:.0f} ms (min {min(walls) * 1000:.0f})",
         "at most 50 ms")
    show("  peak memory", f"{max(peaks) / 1024:.1f} MiB", "at most 64 MiB")


def document(number, cluster):
    """Fine-tuning jobs that differ in batch, length and checkpointing, so that nothing can be remembered."""
    out = {"schema": "berth/workload/v1", "name": f"job-{number}", "model": {"transformer": LLAMA, "framework": "pytorch"},
           "job": {"task": "finetune", "precision": "bf16", "optimizer": "adamw", "micro_batch": 1 + number % 4,
                   "sequence_length": 512 + 64 * (number % 97), "global_batch": 32 * (1 + number % 11),
                   "activation_checkpointing": ("none", "full")[number % 2], "dataset": {"tokens": 1e8 + number}, "epochs": 1}}
    if cluster:
        out["cluster"] = {"device": "nvidia-h100-sxm", "devices_per_machine": 8, "machines": 1 + number % 3}
        out["job"]["parallelism"] = {"data": 8 * (1 + number % 3), "zero_stage": 3}
    else:
        out["environment"] = {"objective": ("cost", "time")[number % 2], "budget_usd": 5000 + number}
    return json.dumps(out)


def lines_per_second(command, lines, what, target):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        start = time.perf_counter()
        done = subprocess.run([BERTH, command, "--jsonl", file.name], capture_output=True, text=True)
        seconds = time.perf_counter() - start
    errors = sum(line.startswith('{"error"') for line in done.stdout.splitlines())
    show(what, f"{len(lines) / seconds:,.0f} documents/s", f"at least {target:,}/s on two cores")
    if errors or done.stdout.count("\n") != len(lines):
        show("  lines without an answer", str(errors + len(lines) - done.stdout.count("\n")), "0")


def profile_seconds(path):
    """Wall time of one `berth profile`, the median of 15."""
    walls = []
    for _ in range(15):
        start = time.perf_counter()
        subprocess.run([BERTH, "profile", str(path)], stdout=subprocess.DEVNULL, check=True)
        walls.append(time.perf_counter() - start)
    return statistics.median(walls)


def shard_index(shards=400, tensors=100):
    """What an index of many shards costs a profile on top of the config beside it."""
    config = json.dumps({"model_type": "llama"})
    names = {f"model.layers.{shard}.mlp.experts.{i}.gate_proj.weight": f"model-{shard + 1:05}-of-{shards:05}.safetensors"
             for shard in range(shards) for i in range(tensors)}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "config.json").write_text(config)
        without = profile_seconds(path)
        (path / "model.safetensors.index.json").write_text(json.dumps({"metadata": {"total_size": 10**12}, "weight_map": names}))
        both = profile_seconds(path)
    show(f"index of {shards} shards, {len(names):,} tensors", f"{(both - without) * 1000:.1f} ms", "at most 20 ms")
    show("  the whole command, with the config", f"{both * 1000:.1f} ms")


def parameter_counts():
    """The share of published counts that the architecture alone gives, and the rest by name."""
    rows = [json.loads(line) for line in (SHARED / "models/hf_params.jsonl").read_text().splitlines()]
    rows = [row for row in rows if row.get("counts") == "logical" and row.get("confidence") != "rounded"]
    folder = SHARED / "models/hf_configs"

    def path_of(name):
        found = [p for p in (folder / name, folder / f"{name}.json", folder / name / "config.json") if p.exists()]
        return str(found[0]) if found else ""

    lines = "\n".join(json.dumps({"schema": "berth/workload/v1", "name": row["name"],
                                   "model": {"file": path_of(row["name"])}, "job": {"sequence_length": 128}})
                      for row in rows)
    done = subprocess.run([BERTH, "profile", "--jsonl", "-"], input=lines, capture_output=True, text=True)
    rest = []
    for row, line in zip(rows, done.stdout.splitlines()):
        answer = json.loads(line)
        total = answer.get("parameters", {}).get("total")
        if total != row["params_total"]:
            why = answer["error"]["message"] if "error" in answer else f"{total} instead of {row['params_total']}"
            rest.append(f"{row['name']}: {why}")
    show("parameter counts equal to the published", f"{len(rows) - len(rest)} of {len(rows)}", "all that are logical")
    for line in rest:
        print(f"  {line}")


def script(what, *command):
    print(f"\n{what}", flush=True)
    subprocess.run([sys.executable, *map(str, command)], check=False)


def main():
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    cold_recommend()
    shard_index()
    lines_per_second("recommend", [document(n, False) for n in range(1000)], "recommend --jsonl", 200)
    lines_per_second("estimate", [document(n, True) for n in range(20000)], "estimate --jsonl", 5000)
    if not SHARED.is_dir():
        print(f"{SHARED} is not there: no comparison with measurements")
        return
    parameter_counts()
    script("Questions of the seed chapter", SHARED / "seed/questions/check.py", BERTH)
    script("Estimates against measurements", SHARED / "truth/score.py", "--berth", BERTH)


if __name__ == "__main__":
    main()
