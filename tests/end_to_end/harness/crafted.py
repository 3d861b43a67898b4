"""Archives whose checksums are right and whose contents are not."""

import re
import struct
import zipfile

SCRIPT = r"code/__torch__/.*\.py"
DEEP = 100_000


def rewritten(source, target, changes, additions=()):
    """`source` with the contents of entries, by pattern, given to functions."""
    target.parent.mkdir(parents=True)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        names = old.namelist()
        for name in names:
            content = old.read(name)
            for pattern, change in changes.items():
                if re.search(f"/{pattern}$", name):
                    content = change(content)
            if content is not None:
                new.writestr(name, content)
        for name, content in additions:
            new.writestr(f"{names[0].split('/')[0]}/{name}", content)


def _replaced(old, new):
    def change(content):
        assert old in content, "the archive is not as it was"
        return content.replace(old, new, 1)

    return change


def _ends_with(expression):
    """The function's last line is another, with an expression before it."""
    return _replaced(
        b"    return [_1, _2]\n",
        b"    x = " + expression + b"\n    return [_1, _2]\n",
    )


def _long(number):
    return b"\x8a\x08" + struct.pack("<q", number)


# Of scripted.ScriptedHyperGan: two float32 tensors, [6, 30] and [6, 20].
_SIZE = b"K\x06K\x1et"
_STRIDE = b"K\x1eK\x01t"
_COUNT = b"K\xb4tQ"  # 180, of the storage
_OFFSET = b"K\x00("

ARCHIVES = {
    "a record that is too short": {"data/0": lambda record: record[:-4]},
    "an empty record": {"data/0": lambda record: b""},
    "no record": {"data/0": lambda record: None},
    "a size beyond the storage": {r"data\.pkl": _replaced(_SIZE, b"K\x07K\x1et")},
    "a huge size": {
        r"data\.pkl": _replaced(_SIZE, _long(1 << 40) + _long(1 << 40) + b"t")
    },
    "a negative size": {r"data\.pkl": _replaced(_SIZE, _long(-1) + b"K\x1et")},
    "a stride beyond the storage": {r"data\.pkl": _replaced(_STRIDE, b"K\xffK\x01t")},
    "a negative stride": {
        r"data\.pkl": _replaced(_STRIDE, b"K\x1e" + _long(-1) + b"t")
    },
    "an offset beyond the storage": {r"data\.pkl": _replaced(_OFFSET, b"K\x01(")},
    "a negative offset": {r"data\.pkl": _replaced(_OFFSET, _long(-4000) + b"(")},
    "a storage beyond its record": {r"data\.pkl": _replaced(_COUNT, b"K\xb5tQ")},
    "a huge storage": {r"data\.pkl": _replaced(_COUNT, _long(1 << 62) + b"tQ")},
    "a storage of another type": {
        r"data\.pkl": _replaced(b"FloatStorage", b"DoubleStorage")
    },
    "deep tuples": {r"constants\.pkl": lambda _: b"\x80\x02)" + b"\x85" * DEEP + b"."},
    "deep lists": {
        r"constants\.pkl": lambda _: b"\x80\x02" + b"](" * DEEP + b"e" * DEEP + b"."
    },
    "tuples that unfold": {
        r"constants\.pkl": lambda _: b"\x80\x02)" + b"q\x01h\x01\x86" * 60 + b"."
    },
    "a memo of 64 GiB": {r"constants\.pkl": lambda _: b"\x80\x02)r\xff\xff\xff\xff."},
    "a pickle without an end": {
        r"constants\.pkl": lambda _: b"\x80\x02c" + b"a" * 10_000
    },
    "values below a mark": {r"constants\.pkl": lambda _: b"\x80\x02)(\x86t."},
    "a call of an int": {r"constants\.pkl": lambda _: b"\x80\x02K\x63)R."},
    "deep brackets": {SCRIPT: _ends_with(b"(" * DEEP + b"1" + b")" * DEEP)},
    "a long sum": {SCRIPT: _ends_with(b"1+" * DEEP + b"1")},
    "a long chain": {SCRIPT: _ends_with(b"noise" + b"[0]" * DEEP)},
    "many signs": {SCRIPT: _ends_with(b"-" * DEEP + b"1")},
    "deep debugging pickles": {
        SCRIPT.replace("py", r"py\.debug_pkl"): lambda _: (
            b"\x80\x02)" + b"\x85" * DEEP + b"."
        )
    },
}
