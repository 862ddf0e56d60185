"""Fact sheets for the rule benchmark, and what the 16 rules of rules.json say of them.

10,000 complete sheets, and 2,000 of which every fifth fact is missing. The answers come from the rules
written by hand below, in Kleene's logic for missing facts.
"""
import json
import random

COMMON = ["matmul", "conv2d", "add", "relu", "softmax", "layernorm", "gather", "reduce"]
RARE = ["sparse_unique", "py_func", "fft3d", "string_split"]


def sheet(rng):
    custom = rng.choice([0, 0, 0, 1, 3, 12])
    cpu_hours = 10 ** rng.uniform(-1, 4)
    ops = rng.sample(COMMON, rng.randint(2, 8))
    if rng.random() < 0.3:
        ops += rng.sample(RARE, rng.randint(1, 2))
    rng.shuffle(ops)
    return {
        "job": {"stage": rng.choice(["prototype", "development", "production"]), "batch_size": 2 ** rng.randint(3, 14),
                "est_cpu_hours": round(cpu_hours, 3), "est_gpu_hours": round(cpu_hours / rng.uniform(5, 15), 3)},
        "model": {"framework": rng.choice(["tensorflow", "tensorflow", "pytorch", "jax", "sklearn", "fortran"]),
                  "params_m": round(10 ** rng.uniform(-1.5, 4), 3), "source_available": rng.random() < 0.85,
                  "change_effort": rng.choice(["easy", "moderate", "hard"]), "custom_ops": custom,
                  "custom_ops_in_loop": rng.randint(0, custom),
                  "custom_cpp_op_fraction": round(rng.random(), 3) if custom else 0.0,
                  "matmul_fraction": round(rng.random(), 3), "precision_bits": rng.choice([8, 16, 16, 32, 64]),
                  "ops": ops},
        "host": {"io_utilization": round(rng.random(), 3), "net_utilization": round(rng.random(), 3)},
    }


def without_some(rng, facts):
    return {group: {key: value for key, value in facts[group].items() if rng.random() >= 0.2} for group in facts}


def both(a, b):
    return False if a is False or b is False else None if a is None or b is None else True


def either(a, b):
    return True if a is True or b is True else None if a is None or b is None else False


def no(a):
    return None if a is None else not a


def answers(facts):
    """True, False or None (open) by rule, in the order of rules.json."""

    def on(path, test):
        group, key = path.split(".")
        value = facts[group].get(key)
        return None if value is None else test(value)

    tensorflow = on("model.framework", lambda x: x == "tensorflow")
    source = on("model.source_available", lambda x: x)
    return [
        on("job.stage", lambda x: x == "prototype"),
        both(on("model.params_m", lambda x: x < 1), on("job.est_cpu_hours", lambda x: x < 1)),
        both(tensorflow, on("model.custom_cpp_op_fraction", lambda x: x > 0.5)),
        either(on("host.io_utilization", lambda x: x >= 0.9), on("host.net_utilization", lambda x: x >= 0.9)),
        no(tensorflow),
        either(no(source), on("model.change_effort", lambda x: x == "hard")),
        both(on("model.custom_ops", lambda x: x > 0), on("model.custom_cpp_op_fraction", lambda x: x <= 0.5)),
        on("model.ops", lambda x: any(op not in COMMON for op in x)),
        both(on("model.params_m", lambda x: x >= 10), on("job.batch_size", lambda x: x >= 256)),
        on("model.matmul_fraction", lambda x: x >= 0.7),
        on("model.custom_ops_in_loop", lambda x: x == 0),
        either(on("job.est_cpu_hours", lambda x: x >= 336), on("job.est_gpu_hours", lambda x: x >= 336)),
        both(on("model.params_m", lambda x: x >= 100), on("job.batch_size", lambda x: x >= 4096)),
        on("model.precision_bits", lambda x: x > 32),
        both(no(source), no(tensorflow)),
        on("model.framework", lambda x: x not in ("tensorflow", "jax", "pytorch")),
    ]


def write(folder, seed=1):
    """facts.jsonl, partial.jsonl; returns (answers to facts, answers to partial)."""
    rng = random.Random(seed)
    complete = [sheet(rng) for _ in range(10000)]
    partial = [without_some(rng, sheet(rng)) for _ in range(2000)]
    for name, sheets in (("facts.jsonl", complete), ("partial.jsonl", partial)):
        (folder / name).write_text("".join(json.dumps(s) + "\n" for s in sheets))
    return [answers(s) for s in complete], [answers(s) for s in partial]
