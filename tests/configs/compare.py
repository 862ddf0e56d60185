#!/usr/bin/env python3
"""Compares what berth reads from training configs with a second, independent reading.

The second reading uses PyYAML, json and tomllib and the tables below, which were written from the key tables of
shared/configs/formats.md, not from rules/configs/. Every neutral field that either side has is compared:
a field that berth reports and this file has no row for is an error too.

  compare.py DUMP     the program config_dump; the corpus is $BERTH_SHARED/configs, or ../shared/configs

Exit status 77 (skipped) where PyYAML or the corpus is missing.
"""
import json
import os
import pathlib
import re
import subprocess
import sys

try:
    import tomllib

    import yaml
except ImportError:
    SYSTEM = "/usr/bin/python3"  # Debian's python3-yaml is there only
    if sys.executable != SYSTEM and os.path.exists(SYSTEM) and "BERTH_PYTHON_TRIED" not in os.environ:
        os.execve(SYSTEM, [SYSTEM, *sys.argv], {**os.environ, "BERTH_PYTHON_TRIED": "1"})
    print("skipped: needs Python 3.11 and PyYAML")
    sys.exit(77)

NUMBER = {"float32": "fp32", "fp32": "fp32", "f32": "fp32", "32": "fp32", "bfloat16": "bf16", "bf16": "bf16",
          "float16": "fp16", "fp16": "fp16", "16": "fp16", "32-true": "fp32", "bf16-true": "bf16", "bf16-mixed": "bf16",
          "16-true": "fp16", "16-mixed": "fp16", "amp_bf16": "bf16", "amp_fp16": "fp16", "amp_fp8": "fp8", "no": "fp32",
          "false": "fp32", "fp8": "fp8"}


class Loader(yaml.SafeLoader):
    """PyYAML's own types; an unknown tag leaves what it stands on."""


def untagged(loader, _suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


Loader.add_multi_constructor("!", untagged)
Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node))


def documents(path):
    """The documents of a file, or None where none of the three parsers reads it."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        return [tomllib.loads(text)]
    if path.suffix == ".json":
        try:
            return [json.loads(text)]
        except ValueError:
            pass
    try:
        found = list(yaml.load_all(text, Loader))
    except (yaml.YAMLError, TypeError, ValueError):
        return None
    return [d for d in found if d is not None] or [None]


MISSING = object()


def at(tree, path):
    """The value at a path; keys that hold dots are given as a list."""
    for key in path.split(".") if isinstance(path, str) else path:
        index = re.fullmatch(r"(\w+)\[(\d+)\]", key)
        if index:
            tree = tree.get(index[1], MISSING) if isinstance(tree, dict) else MISSING
            if not isinstance(tree, list) or int(index[2]) >= len(tree):
                return MISSING
            tree = tree[int(index[2])]
            continue
        if not isinstance(tree, dict) or key not in tree:
            return MISSING
        tree = tree[key]
    return tree


def number(value):
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str) and re.fullmatch(r"[-+0-9._eE]+", value):
        try:
            return float(value)
        except ValueError:
            return None
    return None


# ---- interpolation, OmegaConf's way ------------------------------------------------------------
class Open(Exception):
    """Refers to what is not in the file."""


def resolve(root, value, parents, depth=0):
    if not isinstance(value, str) or "${" not in value:
        return value
    if depth > 12:
        raise Open
    inner = re.search(r"\$\{([^${}]*)\}", value)
    if not inner:
        raise Open
    result = reference(root, inner[1].strip(), parents, depth + 1)
    if inner[0] == value:
        return result
    if isinstance(result, (dict, list)) or result is None:
        raise Open
    text = str(result).lower() if isinstance(result, bool) else str(result)
    return resolve(root, value.replace(inner[0], text, 1), parents, depth + 1)


def reference(root, text, parents, depth):
    name, colon, rest = text.partition(":")
    if colon and name == "multiply":
        left, right = (number(part.strip()) for part in rest.split(","))
        if left is None or right is None:
            raise Open
        return left * right
    if colon and name == "oc.select":
        path, comma, default = rest.partition(",")
        found = at(root, path.strip())
        if found is MISSING:
            if comma:
                return yaml.safe_load(default)
            raise Open
        return resolve(root, found, parents, depth)
    if colon:
        raise Open
    start = root
    if text.startswith("."):
        up = len(text) - len(text.lstrip("."))
        if up > len(parents):
            raise Open
        start = parents[-up]
        text = text.lstrip(".")
    found = at(start, text)
    if found is MISSING or isinstance(found, dict):
        raise Open
    return resolve(root, found, parents, depth)


# ---- one field -----------------------------------------------------------------------------------
class Doc:
    def __init__(self, root, dashes=False, omega=False):
        self.root, self.dashes, self.omega = root, dashes, omega
        if dashes:
            self.root = {key.replace("-", "_"): value for key, value in root.items()}

    def get(self, path):
        """-> (state, value)"""
        value = at(self.root, path)
        if value is MISSING:
            return "absent", None
        if isinstance(value, str) and "${" in value:
            if not self.omega:
                return "interpolated", None
            try:
                keys = path.split(".") if isinstance(path, str) else path
                parents = [self.root]
                for key in keys[:-1]:
                    parents.append(parents[-1][key])
                value = resolve(self.root, value, parents)
            except (Open, TypeError, ValueError, KeyError):
                return "interpolated", None
        if value is None:
            return "null", None
        if value == "???":
            return "outside", None
        return "given", value

    def true(self, path):
        return at(self.root, path) is True


def first(*paths, table=None, derive=(), kind=None, auto=True):
    """The first key that is there and not null. `table` translates words."""
    def read(doc):
        null = False
        for path in paths:
            state, value = doc.get(path)
            if state == "absent":
                continue
            if state == "null":
                null = True
                continue
            if state != "given":
                return state, None
            word = str(value).lower() if isinstance(value, bool) else value
            if value in derive and not isinstance(value, bool):
                return "derive", None
            if table is not None:
                key = str(word)
                if key in table:
                    return "given", table[key]
            if value == "auto" and auto:
                return "auto", None
            if isinstance(value, (dict, list)) and kind != "list":
                return "unread", None
            if kind == "list":
                return "given", value if isinstance(value, list) else [value]
            return "given", word if kind == "text" else value
        return ("null" if null else "absent"), None
    return read


def text(*paths, **more):
    return first(*paths, kind="text", **more)


def choose(*options, otherwise=None):
    """The first option that gives an answer: callables or (path, values, answer)."""
    def read(doc):
        null = False
        for option in options:
            if callable(option):
                state, value = option(doc)
                if state not in ("absent", "null"):
                    return state, value
                null |= state == "null"
                continue
            path, values, answer = option
            state, value = doc.get(path)
            if state in ("interpolated", "outside"):
                return state, None
            null |= state == "null"
            if state == "given" and (values is ANY or (value in values and type(value) in [type(v) for v in values])):
                return answer if isinstance(answer, tuple) else ("given", answer)
        if otherwise is not None:
            return "given", otherwise
        return ("null" if null else "absent"), None
    return read


ANY = object()
ON_OFF = {"true": "full", "false": "none"}
TO_CPU = {"true": "cpu", "false": "none"}
ZERO = {"0": "ddp", "1": "zero1", "2": "zero2", "3": "zero3"}


def match(path, pattern, table=None):
    def read(doc):
        state, value = doc.get(path)
        if state != "given":
            return state, None
        found = re.search(pattern, str(value))
        if not found:
            return "absent", None
        return "given", table[found[1]] if table else found[1]
    return read


def when(condition, read):
    return lambda doc: read(doc) if condition(doc) else ("absent", None)


def const(condition, value):
    return lambda doc: ("given", value) if condition(doc) else ("absent", None)


def has(path):
    return lambda doc: at(doc.root, path) is not MISSING


# ---- the formats: neutral field -> reading. Keys from formats.md, section 2 ----------------------
HF_COMMON = {
    "job.micro_batch": first("per_device_train_batch_size"),
    "job.gradient_accumulation": first("gradient_accumulation_steps"),
    "config.learning_rate": first("learning_rate"), "config.schedule": text("lr_scheduler_type"),
    "config.warmup_steps": first("warmup_steps"), "config.warmup_ratio": first("warmup_ratio"),
    "config.weight_decay": first("weight_decay"), "config.max_grad_norm": first("max_grad_norm"),
    "job.epochs": first("num_train_epochs"), "job.steps": first("max_steps", derive=(-1,)),
    "config.eval_batch": first("per_device_eval_batch_size"), "job.compile": first("torch_compile"),
}


def hf_shard(doc):
    state, value = doc.get("deepspeed")
    if state == "given" and isinstance(value, (str, dict)):
        return "outside", None
    state, value = doc.get("fsdp")
    if state == "given":
        return "given", "hsdp" if "hybrid" in str(value) else "fsdp"
    return "absent", None


def axolotl_shard(doc):
    state, value = doc.get("deepspeed")
    if state == "given":
        return "outside", None
    has_fsdp = doc.get("fsdp_config")[0] == "given" or doc.get("fsdp")[0] == "given"
    if not has_fsdp:
        return "absent", None
    version = at(doc.root, "fsdp_version")
    if version is MISSING:
        version = at(doc.root, "fsdp_config.fsdp_version")
    return "given", "fsdp2" if version == 2 else "fsdp"


def accelerate_shard(doc):
    kind = at(doc.root, "distributed_type")
    if kind == "DEEPSPEED":
        if at(doc.root, "deepspeed_config.deepspeed_config_file") is not MISSING:
            return "outside", None
        stage = at(doc.root, "deepspeed_config.zero_stage")
        return ("absent", None) if stage is MISSING else ("given", ZERO[str(stage)])
    if kind == "FSDP":
        if at(doc.root, "fsdp_config.fsdp_version") == 2:
            return "given", "fsdp2"
        strategy = str(at(doc.root, "fsdp_config.fsdp_sharding_strategy"))
        return "given", {"HYBRID_SHARD": "hsdp", "4": "hsdp", "NO_SHARD": "ddp", "3": "ddp"}.get(strategy, "fsdp")
    if kind is MISSING or kind in ("MEGATRON_LM",):
        return "absent", None
    return "given", "none" if kind in ("NO", False) else "ddp"


def nemo_shard(doc):
    if doc.true("model.fsdp"):
        return "given", "fsdp"
    if at(doc.root, "model.optim.name") in ("distributed_fused_adam", "mcore_distributed_optim"):
        return "given", "distributed_optimizer"
    state, value = doc.get("trainer.strategy")
    if state != "given":
        return state, None
    if isinstance(value, dict):
        return "unread", None
    return ("given", "ddp") if str(value).startswith("ddp") else ("absent", None)


def duration(unit, kind):
    return lambda path: (lambda doc: _duration(doc, path, unit, kind))


def _duration(doc, path, unit, kind):
    state, value = doc.get(path)
    if state != "given":
        return state, None
    found = re.fullmatch(r"([0-9.]+)" + unit, str(value))
    return ("given", kind(found[1])) if found else ("absent", None)


def levanter_mp(letter):
    def read(doc):
        state, value = doc.get("trainer.mp")
        if state != "given":
            return state, None
        parts = dict(part.split("=") for part in value.split(",") if "=" in part)
        if parts:
            word = next((parts[key] for key in parts if key[0] == letter), None)
            return ("given", NUMBER[word]) if word else ("absent", None)
        return "given", NUMBER[value]
    return read


def maxtext_micro(doc):
    state, value = doc.get("per_device_batch_size")
    if state == "given" and number(value) is not None and number(value) != int(number(value)):
        return "derive", None
    return state, value


FLAG = lambda name: ["--" + name]  # noqa: E731


def flags(*names, **more):
    return first(*(FLAG(name) for name in names), **more)


def pods(doc, resources):
    """Accelerators that the containers of a pod spec ask for."""
    total = None
    for container in (resources or {}).get("containers", []) or []:
        for resource in ("nvidia.com/gpu", "amd.com/gpu", "google.com/tpu"):
            lists = (container.get("resources") or {})
            value = (lists.get("limits") or {}).get(resource, (lists.get("requests") or {}).get(resource))
            if value is not None:
                total = (total or 0) + int(value)
    return total


def replica_groups(doc):
    for name, specs in doc.root["spec"].items():
        if name.endswith("ReplicaSpecs"):
            for role, spec in specs.items():
                yield role, spec.get("replicas", 1), spec.get("template", {}).get("spec", {})


def kube_machines(doc):
    if doc.root["kind"] == "JobSet":
        return jobset(doc)[0]
    skip = {"PS", "Evaluator", "Launcher"}
    counts = [count for role, count, _ in replica_groups(doc) if role not in skip]
    return ("given", sum(counts)) if counts else ("absent", None)


def kube_devices(doc):
    if doc.root["kind"] == "JobSet":
        return jobset(doc)[1]
    found = {pods(doc, pod) for role, _, pod in replica_groups(doc) if role not in ("PS", "Evaluator", "Launcher")}
    found.discard(None)
    return ("given", found.pop()) if len(found) == 1 else ("outside", None)


def jobset(doc):
    groups = []
    for group in at(doc.root, "spec.replicatedJobs"):
        spec = at(group, "template.spec")
        groups.append((group.get("replicas", 1) * spec.get("parallelism", 1), pods(doc, at(spec, "template.spec"))))
    busy = [group for group in groups if group[1] is not None]
    machines = sum(count for count, _ in busy or groups)
    kinds = {devices for _, devices in busy}
    return ("given", machines), (("given", kinds.pop()) if len(kinds) == 1 else ("outside", None))


def kube_kind(doc):
    body = json.dumps(doc.root)
    if kube_devices(doc)[0] != "given":
        return "absent", None
    return "given", "tpu" if "google.com/tpu" in body else "gpu"


def node_selector(doc):
    body = json.dumps(doc.root)
    found = re.search(r'"(?:cloud\.google\.com/gke-(?:tpu-)?accelerator|nvidia\.com/gpu\.product)": "([^"]+)"', body)
    return ("given", found[1]) if found else ("absent", None)


def kube_world(doc):
    spec = doc.root["spec"]
    if doc.root["kind"] == "MPIJob":
        slots = spec.get("slotsPerWorker")
        return ("absent", None) if slots is None else ("given", int(slots) * kube_workers(doc))
    each = spec.get("nprocPerNode", (spec.get("elasticPolicy") or {}).get("nProcPerNode"))
    if each is None or not str(each).isdigit():
        return "absent", None
    return "given", int(each) * kube_machines(doc)[1]


def kube_workers(doc):
    return next(count for role, count, _ in replica_groups(doc) if role == "Worker")


def kube_strategy(doc):
    kind = doc.root["kind"]
    if kind == "MPIJob":
        return "given", "mpi"
    if kind == "PyTorchJob":
        return "given", "torch_distributed"
    if kind == "TFJob":
        return "given", "parameter_server" if any(role == "PS" for role, _, _ in replica_groups(doc)) else "multi_worker_mirrored"
    return "absent", None


def trainer_machines(doc):
    if doc.root["kind"] == "TrainJob":
        value = at(doc.root, "spec.trainer.numNodes")
        return ("outside", None) if value is MISSING else ("given", value)
    return first("spec.mlPolicy.numNodes")(doc)


def trainer_devices(doc):
    if doc.root["kind"] == "TrainJob":
        value = at(doc.root, ["spec", "trainer", "resourcesPerNode", "limits", "nvidia.com/gpu"])
        return ("outside", None) if value is MISSING else ("given", int(value))
    for group in at(doc.root, "spec.template.spec.replicatedJobs"):
        count = pods(doc, at(group, "template.spec.template.spec"))
        if count is not None:
            return "given", count
    return "absent", None


def trainer_strategy(doc):
    if doc.root["kind"] == "TrainJob":
        return "absent", None
    policy = at(doc.root, "spec.mlPolicy")
    known = [name for name in ("torch", "mpi", "jax", "xgboost", "plainML") if isinstance(policy, dict) and name in policy]
    return ("given", known[0]) if known else ("absent", None)


def trainer_world(doc):
    nodes, each = at(doc.root, "spec.trainer.numNodes"), at(doc.root, "spec.trainer.numProcPerNode")
    if MISSING in (nodes, each) or not str(each).isdigit():
        return "absent", None
    return "given", nodes * int(each)


ACTOR = "actor_rollout_ref.actor."
KUBE = {"cluster.machines": kube_machines, "cluster.devices_per_machine": kube_devices, "config.device_kind": kube_kind,
        "config.strategy": kube_strategy, "config.world_size": kube_world, "cluster.device": node_selector}
FORMATS = {
    "axolotl": {
        "config.model_id": text("base_model"),
        "config.method": choose(("rl", ANY, None), ("pretraining_dataset", ANY, "pretrain")),
        "job.precision": choose(("fp8", [True], "fp8"), ("bf16", [True, "full"], "bf16"), ("bf16", ["auto"], ("auto", None)),
                                ("fp16", [True], "fp16"), ("bf16", [False], "fp32")),
        "job.micro_batch": first("micro_batch_size"), "job.gradient_accumulation": first("gradient_accumulation_steps"),
        "job.global_batch": first("batch_size"), "job.sequence_length": first("sequence_len"),
        "job.packed": first("sample_packing"), "job.parallelism.tensor": first("tensor_parallel_size"),
        "job.parallelism.context": first("context_parallel_size", "sequence_parallel_degree"),
        "job.parallelism.expert": first("expert_parallel_size"), "config.data_shard": first("dp_shard_size"),
        "config.data_replicate": first("dp_replicate_size"), "config.shard": axolotl_shard,
        "job.offload.parameters": first("fsdp_config.offload_params", "fsdp_config.fsdp_offload_params", table=TO_CPU),
        "job.offload.activations": first("activation_offloading", table=TO_CPU),
        "job.activation_checkpointing": first("gradient_checkpointing", "fsdp_config.activation_checkpointing",
                                              "fsdp_config.fsdp_activation_checkpointing", table=ON_OFF),
        "job.optimizer": text("optimizer"), "config.learning_rate": first("learning_rate"),
        "config.schedule": text("lr_scheduler"), "config.warmup_steps": first("warmup_steps"),
        "config.warmup_ratio": first("warmup_ratio"), "config.weight_decay": first("weight_decay"),
        "config.max_grad_norm": first("max_grad_norm"), "job.peft.method": text("adapter"),
        "job.peft.rank": first("lora_r"), "config.lora_alpha": first("lora_alpha"), "config.lora_dropout": first("lora_dropout"),
        "config.lora_targets": choose(first("lora_target_modules", kind="list"), ("lora_target_linear", [True], ["all-linear"])),
        "config.modules_to_save": first("lora_modules_to_save", kind="list"),
        "job.quantization": choose(("load_in_4bit", [True], "nf4"), ("load_in_8bit", [True], "int8"), ("gptq", [True], "gptq")),
        "config.load_bits": choose(("load_in_4bit", [True], 4), ("load_in_8bit", [True], 8)),
        "config.attention": choose(text("attn_implementation"), ("flash_attention", [True], "flash_attention_2"),
                                   ("sdp_attention", [True], "sdpa"), ("flex_attention", [True], "flex_attention")),
        "job.compile": first("torch_compile"), "job.epochs": first("num_epochs"), "job.steps": first("max_steps", derive=(-1,)),
        "config.eval_batch": first("eval_batch_size"), "job.dataset.location": text("datasets[0].path", "pretraining_dataset[0].path"),
    },
    "llamafactory": {
        **HF_COMMON,
        "config.model_id": text("model_name_or_path"), "config.method": text("stage", table={"pt": "pretrain"}),
        "job.precision": choose(("fp8", [True], "fp8"), ("bf16", [True], "bf16"), ("pure_bf16", [True], "bf16"),
                                ("fp16", [True], "fp16"), ("bf16", [False], "fp32")),
        "config.param_dtype": choose(("pure_bf16", [True], "bf16")),
        "job.sequence_length": first("cutoff_len"), "job.packed": first("packing"),
        "job.parallelism.tensor": first("tensor_model_parallel_size"),
        "job.parallelism.pipeline": first("pipeline_model_parallel_size"),
        "job.parallelism.expert": first("expert_model_parallel_size"), "config.shard": hf_shard,
        "job.activation_checkpointing": first("disable_gradient_checkpointing", table={"true": "none", "false": "full"}),
        "job.optimizer": choose(("use_galore", [True], "galore"), ("use_apollo", [True], "apollo"), ("use_badam", [True], "badam"),
                                ("use_adam_mini", [True], "adam_mini"), ("use_muon", [True], "muon"), text("optim")),
        "job.peft.method": text("finetuning_type"), "job.peft.rank": first("lora_rank"), "config.lora_alpha": first("lora_alpha"),
        "config.lora_dropout": first("lora_dropout"),
        "config.lora_targets": lambda doc: listed(doc, "lora_target"),
        "config.modules_to_save": lambda doc: listed(doc, "additional_target"),
        "job.quantization": first("quantization_bit", table={"4": "nf4", "8": "int8"}),
        "config.load_bits": first("quantization_bit"), "config.attention": text("flash_attn"),
        "config.samples": first("max_samples"), "job.dataset.location": text("dataset"),
    },
    "llamafactory-v1": {
        "config.model_id": text("model"), "job.precision": choose(("bf16", [True], "bf16")),
        "job.micro_batch": first("micro_batch_size"), "job.global_batch": first("global_batch_size"),
        "job.sequence_length": first("cutoff_len"), "job.parallelism.context": first("cp_size"),
        "job.parallelism.expert": first("dist_config.ep_size"),
        "config.shard": choose(("dist_config.name", ["fsdp2"], "fsdp2"), ("dist_config.name", ["ddp"], "ddp"),
                               ("dist_config.name", ["deepspeed"], ("outside", None))),
        "job.optimizer": text("optim_config.name"), "config.learning_rate": first("learning_rate"),
        "job.peft.method": text("peft_config.name"), "job.peft.rank": first("peft_config.r"),
        "config.lora_alpha": first("peft_config.lora_alpha"), "config.lora_targets": lambda doc: listed(doc, "peft_config.target_modules"),
        "job.epochs": first("num_train_epochs"), "job.steps": first("max_steps"), "job.dataset.location": text("train_dataset"),
    },
    "hf-trainer": {
        **HF_COMMON,
        "config.model_id": text("model_name_or_path"),
        "config.method": choose(("num_generations", ANY, "grpo"), ("beta", ANY, "dpo")),
        "job.precision": choose(("bf16", [True], "bf16"), ("fp16", [True], "fp16"), ("bf16", [False], "fp32")),
        "config.param_dtype": text("torch_dtype", "dtype", table=NUMBER),
        "job.sequence_length": first("max_length", "max_seq_length"), "job.packed": first("packing"), "config.shard": hf_shard,
        "job.activation_checkpointing": first("gradient_checkpointing", table=ON_OFF), "job.optimizer": text("optim"),
        "job.peft.method": choose(("use_peft", [True], "lora"), ("use_peft", [False], "none")),
        "job.peft.rank": first("lora_r"), "config.lora_alpha": first("lora_alpha"), "config.lora_dropout": first("lora_dropout"),
        "config.lora_targets": first("lora_target_modules", kind="list"),
        "config.load_bits": choose(("load_in_4bit", [True], 4), ("load_in_8bit", [True], 8)),
        "config.attention": text("attn_implementation"), "job.dataset.location": text("dataset_name"),
    },
    "torchtune": {
        "config.param_dtype": text("dtype", table=NUMBER),
        "config.model_id": text("model._component_"),
        "config.method": match("loss._component_", r"(DPO|GRPO|PPO|CrossEntropy|CEWithChunked|ForwardKL)",
                               {"DPO": "dpo", "GRPO": "grpo", "PPO": "ppo", "CrossEntropy": "sft", "CEWithChunked": "sft",
                                "ForwardKL": "distillation"}),
        "job.precision": choose(("enable_fp8_training", [True], "fp8"), text("dtype", table=NUMBER)),
        "job.micro_batch": first("batch_size"), "job.gradient_accumulation": first("gradient_accumulation_steps"),
        "job.sequence_length": first("tokenizer.max_seq_len"), "job.packed": first("dataset.packed", "packed"),
        "job.parallelism.tensor": first("tensor_parallel_dim"), "job.parallelism.context": first("context_parallel_dim"),
        "config.data_shard": first("data_parallel_shard_dim", derive=(-1,)),
        "config.data_replicate": first("data_parallel_replicate_dim"),
        "job.offload.optimizer": first("fsdp_cpu_offload", table=TO_CPU), "job.offload.parameters": first("fsdp_cpu_offload", table=TO_CPU),
        "job.offload.activations": first("enable_activation_offloading", table=TO_CPU),
        "job.activation_checkpointing": first("enable_activation_checkpointing", table=ON_OFF),
        "job.optimizer": match("optimizer._component_", r"(\w+)$"), "config.learning_rate": first("optimizer.lr"),
        "config.weight_decay": first("optimizer.weight_decay"), "config.max_grad_norm": first("clip_grad_norm"),
        "config.schedule": match("lr_scheduler._component_", r"(\w+)$"), "config.warmup_steps": first("lr_scheduler.num_warmup_steps"),
        "job.peft.method": choose(match("model._component_", r"\.(qlora|lora)_"), ("model.lora_rank", ANY, "lora"), otherwise="none"),
        "job.peft.rank": first("model.lora_rank"), "config.lora_alpha": first("model.lora_alpha"),
        "config.lora_dropout": first("model.lora_dropout"), "config.lora_targets": first("model.lora_attn_modules", kind="list"),
        "job.quantization": match("model._component_", r"\.(qlora)_", {"qlora": "nf4"}),
        "config.load_bits": match("model._component_", r"\.(qlora)_", {"qlora": 4}),
        "job.compile": first("compile"), "job.epochs": first("epochs"),
        "job.dataset.location": text("dataset.source", "dataset._component_"),
        "config.device_kind": text("device", table={"cuda": "gpu", "cpu": "cpu"}),
    },
    "litgpt": {
        "config.model_id": text("checkpoint_dir", "model_name", "model_config.name"),
        "config.method": choose(("model_name", ANY, "pretrain"), ("checkpoint_dir", ANY, "sft")),
        "job.precision": text("precision", table=NUMBER),
        "config.param_dtype": text("precision", table={"bf16-true": "bf16", "16-true": "fp16", "bf16-mixed": "fp32",
                                                       "16-mixed": "fp32", "32-true": "fp32"}),
        "job.micro_batch": first("train.micro_batch_size"), "job.global_batch": first("train.global_batch_size"),
        "job.sequence_length": first("train.max_seq_length"), "cluster.devices_per_machine": first("devices"),
        "cluster.machines": first("num_nodes"), "job.peft.rank": first("lora_r"), "job.peft.method": choose(("lora_r", ANY, "lora")),
        "config.lora_alpha": first("lora_alpha"), "config.lora_dropout": first("lora_dropout"),
        "job.quantization": text("quantize", table={"bnb.nf4": "nf4_plain", "bnb.nf4-dq": "nf4"}),
        "config.load_bits": first("quantize", table={"bnb.nf4": 4, "bnb.nf4-dq": 4}),
        "job.optimizer": choose(match("optimizer.class_path", r"(\w+)$"), text("optimizer")),
        "config.learning_rate": first("optimizer.init_args.lr"), "config.weight_decay": first("optimizer.init_args.weight_decay"),
        "config.warmup_steps": first("train.lr_warmup_steps"), "config.max_grad_norm": first("train.max_norm"),
        "job.epochs": first("train.epochs"), "job.steps": first("train.max_steps"), "config.max_tokens": first("train.max_tokens"),
        "job.dataset.location": text("data.class_path", "data"), "model.layers": first("model_config.n_layer"),
        "model.hidden": first("model_config.n_embd"), "model.heads": first("model_config.n_head"),
        "model.kv_heads": first("model_config.n_query_groups"), "model.ffn": first("model_config.intermediate_size"),
        "model.vocab": first("model_config.padded_vocab_size"),
    },
    "accelerate": {
        "job.precision": text("mixed_precision", table=NUMBER), "config.world_size": first("num_processes"),
        "cluster.machines": first("num_machines"),
        "job.gradient_accumulation": first("deepspeed_config.gradient_accumulation_steps", "gradient_accumulation_steps"),
        "config.max_grad_norm": first("deepspeed_config.gradient_clipping"), "config.shard": accelerate_shard,
        "job.parallelism.zero_stage": first("deepspeed_config.zero_stage"),
        "job.offload.optimizer": choose(text("deepspeed_config.offload_optimizer_device"),
                                        ("fsdp_config.fsdp_offload_params", [True], "cpu")),
        "job.offload.parameters": choose(text("deepspeed_config.offload_param_device"),
                                         first("fsdp_config.fsdp_offload_params", table=TO_CPU)),
        "job.activation_checkpointing": first("fsdp_config.fsdp_activation_checkpointing", table=ON_OFF),
        "job.parallelism.tensor": first("parallelism_config.parallelism_config_tp_size", "megatron_lm_config.megatron_lm_tp_degree"),
        "job.parallelism.pipeline": first("megatron_lm_config.megatron_lm_pp_degree"),
        "job.parallelism.context": first("parallelism_config.parallelism_config_cp_size"),
        "config.data_shard": first("parallelism_config.parallelism_config_dp_shard_size"),
        "config.data_replicate": first("parallelism_config.parallelism_config_dp_replicate_size"),
        "job.compile": choose(("dynamo_config.dynamo_backend", ["NO", "no"], False), ("dynamo_config.dynamo_backend", ANY, True)),
        "config.device_kind": choose(("use_cpu", [True], "cpu"), ("distributed_type", ["XLA", "TPU"], "tpu"),
                                     ("distributed_type", ["MULTI_GPU"], "gpu"), ("distributed_type", ["MULTI_NPU", "MULTI_HPU"], "npu")),
    },
    "deepspeed": {
        "job.precision": choose(("fp16.enabled", [True], "fp16"), ("bf16.enabled", [True], "bf16"), ("bfloat16.enabled", [True], "bf16"),
                                ("amp.enabled", [True], "fp16"), ("bf16.enabled", ["auto"], ("auto", None)),
                                ("fp16.enabled", ["auto"], ("auto", None)), ("fp16.enabled", [False], "fp32"),
                                ("bf16.enabled", [False], "fp32")),
        "job.global_batch": first("train_batch_size"), "job.micro_batch": first("train_micro_batch_size_per_gpu"),
        "job.gradient_accumulation": first("gradient_accumulation_steps"),
        "job.parallelism.zero_stage": first("zero_optimization.stage"), "config.shard": first("zero_optimization.stage", table=ZERO),
        "job.parallelism.tensor": first("tensor_parallel.autotp_size"), "job.parallelism.pipeline": first("pipeline.stages"),
        "job.offload.optimizer": choose(text("zero_optimization.offload_optimizer.device"),
                                        first("zero_optimization.cpu_offload", table=TO_CPU)),
        "job.offload.parameters": text("zero_optimization.offload_param.device"), "job.optimizer": text("optimizer.type"),
        "config.learning_rate": first("optimizer.params.lr"), "config.weight_decay": first("optimizer.params.weight_decay"),
        "config.schedule": text("scheduler.type"), "config.warmup_steps": first("scheduler.params.warmup_num_steps"),
        "config.max_grad_norm": first("gradient_clipping"),
    },
    "torchtitan": {
        "config.model_id": text("hf_transformers.model", "model.name"), "config.model_flavor": text("model.flavor"),
        "job.precision": text("training.mixed_precision_param", "training.dtype", table=NUMBER),
        "config.pipeline_microbatch": first("parallelism.pipeline_parallel_microbatch_size"),
        "config.param_dtype": text("training.dtype", table=NUMBER), "job.micro_batch": first("training.local_batch_size"),
        "job.global_batch": first("training.global_batch_size", derive=(-1,)), "job.sequence_length": first("training.seq_len"),
        "job.steps": first("training.steps"), "job.parallelism.tensor": first("parallelism.tensor_parallel_degree"),
        "job.parallelism.pipeline": first("parallelism.pipeline_parallel_degree"),
        "job.parallelism.context": first("parallelism.context_parallel_degree"),
        "job.parallelism.expert": first("parallelism.expert_parallel_degree"),
        "config.data_shard": first("parallelism.data_parallel_shard_degree", derive=(-1,)),
        "config.data_replicate": first("parallelism.data_parallel_replicate_degree"),
        "config.pipeline_schedule": text("parallelism.pipeline_parallel_schedule"),
        "job.activation_checkpointing": text("activation_checkpoint.mode"),
        "job.offload.parameters": first("training.enable_cpu_offload", table=TO_CPU),
        "job.offload.optimizer": first("training.enable_cpu_offload", table=TO_CPU), "job.optimizer": text("optimizer.name"),
        "config.learning_rate": first("optimizer.lr"), "config.weight_decay": first("optimizer.weight_decay"),
        "config.warmup_steps": first("lr_scheduler.warmup_steps"), "config.schedule": text("lr_scheduler.decay_type"),
        "config.max_grad_norm": first("training.max_norm"), "job.compile": first("compile.enable", "training.compile"),
        "job.dataset.location": text("training.dataset"),
    },
    "megatron": {
        "job.precision": choose(lambda d: const(has(FLAG("fp8-format")), "fp8")(d), (FLAG("bf16"), [True], "bf16"), (FLAG("fp16"), [True], "fp16")),
        "job.micro_batch": flags("micro-batch-size"), "job.global_batch": flags("global-batch-size"),
        "job.sequence_length": flags("seq-length", "encoder-seq-length"), "job.parallelism.tensor": flags("tensor-model-parallel-size"),
        "job.parallelism.pipeline": flags("pipeline-model-parallel-size"), "job.parallelism.context": flags("context-parallel-size"),
        "job.parallelism.expert": flags("expert-model-parallel-size"),
        "job.parallelism.interleave": flags("num-virtual-stages-per-pipeline-rank"), "job.parallelism.sequence": flags("sequence-parallel"),
        "config.shard": choose((FLAG("use-megatron-fsdp"), [True], "fsdp"), (FLAG("use-custom-fsdp"), [True], "fsdp"),
                               (FLAG("use-torch-fsdp2"), [True], "fsdp2"), (FLAG("use-distributed-optimizer"), [True], "distributed_optimizer")),
        "job.activation_checkpointing": choose(flags("recompute-granularity", kind="text"), (FLAG("recompute-activations"), [True], "selective")),
        "job.offload.optimizer": flags("optimizer-cpu-offload", table=TO_CPU), "job.optimizer": flags("optimizer", kind="text"),
        "config.learning_rate": flags("lr"), "config.schedule": flags("lr-decay-style", kind="text"),
        "config.warmup_steps": flags("lr-warmup-iters"), "config.warmup_ratio": flags("lr-warmup-fraction"),
        "config.weight_decay": flags("weight-decay"), "config.max_grad_norm": flags("clip-grad"), "job.steps": flags("train-iters"),
        "config.samples": flags("train-samples"), "config.attention": flags("attention-backend", kind="text"),
        "config.model_id": flags("pretrained-checkpoint", "load", kind="text"), "job.dataset.location": flags("data-path", kind="text"),
        "model.layers": flags("num-layers"), "model.hidden": flags("hidden-size"), "model.heads": flags("num-attention-heads"),
        "model.kv_heads": flags("num-query-groups"), "model.head_dim": flags("kv-channels"), "model.ffn": flags("ffn-hidden-size"),
        "model.vocab": flags("vocab-size"), "model.max_positions": flags("max-position-embeddings"), "model.experts": flags("num-experts"),
        "model.experts_per_token": flags("moe-router-topk"),
    },
    "nemo": {
        "config.model_id": text("restore_from_path", "model.restore_from_path", "model.pretrained_model_name"),
        "job.precision": choose(("model.fp8", [True], "fp8"), text("trainer.precision", table=NUMBER)),
        "config.param_dtype": lambda doc: ("given", "bf16") if doc.true("model.megatron_amp_O2") and "bf16" in str(at(doc.root, "trainer.precision")) else ("absent", None),
        "job.micro_batch": first("model.micro_batch_size", "model.train_ds.batch_size"),
        "job.gradient_accumulation": first("trainer.accumulate_grad_batches"), "job.global_batch": first("model.global_batch_size"),
        "job.sequence_length": first("model.encoder_seq_length", "model.data.seq_length"),
        "job.parallelism.tensor": first("model.tensor_model_parallel_size"), "job.parallelism.pipeline": first("model.pipeline_model_parallel_size"),
        "job.parallelism.interleave": first("model.virtual_pipeline_model_parallel_size"),
        "job.parallelism.context": first("model.context_parallel_size"), "job.parallelism.expert": first("model.expert_model_parallel_size"),
        "job.parallelism.sequence": first("model.sequence_parallel"), "config.shard": nemo_shard,
        "job.activation_checkpointing": text("model.activations_checkpoint_granularity"), "job.optimizer": text("model.optim.name"),
        "config.learning_rate": first("model.optim.lr"), "config.weight_decay": first("model.optim.weight_decay"),
        "config.schedule": text("model.optim.sched.name"), "config.warmup_steps": first("model.optim.sched.warmup_steps"),
        "config.warmup_ratio": first("model.optim.sched.warmup_ratio"), "config.max_grad_norm": first("trainer.gradient_clip_val"),
        "job.peft.method": text("model.peft.peft_scheme"), "job.peft.rank": first("model.peft.lora_tuning.adapter_dim"),
        "cluster.devices_per_machine": first("trainer.devices", derive=(-1,)), "cluster.machines": first("trainer.num_nodes"),
        "config.device_kind": text("trainer.accelerator", table={"gpu": "gpu", "cpu": "cpu", "tpu": "tpu"}),
        "job.steps": first("trainer.max_steps", derive=(-1,)), "job.epochs": first("trainer.max_epochs", derive=(-1,)),
        "model.layers": first("model.num_layers"), "model.hidden": first("model.hidden_size"), "model.heads": first("model.num_attention_heads"),
        "model.kv_heads": first("model.num_query_groups"), "model.ffn": first("model.ffn_hidden_size"),
        "model.max_positions": first("model.max_position_embeddings"), "model.experts": first("model.num_moe_experts"),
    },
    "gpt-neox": {
        "job.precision": choose(text("precision", table=NUMBER), ("bf16.enabled", [True], "bf16"), ("fp16.type", ["bfloat16"], "bf16"),
                                ("fp16.enabled", [True], "fp16"), ("fp16.enabled", [False], "fp32")),
        "job.micro_batch": first("train_micro_batch_size_per_gpu"), "job.gradient_accumulation": first("gradient_accumulation_steps"),
        "job.global_batch": first("train_batch_size"), "job.sequence_length": first("seq_length"),
        "job.parallelism.tensor": first("model_parallel_size"), "job.parallelism.pipeline": first("pipe_parallel_size", table={"0": 1}),
        "job.parallelism.zero_stage": first("zero_optimization.stage"), "config.shard": first("zero_optimization.stage", table=ZERO),
        "job.offload.optimizer": choose(text("zero_optimization.offload_optimizer.device"), first("zero_optimization.cpu_offload", table=TO_CPU)),
        "job.activation_checkpointing": first("checkpoint_activations", table=ON_OFF), "job.optimizer": text("optimizer.type"),
        "config.learning_rate": first("optimizer.params.lr"), "config.schedule": text("lr_decay_style"), "config.warmup_ratio": first("warmup"),
        "config.weight_decay": first("weight_decay"), "config.max_grad_norm": first("gradient_clipping"), "job.steps": first("train_iters"),
        "job.dataset.location": text("data_path"), "config.model_id": text("load"), "model.layers": first("num_layers"),
        "model.hidden": first("hidden_size"), "model.heads": first("num_attention_heads"), "model.kv_heads": first("num_kv_heads"),
        "model.ffn": first("intermediate_size"), "model.max_positions": first("max_position_embeddings"), "model.experts": first("moe_num_experts"),
    },
    "nanotron": {
        "config.model_id": text("model.model_config._name_or_path"), "job.precision": text("model.dtype", table=NUMBER),
        "job.master_weights": first("optimizer.accumulate_grad_in_fp32"), "job.micro_batch": first("tokens.micro_batch_size"),
        "job.gradient_accumulation": first("tokens.batch_accumulation_per_replica"), "job.sequence_length": first("tokens.sequence_length"),
        "job.steps": first("tokens.train_steps"), "job.parallelism.data": first("parallelism.dp"), "job.parallelism.tensor": first("parallelism.tp"),
        "job.parallelism.pipeline": first("parallelism.pp"), "job.parallelism.context": first("parallelism.context_parallel_size"),
        "job.parallelism.expert": first("parallelism.expert_parallel_size"), "config.pipeline_schedule": text("parallelism.pp_engine"),
        "job.parallelism.zero_stage": first("optimizer.zero_stage"), "config.shard": first("optimizer.zero_stage", table=ZERO),
        "job.activation_checkpointing": first("parallelism.recompute_layer", table=ON_OFF), "job.optimizer": text("optimizer.optimizer_factory.name"),
        "config.learning_rate": first("optimizer.learning_rate_scheduler.learning_rate"),
        "config.schedule": text("optimizer.learning_rate_scheduler.lr_decay_style"),
        "config.warmup_steps": first("optimizer.learning_rate_scheduler.lr_warmup_steps"), "config.weight_decay": first("optimizer.weight_decay"),
        "config.max_grad_norm": first("optimizer.clip_grad"), "model.layers": first("model.model_config.num_hidden_layers"),
        "model.hidden": first("model.model_config.hidden_size"), "model.heads": first("model.model_config.num_attention_heads"),
        "model.kv_heads": first("model.model_config.num_key_value_heads"), "model.ffn": first("model.model_config.intermediate_size"),
        "model.vocab": first("model.model_config.vocab_size"), "model.max_positions": first("model.model_config.max_position_embeddings"),
    },
    "maxtext": {
        "config.model_id": text("model_name"),
        "job.precision": choose(("quantization", ["fp8", "fp8_full", "nanoo_fp8"], "fp8"), ("quantization", ["int8"], "int8"), text("dtype", table=NUMBER)),
        "config.param_dtype": text("weight_dtype", table=NUMBER), "config.per_device_batch": first("per_device_batch_size"),
        "job.micro_batch": maxtext_micro, "job.gradient_accumulation": first("gradient_accumulation_steps"),
        "job.sequence_length": first("max_target_length"), "job.parallelism.tensor": first("ici_tensor_parallelism", derive=(-1,)),
        "job.parallelism.pipeline": first("ici_pipeline_parallelism", "dcn_pipeline_parallelism", derive=(-1,)),
        "job.parallelism.context": first("ici_context_parallelism", derive=(-1,)), "job.parallelism.expert": first("ici_expert_parallelism", derive=(-1,)),
        "config.data_shard": first("ici_fsdp_parallelism", derive=(-1,)), "config.data_replicate": first("dcn_data_parallelism", derive=(-1,)),
        "config.shard": choose(("ici_fsdp_parallelism", ANY, "fsdp")),
        "job.offload.optimizer": first("optimizer_memory_host_offload", table=TO_CPU),
        "job.offload.parameters": first("parameter_memory_host_offload", table=TO_CPU),
        "job.activation_checkpointing": first("remat_policy", table={"full": "full", "none": "none", "minimal": "selective", "custom": "selective"}),
        "job.optimizer": text("opt_type"), "config.learning_rate": first("learning_rate"), "config.weight_decay": first("adam_weight_decay"),
        "config.warmup_ratio": first("warmup_steps_fraction"), "config.max_grad_norm": first("gradient_clipping_threshold"),
        "job.steps": first("steps", derive=(-1,)), "job.dataset.location": text("hf_path", "dataset_path", "dataset_name"),
        "config.attention": text("attention"), "config.device_kind": text("hardware", table={"gpu": "gpu", "tpu": "tpu", "cpu": "cpu", "gpu_multiprocess": "gpu"}),
        "cluster.device": text("compile_topology"), "model.layers": first("base_num_decoder_layers"), "model.hidden": first("base_emb_dim"),
        "model.heads": first("base_num_query_heads"), "model.kv_heads": first("base_num_kv_heads"), "model.ffn": first("base_mlp_dim"),
        "model.head_dim": first("head_dim"), "model.vocab": first("vocab_size"), "model.experts": first("num_experts"),
        "model.experts_per_token": first("num_experts_per_tok"), "model.max_positions": first("max_position_embeddings"),
    },
    "llmfoundry": {
        "model.max_positions": first("model.config_overrides.n_positions", "model.config_overrides.max_position_embeddings"),
        "config.model_id": text("model.pretrained_model_name_or_path", "model.name"), "job.precision": text("precision", table=NUMBER),
        "job.micro_batch": first("device_train_microbatch_size"), "job.global_batch": first("global_train_batch_size"),
        "job.sequence_length": first("max_seq_len"),
        "config.shard": text("fsdp_config.sharding_strategy", table={"FULL_SHARD": "fsdp", "SHARD_GRAD_OP": "fsdp", "HYBRID_SHARD": "hsdp", "NO_SHARD": "ddp"}),
        "job.offload.activations": first("fsdp_config.activation_cpu_offload", table=TO_CPU),
        "job.activation_checkpointing": first("fsdp_config.activation_checkpointing", table=ON_OFF), "job.optimizer": text("optimizer.name"),
        "config.learning_rate": first("optimizer.lr"), "config.weight_decay": first("optimizer.weight_decay"), "config.schedule": text("scheduler.name"),
        "config.warmup_steps": duration("ba", int)("scheduler.t_warmup"), "config.warmup_ratio": duration("dur", float)("scheduler.t_warmup"),
        "config.max_grad_norm": when(lambda d: at(d.root, "algorithms.gradient_clipping.clipping_type") == "norm",
                                     first("algorithms.gradient_clipping.clipping_threshold")),
        "job.epochs": duration("ep", float)("max_duration"), "job.steps": duration("ba", int)("max_duration"),
        "config.max_tokens": duration("tok", int)("max_duration"), "job.peft.rank": first("model.peft_config.r", "peft_config.r"),
        "job.peft.method": choose(("model.peft_config.r", ANY, "lora")), "config.lora_targets": first("model.peft_config.target_modules", kind="list"),
        "config.eval_batch": first("device_eval_batch_size"), "model.layers": first("model.n_layers"), "model.hidden": first("model.d_model"),
        "model.heads": first("model.n_heads"), "model.vocab": first("model.vocab_size"), "config.attention": text("model.attn_config.attn_impl"),
    },
    "levanter": {
        "config.model_id": lambda doc: choose(text("model_name_or_path"), lambda d: ("absent", None) if isinstance(at(d.root, "initialize_from_hf"), bool) else text("initialize_from_hf")(d), text("model.type"))(doc),
        "job.precision": levanter_mp("c"), "config.param_dtype": levanter_mp("p"),
        "job.micro_batch": first("trainer.per_device_parallelism", derive=(-1,)), "job.global_batch": first("trainer.train_batch_size"),
        "job.sequence_length": first("train_seq_len", "model.seq_len", "max_seq_len"), "job.parallelism.tensor": first("trainer.model_axis_size"),
        "config.data_replicate": first("trainer.replica_dcn_axis_size"), "config.shard": choose(("trainer.fsdp_axis", ANY, "fsdp")),
        "job.activation_checkpointing": first("model.gradient_checkpointing", table=ON_OFF), "job.optimizer": text("optimizer.type"),
        "config.learning_rate": first("optimizer.learning_rate"), "config.weight_decay": first("optimizer.weight_decay"),
        "config.schedule": text("optimizer.lr_schedule"),
        "config.warmup_ratio": lambda doc: first("optimizer.warmup")(doc) if (number(at(doc.root, "optimizer.warmup")) or 0) < 1 else ("absent", None),
        "config.warmup_steps": lambda doc: first("optimizer.warmup")(doc) if (number(at(doc.root, "optimizer.warmup")) or 0) >= 1 else ("absent", None),
        "config.max_grad_norm": first("optimizer.max_grad_norm"), "job.steps": first("trainer.num_train_steps"),
        "model.layers": first("model.num_layers"), "model.hidden": first("model.hidden_dim"), "model.heads": first("model.num_heads"),
        "model.kv_heads": first("model.num_kv_heads"), "model.ffn": first("model.intermediate_dim"),
    },
    "verl": {
        "config.model_id": text("actor_rollout_ref.model.path"),
        "config.method": lambda doc: choose(text("algorithm.adv_estimator", table={"gae": "ppo"}), const(has("critic"), "ppo"))(doc),
        "job.precision": text(ACTOR + "fsdp_config.dtype", "actor_rollout_ref.rollout.dtype", table=NUMBER),
        "config.param_dtype": text(ACTOR + "fsdp_config.model_dtype", table=NUMBER), "job.global_batch": first("data.train_batch_size"),
        "job.micro_batch": first(ACTOR + "ppo_micro_batch_size_per_gpu"),
        "config.shard": text(ACTOR + "strategy", table={"fsdp": "fsdp", "fsdp2": "fsdp2", "megatron": "distributed_optimizer"}),
        "job.parallelism.context": first(ACTOR + "ulysses_sequence_parallel_size", ACTOR + "megatron.context_parallel_size"),
        "job.parallelism.tensor": first(ACTOR + "megatron.tensor_model_parallel_size"),
        "job.parallelism.pipeline": first(ACTOR + "megatron.pipeline_model_parallel_size"),
        "job.parallelism.expert": first(ACTOR + "megatron.expert_model_parallel_size"),
        "config.data_shard": first(ACTOR + "fsdp_config.fsdp_size", derive=(-1,)),
        "job.offload.parameters": first(ACTOR + "fsdp_config.param_offload", ACTOR + "megatron.param_offload", table=TO_CPU),
        "job.offload.optimizer": first(ACTOR + "fsdp_config.optimizer_offload", ACTOR + "megatron.optimizer_offload", table=TO_CPU),
        "job.activation_checkpointing": first("actor_rollout_ref.model.enable_gradient_checkpointing", table=ON_OFF),
        "job.peft.rank": lambda doc: ("absent", None) if at(doc.root, "actor_rollout_ref.model.lora_rank") == 0 else first("actor_rollout_ref.model.lora_rank")(doc),
        "job.peft.method": choose(("actor_rollout_ref.model.lora_rank", [0], "none"), ("actor_rollout_ref.model.lora_rank", ANY, "lora")),
        "config.learning_rate": first(ACTOR + "optim.lr"), "config.weight_decay": first(ACTOR + "optim.weight_decay"),
        "cluster.devices_per_machine": first("trainer.n_gpus_per_node"), "cluster.machines": first("trainer.nnodes"),
        "job.epochs": first("trainer.total_epochs"), "job.steps": first("trainer.total_training_steps"), "job.dataset.location": text("data.train_files"),
        "job.sequence_length": lambda doc: ("derive", None) if doc.true(ACTOR + "use_dynamic_bsz") and at(doc.root, ACTOR + "ppo_max_token_len_per_gpu") is not MISSING else ("absent", None),
    },
    "skypilot": {
        "cluster.machines": first("num_nodes"), "cluster.devices_per_machine": lambda doc: accelerators(doc)[1],
        "cluster.device": lambda doc: accelerators(doc)[0],
        "config.device_kind": lambda doc: ("given", "tpu") if str(at(doc.root, "resources.accelerators")).startswith("tpu") else ("absent", None),
    },
    "kubeflow": KUBE, "mpi-operator": KUBE, "jobset": KUBE,
    "kubeflow-trainer": {"cluster.machines": trainer_machines, "cluster.devices_per_machine": trainer_devices,
                         "config.strategy": trainer_strategy, "config.world_size": trainer_world,
                         "config.device_kind": lambda doc: ("given", "gpu") if trainer_devices(doc)[0] == "given" else ("absent", None),
                         "cluster.device": node_selector},
    "tf-config": {}, "ray": {}, "dstack": {}, "keras": {}, "berth": {},
}
OMEGA = {"torchtune", "nemo", "verl", "llmfoundry"}


def listed(doc, path):
    state, value = doc.get(path)
    if state != "given":
        return state, None
    return "given", value if isinstance(value, list) else [part.strip() for part in str(value).split(",")]


def accelerators(doc):
    value = at(doc.root, "resources.accelerators")
    if not isinstance(value, str) or "{" in value:
        return ("absent" if value is MISSING else "unread", None), ("absent" if value is MISSING else "unread", None)
    name, _, count = value.partition(":")
    return ("given", name), ("given", int(count or 1))


def same(ours, theirs):
    a, b = number(ours), number(theirs)
    if a is not None and b is not None:
        return abs(a - b) <= 1e-12 * max(abs(a), abs(b))
    if isinstance(theirs, bool) or isinstance(ours, bool):
        return str(ours).lower() == str(theirs).lower()
    if isinstance(theirs, list):
        return isinstance(ours, list) and [str(x) for x in ours] == [str(x) for x in theirs]
    return str(ours) == str(theirs)


def check_field(row, path, ours, theirs):
    """-> a complaint or None."""
    state, value = theirs
    if ours is None:
        return None if state in ("absent", "unread") else f"not read, but the file has {state} {value!r}"
    mine = ours["state"]
    if mine in ("given", "computed"):
        if state != "given":
            return f"read {ours['value']!r} from '{ours['key']}', expected {state}"
        expected = ours["value"] if value is None else value
        return None if same(ours["value"], expected) else f"read {ours['value']!r}, expected {value!r}"
    if mine in ("default", "outside"):
        return None if state in ("absent", "outside", "null", "unread") else f"{mine}, but the file has {state} {value!r}"
    if mine == "unread":
        return None if state == "unread" else f"unread ({ours['note']}), expected {state} {value!r}"
    return None if mine == state else f"state {mine}, expected {state} {value!r}"


def place_complaint(path, file, ours, lines):
    """A value's place must show the value's own text, or its start."""
    name, line, column, end_line, end = ours["at"]
    if ours["state"] != "given" or not ours["key"] or name != str(file) or line == 0:
        return None
    if line > len(lines) or (line == end_line and end > len(lines[line - 1]) + 1):
        return f"{path}: the place {line}:{column} is outside the file"
    shown = lines[line - 1][column - 1:end - 1].decode("utf-8", "replace") if line == end_line else ""
    value = ours["value"]
    if shown and isinstance(value, (int, float)) and not isinstance(value, bool) and number(shown.strip("\"'")) is not None:
        if not same(value, number(shown.strip("\"'"))) and "0" not in shown:
            return f"{path}: the place shows {shown!r}, the value is {value!r}"
    return None


def unwrap(ecosystem, tree):
    if ecosystem == "megatron" and isinstance(tree.get("MODEL_ARGS"), dict):
        return tree["MODEL_ARGS"]
    if ecosystem == "llmfoundry" and isinstance(tree.get("parameters"), dict) and "train_loader" not in tree:
        return tree["parameters"]
    return tree


def main():
    dump = sys.argv[1]
    shared = pathlib.Path(os.environ.get("BERTH_SHARED", pathlib.Path(__file__).resolve().parents[2] / "../shared")).resolve()
    folder, index = shared / "configs/corpus", shared / "configs/corpus.json"
    if not folder.is_dir():
        print(f"skipped: no corpus at {folder} (set BERTH_SHARED)")
        return 77
    files = sorted(row["file"] for row in json.loads(pathlib.Path(index).read_text()))
    names = [str(folder / name) for name in files]
    run = subprocess.run([dump], input="\n".join(names) + "\n", capture_output=True, text=True, check=False)
    if run.returncode != 0:
        print(f"{dump} ended with {run.returncode}: {run.stderr[:2000]}")
        return 1
    rows = {}
    for line in run.stdout.splitlines():
        row = json.loads(line)
        rows.setdefault(row["file"], []).append(row)
    complaints, compared, uncovered = [], 0, {}
    for name in names:
        found = rows.get(name)
        if not found:
            complaints.append(f"{name}: no answer")
            continue
        read = documents(pathlib.Path(name))
        if read is None:
            if found[0]["answer"] not in ("template", "unparsable"):
                complaints.append(f"{name}: PyYAML can't read it, berth says {found[0]['answer']}")
            continue
        if found[0]["answer"] in ("unparsable", "template"):
            if not name.endswith("TEMPLATE.json"):
                complaints.append(f"{name}: berth says {found[0]['answer']} ({found[0]['why']}), PyYAML reads it")
            continue
        if len(read) != len(found):
            complaints.append(f"{name}: {len(found)} documents, expected {len(read)}")
            continue
        lines = pathlib.Path(name).read_bytes().split(b"\n")
        for row, tree in zip(found, read):
            if row["kind"] != "config":
                continue
            ecosystem = row["ecosystem"]
            table = FORMATS[ecosystem]
            doc = Doc(unwrap(ecosystem, tree), dashes=ecosystem == "gpt-neox", omega=ecosystem in OMEGA)
            for path in sorted(set(table) | set(row["fields"])):
                ours = row["fields"].get(path)
                if ours and ours["at"][0] not in ("", name):
                    continue  # filled in from a linked file
                if path not in table:
                    if ours["state"] != "outside":
                        uncovered.setdefault((ecosystem, path), name)
                    continue
                compared += 1
                complaint = check_field(row, path, ours, table[path](doc))
                if complaint:
                    complaints.append(f"{name} [{ecosystem}]: {path}: {complaint}")
                if ours:
                    complaint = place_complaint(path, name, ours, lines)
                    if complaint:
                        complaints.append(f"{name}: {complaint}")
    for (ecosystem, path), name in sorted(uncovered.items()):
        complaints.append(f"{name} [{ecosystem}]: {path} is read, but this test has no second reading of it")
    for complaint in complaints:
        print(complaint)
    print(f"{len(names)} files, {compared} fields compared, {len(complaints)} differences")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
