#!/usr/bin/env python3
"""descriptors.py PROTOC OUTPUT: the service's descriptors, with its paths over HTTP.

A transcoder of HTTP and JSON to gRPC reads the paths from options of the methods. They
stand in rules.json, and ensemble.proto has none; this writes a copy that has both, and
compiles it.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

HTTP = pathlib.Path(__file__).resolve().parent
PROTO = HTTP.parent
SERVICE = "hypergan/v1/ensemble.proto"


def option(rule):
    """A rule of rules.json as the text of an option's value."""
    parts = []
    for name, value in rule.items():
        if name == "additional_bindings":
            parts += [f"{name} {option(binding)}" for binding in value]
        elif name != "selector":
            parts.append(f"{name}: {json.dumps(value)}")
    return "{ " + " ".join(parts) + " }"


def with_option(proto, rule):
    """The text of a .proto file whose method has the rule's option."""
    method = rule["selector"].rsplit(".", 1)[1]
    found = re.search(rf"^  rpc {method}\([^;]*\);", proto, re.M)
    if not found:
        sys.exit(f"rules.json: expected a method of {SERVICE}, got {rule['selector']}")
    body = f" {{ option (google.api.http) = {option(rule)}; }}"
    return proto[: found.end() - 1] + body + proto[found.end() :]


def annotated():
    """ensemble.proto with all options."""
    proto = (PROTO / SERVICE).read_text()
    proto = re.sub(
        r"^import ", 'import "http.proto";\nimport ', proto, count=1, flags=re.M
    )
    for rule in json.loads((HTTP / "rules.json").read_text())["http"]["rules"]:
        proto = with_option(proto, rule)
    return proto


def main(protoc, output):
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / SERVICE
        copy.parent.mkdir(parents=True)
        copy.write_text(annotated())
        subprocess.run(
            [
                protoc,
                f"--proto_path={folder}",
                f"--proto_path={HTTP}",
                "--include_imports",
                f"--descriptor_set_out={output}",
                SERVICE,
            ],
            check=True,
        )


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
