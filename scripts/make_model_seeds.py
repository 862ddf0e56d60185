#!/usr/bin/env python3
"""Writes the small model files that the fuzz targets start from and that tests read: tests/fuzz/corpus/<format>/.

Each is made here byte by byte from the format's description; none comes from elsewhere.
"""
import json
import pathlib
import struct

CORPUS = pathlib.Path(__file__).resolve().parents[1] / "tests/fuzz/corpus"


def put(folder, name, data):
    path = CORPUS / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def safetensors(tensors, **metadata):
    header, data = ({"__metadata__": metadata} if metadata else {}), b""
    for name, dtype, shape, raw in tensors:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


class Gguf:
    """Keys and tensors of a GGUF file, version 1 to 3."""

    def __init__(self, version=3):
        self.version, self.keys, self.tensors = version, [], []

    def text(self, value):
        raw = value.encode()
        return struct.pack("<I" if self.version == 1 else "<Q", len(raw)) + raw

    def value(self, value):
        if isinstance(value, bool):
            return struct.pack("<IB", 7, value)
        if isinstance(value, int):
            return struct.pack("<II", 4, value)
        if isinstance(value, float):
            return struct.pack("<If", 6, value)
        if isinstance(value, str):
            return struct.pack("<I", 8) + self.text(value)
        count = struct.pack("<I" if self.version == 1 else "<Q", len(value))
        if value and isinstance(value[0], str):
            return struct.pack("<II", 9, 8) + count + b"".join(self.text(v) for v in value)
        return struct.pack("<II", 9, 5) + count + b"".join(struct.pack("<i", v) for v in value)

    def key(self, name, value):
        self.keys.append(self.text(name) + self.value(value))

    def tensor(self, name, dims, kind, size):
        self.tensors.append((name, dims, kind, size))

    def bytes(self):
        counts = struct.pack("<II" if self.version == 1 else "<QQ", len(self.tensors), len(self.keys))
        out = b"GGUF" + struct.pack("<I", self.version) + counts + b"".join(self.keys)
        offset = 0
        for name, dims, kind, size in self.tensors:
            wide = "<I" if self.version == 1 else "<Q"
            out += self.text(name) + struct.pack("<I", len(dims)) + b"".join(struct.pack(wide, d) for d in dims)
            out += struct.pack("<IQ", kind, offset)
            offset += (size + 31) // 32 * 32
        out += bytes(-len(out) % 32)
        return out + bytes(offset)


def llama_gguf(version=3, layers=1):
    """A llama of width 32: 2 heads of 16, 1 key head, feed-forward width 64, 8 tokens; Q8_0 and F32."""
    file = Gguf(version)
    file.key("general.architecture", "llama")
    for name, value in (("block_count", layers), ("embedding_length", 32), ("context_length", 64),
                        ("feed_forward_length", 64), ("attention.head_count", 2), ("attention.head_count_kv", 1)):
        file.key("llama." + name, value)
    file.key("tokenizer.ggml.tokens", ["a", "b", "c", "d", "e", "f", "g", "h"])
    file.tensor("token_embd.weight", [32, 8], 0, 32 * 8 * 4)
    file.tensor("output_norm.weight", [32], 0, 128)
    for i in range(layers):
        for name, inside, outside in (("attn_q", 32, 32), ("attn_k", 32, 16), ("attn_v", 32, 16), ("attn_output", 32, 32),
                                      ("ffn_gate", 32, 64), ("ffn_up", 32, 64), ("ffn_down", 64, 32)):
            file.tensor(f"blk.{i}.{name}.weight", [inside, outside], 8, inside * outside // 32 * 34)
        for name in ("attn_norm", "ffn_norm"):
            file.tensor(f"blk.{i}.{name}.weight", [32], 0, 128)
    return file.bytes()


def split_gguf():
    """The embedding and a norm of a llama without layers, in two parts as llama-gguf-split writes them."""
    parts = [Gguf(), Gguf()]
    for number, part in enumerate(parts):
        if number == 0:
            part.key("general.architecture", "llama")
            for name, value in (("block_count", 0), ("embedding_length", 32), ("context_length", 64),
                                ("feed_forward_length", 64), ("attention.head_count", 2)):
                part.key("llama." + name, value)
        part.key("split.no", number)
        part.key("split.count", 2)
        part.key("split.tensors.count", 2)
    parts[0].tensor("token_embd.weight", [32, 8], 0, 32 * 8 * 4)
    parts[1].tensor("output_norm.weight", [32], 0, 128)
    return [part.bytes() for part in parts]


class Flat:
    """A flatbuffer written back to front as little as needed: tables first, what they point to after."""

    def __init__(self):
        self.out = bytearray(b"\0\0\0\0TFL3")

    def align(self, size):
        self.out += bytes(-len(self.out) % size)

    def point(self, at, target):
        struct.pack_into("<I", self.out, at, target - at)

    def table(self, fields):
        """fields: {number: (format, value)}; a value of None is an offset to be filled. Returns (start, places)."""
        self.align(8)
        count = max(fields) + 1 if fields else 0
        vtable = len(self.out)
        self.out += bytes(4 + 2 * count)
        self.align(8)
        start = len(self.out)
        self.out += struct.pack("<i", start - vtable)
        places = {}
        for number, (form, value) in fields.items():
            self.align(struct.calcsize(form))
            places[number] = len(self.out)
            struct.pack_into("<H", self.out, vtable + 4 + 2 * number, len(self.out) - start)
            self.out += struct.pack("<" + form, 0 if value is None else value)
        struct.pack_into("<HH", self.out, vtable, 4 + 2 * count, len(self.out) - start)
        return start, places

    def vector(self, form, values):
        size = struct.calcsize(form)
        self.align(4)
        while size > 4 and (len(self.out) + 4) % size:
            self.out += bytes(4)
        start = len(self.out)
        self.out += struct.pack("<I", len(values))
        for value in values:
            self.out += struct.pack("<" + form, value)
        return start

    def text(self, text):
        start = self.vector("B", text.encode())
        self.out += b"\0"
        return start

    def offsets(self, count):
        """A vector of offsets to be filled; returns its start and the place of each."""
        start = self.vector("I", [0] * count)
        return start, [start + 4 + 4 * i for i in range(count)]


def tflite(tensors, operators, inputs, dynamic=()):
    """tensors: (name, type, shape, data, scales); operators: (code, custom, inputs, outputs)."""
    f = Flat()
    model, at = f.table({0: ("I", 3), 1: ("I", None), 2: ("I", None), 4: ("I", None)})
    f.point(0, model)
    codes = sorted({(o[0], o[1]) for o in operators})
    vector, places = f.offsets(len(codes))
    f.point(at[1], vector)
    for place, (code, custom) in zip(places, codes):
        table, fields = f.table({0: ("b", min(code, 127)), 1: ("I", None), 3: ("i", code)} if custom else
                                {0: ("b", min(code, 127)), 3: ("i", code)})
        f.point(place, table)
        if custom:
            f.point(fields[1], f.text(custom))
    vector, places = f.offsets(1)
    f.point(at[2], vector)
    graph, g = f.table({0: ("I", None), 1: ("I", None), 3: ("I", None)})
    f.point(places[0], graph)
    f.point(g[1], f.vector("i", inputs))
    vector, places = f.offsets(len(tensors))
    f.point(g[0], vector)
    buffers = [b""]
    for index, (place, (name, kind, shape, data, scales)) in enumerate(zip(places, tensors)):
        fields = {0: ("I", None), 1: ("b", kind), 2: ("I", len(buffers) if data else 0), 3: ("I", None)}
        if scales:
            fields[4] = ("I", None)
        if index in dynamic:
            fields[7] = ("I", None)
        table, t = f.table(fields)
        f.point(place, table)
        f.point(t[0], f.vector("i", shape))
        f.point(t[3], f.text(name))
        if index in dynamic:
            f.point(t[7], f.vector("i", [-1] + shape[1:]))
        if scales:
            quant, q = f.table({2: ("I", None), 3: ("I", None)})
            f.point(t[4], quant)
            f.point(q[2], f.vector("f", scales))
            f.point(q[3], f.vector("q", [0] * len(scales)))
        if data:
            buffers.append(data)
    vector, places = f.offsets(len(operators))
    f.point(g[3], vector)
    for place, (code, custom, ins, outs) in zip(places, operators):
        table, o = f.table({0: ("I", codes.index((code, custom))), 1: ("I", None), 2: ("I", None)})
        f.point(place, table)
        f.point(o[1], f.vector("i", ins))
        f.point(o[2], f.vector("i", outs))
    vector, places = f.offsets(len(buffers))
    f.point(at[4], vector)
    for place, data in zip(places, buffers):
        table, b = f.table({0: ("I", None)} if data else {})
        f.point(place, table)
        if data:
            f.point(b[0], f.vector("B", data))
    return bytes(f.out)


def conv_network(kind=9, scale=(0.5,), dynamic=()):
    """An image of 8 x 8 x 3 through a 3 x 3 convolution to 4 channels and a fully connected layer to 2."""
    size = 1 if kind == 9 else 4
    bias_kind = 2 if kind == 9 else 0
    scales = list(scale) if kind == 9 else None
    tensors = [("image", kind, [1, 8, 8, 3], b"", scales),
               ("filter", kind, [4, 3, 3, 3], bytes(range(108)) * size, scales),
               ("bias", bias_kind, [4], bytes(16), scales),
               ("features", kind, [1, 8, 8, 4], b"", scales),
               ("weights", kind, [2, 256], bytes(512) * size, scales),
               ("flat", kind, [1, 256], b"", scales),
               ("shape", 2, [2], struct.pack("<ii", 1, 256), None),
               ("scores", kind, [1, 2], b"", scales)]
    operators = [(3, "", [0, 1, 2], [3]), (22, "", [3, 6], [5]), (9, "", [5, 4, -1], [7]), (25, "", [7], [7])]
    return tflite(tensors, operators, [0], dynamic)


def varint(value):
    out, value = b"", value & 2**64 - 1
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, data):
    if isinstance(data, int):
        return varint(number << 3) + varint(data)
    return varint(number << 3 | 2) + varint(len(data)) + data


def graph_node(name, op, **attributes):
    out = field(1, name.encode()) + field(2, op.encode())
    for key, value in attributes.items():
        out += field(5, field(1, key.encode()) + field(2, value))
    return field(1, out)


def shape(*dims):
    return b"".join(field(2, field(1, d)) for d in dims)


class Onnx:
    """The messages of onnx.proto that a small model needs; a dimension is a number or a name."""

    F32, I64, BOOL = 1, 7, 9

    @staticmethod
    def tensor(name, kind, dims, raw=None, more=b""):
        data = b"" if raw is None else field(9, raw)
        return b"".join(field(1, d) for d in dims) + field(2, kind) + field(8, name.encode()) + data + more

    @staticmethod
    def floats(name, *dims):
        count = 1
        for d in dims:
            count *= d
        return Onnx.tensor(name, Onnx.F32, dims, struct.pack(f"<{count}f", *(0.5 + i for i in range(count))))

    @staticmethod
    def ints(name, *values):
        return Onnx.tensor(name, Onnx.I64, [len(values)], struct.pack(f"<{len(values)}q", *values))

    @staticmethod
    def external(name, dims, location, offset, length):
        entries = (("location", location), ("offset", str(offset)), ("length", str(length)))
        more = b"".join(field(13, field(1, k.encode()) + field(2, v.encode())) for k, v in entries) + field(14, 1)
        return Onnx.tensor(name, Onnx.F32, dims, None, more)

    @staticmethod
    def value(name, kind, dims):
        axes = b"".join(field(1, field(2, d.encode()) if isinstance(d, str) else field(1, d)) for d in dims)
        return field(1, name.encode()) + field(2, field(1, field(1, kind) + field(2, axes)))

    @staticmethod
    def attribute(name, value):
        out = field(1, name.encode())
        if isinstance(value, int):
            return out + field(3, value) + field(20, 2)
        if isinstance(value, str):
            return out + field(4, value.encode()) + field(20, 3)
        if isinstance(value, list):
            return out + field(8, b"".join(varint(v) for v in value)) + field(20, 7)
        kind, data = value
        return out + field({"tensor": 5, "graph": 6}[kind], data) + field(20, {"tensor": 4, "graph": 5}[kind])

    @staticmethod
    def node(op, inputs, outputs, domain="", **attributes):
        out = b"".join(field(1, i.encode()) for i in inputs) + b"".join(field(2, o.encode()) for o in outputs)
        out += field(3, f"{op}_{outputs[0]}".encode()) + field(4, op.encode())
        out += b"".join(field(5, Onnx.attribute(k, v)) for k, v in attributes.items())
        return out + (field(7, domain.encode()) if domain else b"")

    @staticmethod
    def graph(nodes, inputs=(), outputs=(), initializers=()):
        return (b"".join(field(1, n) for n in nodes) + field(2, b"g") + b"".join(field(5, t) for t in initializers) +
                b"".join(field(11, v) for v in inputs) + b"".join(field(12, v) for v in outputs))

    @staticmethod
    def model(graph, opset=17, more=b"", domains=()):
        imports = field(8, field(2, opset)) + b"".join(field(8, field(1, d.encode()) + field(2, 1)) for d in domains)
        return field(1, 8) + imports + field(7, graph) + more


def onnx_seeds():
    """name -> bytes: initialisers, external data, subgraphs, constants, functions, dynamic axes, and what is refused."""
    o, f32 = Onnx, Onnx.F32
    x, y = o.value("x", f32, ["batch", 4]), o.value("y", f32, ["batch", 4])
    weight = o.floats("w", 4, 4)

    def one(*nodes, inputs=(x,), outputs=(y,), initializers=(weight,), **options):
        return o.model(o.graph(nodes, inputs, outputs, initializers), **options)

    image = o.value("x", f32, ["batch", 2, 6, 6])
    cnn = one(o.node("Conv", ["x", "k", "b"], ["c"], pads=[1, 1, 1, 1], strides=[2, 2]),
              o.node("BatchNormalization", ["c", "b", "b", "b", "b"], ["n"]), o.node("Relu", ["n"], ["r"]),
              o.node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2]), o.node("Flatten", ["p"], ["f"]),
              o.node("Gemm", ["f", "v"], ["y"]), inputs=[image],
              initializers=[o.floats("k", 3, 2, 3, 3), o.floats("b", 3), o.floats("v", 3, 4)])
    shapes = one(o.node("Shape", ["x"], ["s"]), o.node("Gather", ["s", "zero"], ["d"]),
                 o.node("Concat", ["d", "rest"], ["t"], axis=0), o.node("Reshape", ["x", "t"], ["q"]),
                 o.node("MatMul", ["q", "w"], ["y"]), initializers=[weight, o.ints("zero", 0), o.ints("rest", -1)])
    then = o.graph([o.node("MatMul", ["x", "a"], ["y1"])], outputs=[o.value("y1", f32, [])],
                   initializers=[o.floats("a", 4, 4)])
    other = o.graph([o.node("Constant", [], ["k"], value=("tensor", o.floats("", 4, 4))),
                     o.node("MatMul", ["x", "k"], ["y2"])], outputs=[o.value("y2", f32, [])])
    body = o.graph([o.node("MatMul", ["s", "w"], ["t"]), o.node("Identity", ["c"], ["d"])],
                   [o.value("i", o.I64, []), o.value("c", o.BOOL, []), o.value("s", f32, ["batch", 4])],
                   [o.value("d", o.BOOL, []), o.value("t", f32, ["batch", 4])])
    steps = o.tensor("n", o.I64, [], struct.pack("<q", 7))
    function = field(25, field(1, b"Twice") + field(4, b"a") + field(4, b"m") + field(5, b"z") + field(6, b"alpha") +
                     field(7, o.node("MatMul", ["a", "m"], ["h"])) + field(7, o.node("MatMul", ["h", "m"], ["z"])) +
                     field(9, field(2, 17)) + field(10, b"own"))
    tokens = o.value("x", f32, ["batch", "tokens", 4])
    attention = one(o.node("Attention", ["x", "p", "b"], ["h"], "com.microsoft", num_heads=2),
                    o.node("SkipLayerNormalization", ["h", "x", "g"], ["y"], "com.microsoft"), inputs=[tokens],
                    initializers=[o.floats("p", 4, 12), o.floats("b", 12), o.floats("g", 4)], domains=["com.microsoft"])
    quantised = one(o.node("DequantizeLinear", ["q", "s"], ["w"]), o.node("MatMul", ["x", "w"], ["y"]),
                    initializers=[o.tensor("q", 3, [4, 4], bytes(16)), o.tensor("s", f32, [], struct.pack("<f", 0.1))])
    recurrent = one(o.node("LSTM", ["x", "i", "r"], ["y"], hidden_size=2), inputs=[o.value("x", f32, ["steps", "batch", 3])],
                    initializers=[o.floats("i", 1, 8, 3), o.floats("r", 1, 8, 2)])
    return {
        "initializers": cnn, "shapes": shapes, "attention": attention, "quantised": quantised, "recurrent": recurrent,
        "external": one(o.node("MatMul", ["x", "w"], ["y"]), initializers=[o.external("w", [4, 4], "w.bin", 64, 64)]),
        "outside": one(o.node("MatMul", ["x", "w"], ["y"]), initializers=[o.external("w", [4, 4], "../w.bin", 0, 64)]),
        "branches": one(o.node("If", ["c"], ["y"], then_branch=("graph", then), else_branch=("graph", other)),
                        inputs=[x, o.value("c", o.BOOL, [])], initializers=[]),
        "loop": one(o.node("Loop", ["n", "", "x"], ["y"], body=("graph", body)), initializers=[weight, steps]),
        "constants": one(o.node("Constant", [], ["k"], value=("tensor", o.floats("", 4, 4))),
                         o.node("MatMul", ["x", "k"], ["y"]), initializers=[]),
        "function": one(o.node("Twice", ["x", "w"], ["y"], "own"), more=function, domains=["own"]),
        "dynamic": one(o.node("Einsum", ["x", "w"], ["e"], equation="bi,ij->bj"), o.node("Softmax", ["e"], ["y"], axis=-1)),
        "unknown": one(o.node("Magic", ["x"], ["m"], "com.example"), o.node("MatMul", ["m", "w"], ["y"])),
        "cycle": one(o.node("Add", ["x", "b"], ["a"]), o.node("Relu", ["a"], ["b"])),
        "huge": one(o.node("Relu", ["x"], ["y"]), initializers=[o.tensor("w", f32, [2**60, 2**60])]),
    }


def main():
    f32 = struct.pack("<4f", 1, 2, 3, 4)
    put("safetensors", "two", safetensors([("a.weight", "F32", [2, 2], f32), ("b", "BF16", [3], bytes(6))], format="pt"))
    put("safetensors", "empty", safetensors([]))
    put("safetensors", "packed", safetensors([("w", "F4", [8], bytes(4)), ("s", "F8_E4M3", [1], b"\1")]))
    put("shard_index", "two", json.dumps({"metadata": {"total_size": 22}, "weight_map": {
        "a.weight": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}).encode())
    put("shard_index", "outside", b'{"weight_map": {"a": "../../etc/passwd"}}')
    put("gguf", "llama", llama_gguf())
    put("gguf", "llama_v1", llama_gguf(1))
    put("gguf", "llama_v2", llama_gguf(2, 2))
    for number, part in enumerate(split_gguf()):
        put("gguf", f"split_{number + 1}", part)
    vocabulary = Gguf()
    vocabulary.key("general.architecture", "llama")
    vocabulary.key("llama.block_count", 2)
    vocabulary.key("llama.attention.head_count", [2, 2])
    vocabulary.key("general.flag", True)
    vocabulary.key("general.number", 0.5)
    put("gguf", "vocabulary", vocabulary.bytes())
    put("tflite", "int8", conv_network())
    put("tflite", "float", conv_network(0))
    put("tflite", "dynamic", conv_network(9, (0.5,), (0,)))
    put("tflite", "custom", tflite([("x", 9, [1, 4], b"", [1.0])], [(32, "edgetpu-custom-op", [0], [0])], [0]))
    variable = graph_node("dense/kernel", "VarHandleOp", dtype=field(6, 1), shape=field(7, shape(3, 4)))
    moment = graph_node("Adam/dense/kernel/m", "VarHandleOp", dtype=field(6, 1), shape=field(7, shape(3, 4)))
    put("tensorflow", "saved_model", field(1, 1) + field(2, field(2, variable + moment + graph_node("m", "MatMul"))))
    constant = graph_node("w", "Const", value=field(8, field(1, 1) + field(2, shape(2, 5)) + field(4, bytes(40))))
    put("tensorflow", "graph_def", constant + graph_node("m", "MatMul"))
    for name, data in onnx_seeds().items():
        put("onnx", name, data)
    put("hf_config", "llama", b'{"model_type": "llama"}')
    put("hf_config", "moe", json.dumps({"model_type": "deepseek_v3", "hidden_size": 64, "num_hidden_layers": 3,
        "num_attention_heads": 4, "intermediate_size": 128, "vocab_size": 100, "kv_lora_rank": 16, "q_lora_rank": 24,
        "qk_rope_head_dim": 8, "qk_nope_head_dim": 16, "v_head_dim": 16, "n_routed_experts": 8, "num_experts_per_tok": 2,
        "n_shared_experts": 1, "moe_intermediate_size": 32, "first_k_dense_replace": 1, "num_nextn_predict_layers": 1,
        "max_position_embeddings": 512}).encode())


if __name__ == "__main__":
    main()
