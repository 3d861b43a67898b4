"""Writes the first inputs of the fuzz targets: corpus/TARGET/seed-*.

Run from the repository's root, after `./run setup test`:
    .venv/bin/python tests/fuzz/make_corpus.py
Other files there are what the fuzzer found since, and stay.
"""

import argparse
import gzip
import io
import json
import pathlib
import struct
import sys
import tarfile
import tempfile
import zipfile

import numpy
from PIL import Image
from safetensors import numpy as safetensors
from tritonclient.grpc import service_pb2

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "end_to_end" / "harness"))
import crafted  # noqa: E402
import scripted  # noqa: E402
from ensemble_stubs import ensemble_pb2  # noqa: E402

MOST_BYTES = 8192  # of a seed: small ones are mutated faster


def write(target, seeds):
    folder = FOLDER / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("seed-*"):
        old.unlink()
    for name, content in seeds.items():
        assert 0 < len(content) <= MOST_BYTES, (target, name, len(content))
        (folder / f"seed-{name.replace(' ', '-')}").write_bytes(content)


def two(first, second):
    """Two files in one input, as fuzz_input.h has them."""
    return struct.pack("<H", len(first)) + first + second


def saved(write_to):
    stream = io.BytesIO()
    write_to(stream)
    return stream.getvalue()


def zipped(entries, compression=zipfile.ZIP_DEFLATED):
    def write_to(stream):
        with zipfile.ZipFile(stream, "w", compression) as archive:
            for name, content in entries.items():
                # Of one date, so that the same entries give the same bytes.
                archive.writestr(zipfile.ZipInfo(name), content, compression)

    return saved(write_to)


def tables():
    table = b"a,b,y\n1,2,3\n-0.5,1e3,4\n"
    return {
        "header": b"\x01" + table,
        "no header": b"\x01" + b"1,2,3\n4,5,6\n",
        "named target": b"\x08" + table,
        "dropped column": b"\x11" + b"id;x;y\n7;1;2\n8;3;4\n",
        "labels": b"\x05" + b"a\tb\ty\r\n1\t2\tno\r\n3\t4\tyes\r\n",
        "known labels": b"\x25" + b"a,y\n1,yes\n2,no\n",
        "other order": b"\x41" + table,
        "quotes": b"\x01" + b'"a, b","say ""y"""\n"1","2"\n',
        "byte order mark": b"\x01\xef\xbb\xbf" + table,
        "missing": b"\x01a,y\n1,\nNA,2\n",
        "gzip": b"\x01" + gzip.compress(table, mtime=0),
    }


def arrays():
    shapes = {
        "bytes": numpy.arange(6, dtype=numpy.uint8).reshape(2, 3),
        "floats": numpy.linspace(-1, 1, 4, dtype=numpy.float32),
        "doubles": numpy.array([[numpy.nan, numpy.inf]]),
        "truth": numpy.array([True, False]),
        "integers": numpy.arange(3, dtype=numpy.int64),
        "fortran": numpy.asfortranarray(numpy.ones((2, 2))),
        "big endian": numpy.arange(2, dtype=">f4"),
        "text": numpy.array(["a"]),
    }
    return {
        name: saved(lambda out, a=a: numpy.save(out, a)) for name, a in shapes.items()
    }


def array_archives(npy):
    names = {"x_train.npy": npy["floats"], "y_train.npy": npy["integers"]}
    return {
        "packed": zipped(names),
        "stored": zipped(names, zipfile.ZIP_STORED),
        "other entry": zipped({"a.txt": b"text", **names}),
        "empty": zipped({}),
    }


def idx(kind, sizes, content):
    return struct.pack(f">HBB{len(sizes)}I", 0, kind, len(sizes), *sizes) + content


def idx_files():
    images, labels = idx(8, [2, 2, 2], bytes(range(8))), idx(8, [2], b"\x00\x09")
    return {
        "both": two(images, labels),
        "gzip": two(gzip.compress(images, mtime=0), gzip.compress(labels, mtime=0)),
        "floats": two(idx(13, [1, 1, 1], bytes(4)), labels),
        "huge": two(idx(8, [1 << 31, 4096, 4096], b""), idx(8, [1 << 31], b"")),
    }


def cifar_files():
    names = b"airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n"
    return {
        "named": two(names, b"\x00\x00\x09"),
        "unnamed": two(b"", b"\x00\x01"),
        "bad label": two(names, b"\x00\x0a"),
        "odd": two(names, b"\x01\x03"),
    }


def pictures():
    colours = numpy.arange(7 * 5 * 3, dtype=numpy.uint8).reshape(7, 5, 3) * 2
    kinds = {
        "grey": Image.fromarray(colours[:, :, 0]),
        "colour": Image.fromarray(colours),
        "alpha": Image.fromarray(colours).convert("RGBA"),
        "palette": Image.fromarray(colours).quantize(4),
        "bits": Image.fromarray(colours[:, :, 0] > 60),
        "deep": Image.fromarray(colours[:, :, 0].astype(numpy.uint16) * 250),
        "cmyk": Image.fromarray(colours).convert("CMYK"),
    }
    seeds = {}

    def add(kind, ending, **options):
        label = "-".join([kind, *options, ending])
        seeds[label] = saved(lambda out: kinds[kind].save(out, ending, **options))

    for kind in ("grey", "colour", "alpha", "palette", "bits", "deep"):
        add(kind, "png")
    for kind in ("grey", "colour", "cmyk"):
        add(kind, "jpeg")
        add(kind, "jpeg", progressive=True)
    for kind in ("colour", "alpha"):
        add(kind, "webp")
        add(kind, "webp", lossless=True)
    seeds["none"] = b"GIF89a"
    return seeds


def tars():
    def archive(form, entries, kind="w"):
        def write_to(stream):
            with tarfile.open(
                fileobj=stream, mode=kind, format=form, bufsize=512
            ) as out:
                for name, content in entries:
                    entry = tarfile.TarInfo(name)
                    if content is None:
                        entry.type = tarfile.DIRTYPE
                    elif isinstance(content, str):
                        entry.type, entry.linkname = tarfile.SYMTYPE, content
                    else:
                        entry.size = len(content)
                    data = io.BytesIO(content) if isinstance(content, bytes) else None
                    out.addfile(entry, data)

        tarfile.RECORDSIZE = 512
        return saved(write_to)

    entries = [("train", None), ("train/cat/1.jpg", b"some bytes"), ("link", "train")]
    long = [("train/" + "n" * 120, b"a")]
    ustar, gnu, pax = tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT
    plain = archive(ustar, entries)
    return {
        "ustar": plain,
        "gnu": archive(gnu, long),
        "pax": archive(pax, long),
        "gzip": gzip.compress(plain, mtime=0),
        "outside": archive(ustar, [("../a", b"a")]),
        "absolute": archive(ustar, [("/a", b"a")]),
        "short": plain[:1024],
    }


def manifests():
    smallest = {
        "format_version": 1,
        "task": "classification",
        "noise_size": 4,
        "input_shape": [1, 2, 3],
        "num_outputs": 2,
    }
    whole = {
        **smallest,
        "class_names": ["in", "out"],
        "default_num_networks": 50,
        "target_network": "tiny",
        "target_network_json": {"layers": []},
        "calibration": {
            "primary_score": "predictive_entropy",
            "rows": 3,
            "threshold": 0.9,
            "quantiles": [0, 0.5, 2],
            "other_networks": [{"networks": 2, "quantiles": [0, 1]}],
        },
        "label_calibration": {"rows": 4, "quantiles": [0.1, 0.5]},
        "input_range": {"least": [0], "greatest": [1]},
        "provenance": {"dataset": "tiny", "seed": "7"},
        "validation": {"accuracy": 0.5},
    }
    regression = {
        **smallest,
        "task": "regression",
        "input_shape": [2],
        "noise_deviation": [0.5, 0],
        "input_range": {"least": [-1, 0], "greatest": [1, 0]},
        "input_names": ["age", "weight"],
        "output_names": ["a", "b"],
    }
    named = {"smallest": smallest, "whole": whole, "regression": regression}
    seeds = {name: json.dumps(value).encode() for name, value in named.items()}
    # As the trainer writes it.
    seeds["scripted"] = json.dumps(scripted.manifest()).encode()
    seeds["deep"] = b"[" * 1000
    return seeds


def tensors():
    some = {
        "a": numpy.ones((2, 3), numpy.float32),
        "b.c": numpy.zeros(1, numpy.float32),
    }
    header = (
        b'{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}'
    )
    return {
        "two": safetensors.save(some, {"manifest": "{}"}),
        "none": safetensors.save({}, {"manifest": "{}"}),
        "doubles": safetensors.save({"a": numpy.ones(1)}),
        "huge shape": struct.pack("<Q", len(header)) + header + bytes(4),
        "huge header": struct.pack("<Q", 1 << 60) + b"{}",
    }


def checkpoints():
    """Archives, and the pickles and sources in them, good and crafted."""
    archives, pickles, sources = {}, {}, {}
    with tempfile.TemporaryDirectory() as folder:
        good = pathlib.Path(folder) / "good" / "model.pt"
        scripted.write_checkpoint(good)
        paths = {"good": good}
        for name, changes in crafted.ARCHIVES.items():
            paths[name] = pathlib.Path(folder) / name / "model.pt"
            crafted.rewritten(good, paths[name], changes)
        for name, path in paths.items():
            with zipfile.ZipFile(path) as archive:
                entries = {each: archive.read(each) for each in archive.namelist()}
            for entry, content in entries.items():
                kinds = {".pkl": pickles, ".py": sources}
                kind = kinds.get(pathlib.PurePath(entry).suffix, {})
                if len(content) <= MOST_BYTES and content not in kind.values():
                    kind[f"{name} {pathlib.PurePath(entry).name}"] = content
            packed = zipped({k: v for k, v in entries.items() if "debug_pkl" not in k})
            if len(packed) <= MOST_BYTES:
                archives[name] = packed
    few = list(archives)[:6]
    return {name: archives[name] for name in few}, pickles, sources


def token_files():
    return {
        "two": b"ana 3q2+7w1234567890abc= mnist,prices\nben sha256:"
        + b"9f" * 32
        + b" *\n",
        "comments": b"# tokens\n\nana\t0123456789abcdef\t*\r\n",
        "twice": b"a 0123456789abcdef *\na 0123456789abcdef *\n",
        "short": b"a 0123456789abcde *\n",
    }


def http_requests():
    return {
        "get": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "quick": b"GET /healthz?x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "two": b"GET / HTTP/1.1\r\n\r\nHEAD /healthz HTTP/1.0\r\n\r\n",
        "url": b"GET http://a/healthz HTTP/1.1\r\nHost: a\r\n\r\n",
        "unknown": b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
        "post": b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
        "chunked": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n0\r\n\r\n",
        "upgrade": b"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
        "http2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    }


def predict_requests():
    def request(**fields):
        return ensemble_pb2.PredictRequest(model_name="classifier", seed=42, **fields)

    values = [0, 1, 2, -2, -1, -1, -1, -1]
    plain = request(inputs={"shape": [2, 2, 2], "values": values})
    raw = request(inputs={"shape": [1, 2, 2], "raw": struct.pack("<4f", *values[:4])})
    target = request(inputs=raw.inputs, target_standard_error=0.1, max_networks=8)
    whole = request(
        inputs=raw.inputs,
        model_version="1",
        num_networks=3,
        outputs=[1, 2, 3, 4],
        include_network_outputs=True,
        allow_partial=True,
    )
    regression = ensemble_pb2.PredictRequest(
        model_name="regression",
        inputs={"shape": [1, 1], "values": [0.5]},
        coverage=0.9,
    )
    named = {"values": plain, "raw": raw, "target": target, "whole": whole}
    named["regression"] = regression
    return {name: message.SerializeToString() for name, message in named.items()}


def infer_requests():
    def request(shape, numbers, raw=False, model="classifier", **parameters):
        message = service_pb2.ModelInferRequest(model_name=model, id="call 7")
        tensor = message.inputs.add(name="input", datatype="FP32", shape=shape)
        if raw:
            message.raw_input_contents.append(
                struct.pack(f"<{len(numbers)}f", *numbers)
            )
        else:
            tensor.contents.fp32_contents.extend(numbers)
        for name, value in parameters.items():
            kinds = {int: "int64_param", str: "string_param", float: "double_param"}
            setattr(message.parameters[name], kinds[type(value)], value)
        return message

    plain = request([2, 2, 2], [0, 1, 2, -2, -1, -1, -1, -1], seed=42)
    raw = request([1, 2, 2], [0, 1, 2, -2], raw=True, num_networks="5")
    target = request([1, 2, 2], [0, 1, 2, -2], target_standard_error=0.1)
    some = request([1, 1], [0.5], model="regression", seed="7")
    for output in ("mean", "variance", "total_variance"):
        some.outputs.add(name=output)
    named = {"values": plain, "raw": raw, "target": target, "outputs": some}
    return {name: message.SerializeToString() for name, message in named.items()}


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()  # --help alone
    npy = arrays()
    archives, pickles, sources = checkpoints()
    seeds = {
        "archive": archives,
        "cifar": cifar_files(),
        "csv": tables(),
        "http": http_requests(),
        "idx": idx_files(),
        "image": pictures(),
        "manifest": manifests(),
        "model_infer": infer_requests(),
        "npy": npy,
        "npz": array_archives(npy),
        "pickle": pickles,
        "predict": predict_requests(),
        "safetensors": tensors(),
        "script": sources,
        "tar": tars(),
        "token_table": token_files(),
    }
    for target, files in seeds.items():
        write(target, files)


if __name__ == "__main__":
    main()
