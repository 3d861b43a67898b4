#!/usr/bin/env python3
"""openapi.py OUTPUT: what the front offers over HTTP, as an OpenAPI document.

Made of ensemble.proto, its comments and rules.json. Needs grpcio-tools.
"""

import json
import pathlib
import re
import sys
import tempfile

import grpc_tools
from google.protobuf import descriptor_pb2
from grpc_tools import protoc

HTTP = pathlib.Path(__file__).resolve().parent
PROTO = HTTP.parent
SERVICE = "hypergan/v1/ensemble.proto"
PACKAGE = ".hypergan.v1."
Field = descriptor_pb2.FieldDescriptorProto

NUMBER_64 = {"type": "string", "format": "int64"}
SCALARS = {
    Field.TYPE_DOUBLE: {"type": "number", "format": "double"},
    Field.TYPE_FLOAT: {"type": "number", "format": "float"},
    Field.TYPE_INT64: NUMBER_64,
    Field.TYPE_UINT64: {"type": "string", "format": "uint64"},
    Field.TYPE_INT32: {"type": "integer", "format": "int32"},
    Field.TYPE_BOOL: {"type": "boolean"},
    Field.TYPE_STRING: {"type": "string"},
    Field.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
}
DURATION = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?s$"}
STATUS = {
    "type": "object",
    "description": "google.rpc.Status: `code` is the gRPC status code.",
    "properties": {
        "code": {"type": "integer", "format": "int32"},
        "message": {"type": "string"},
        "details": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["code", "message"],
}


def read_file():
    """The FileDescriptorProto of the service, with its comments."""
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "set"
        status = protoc.main(
            [
                "protoc",
                f"--proto_path={PROTO}",
                f"--proto_path={pathlib.Path(grpc_tools.__file__).parent / '_proto'}",
                "--include_source_info",
                f"--descriptor_set_out={output}",
                SERVICE,
            ]
        )
        if status != 0:
            sys.exit(f"protoc could not read {SERVICE}")
        (found,) = descriptor_pb2.FileDescriptorSet.FromString(output.read_bytes()).file
    return found


class Document:
    """Looks up messages, comments and rules of one file."""

    def __init__(self, file):
        self.file = file
        self.comments = {
            tuple(place.path): re.sub(
                r"\s+", " ", f"{place.leading_comments} {place.trailing_comments}"
            ).strip()
            for place in file.source_code_info.location
        }
        self.messages = {
            message.name: (number, message)
            for number, message in enumerate(file.message_type)
        }

    def described(self, schema, *path):
        comment = self.comments.get(path)
        return {**schema, "description": comment} if comment else schema

    def value(self, field, message):
        if field.type == Field.TYPE_ENUM:
            return {"$ref": reference(field.type_name)}
        if field.type != Field.TYPE_MESSAGE:
            return SCALARS[field.type]
        if field.type_name == ".google.protobuf.Duration":
            return DURATION
        for nested in message.nested_type:
            if nested.options.map_entry and field.type_name.endswith(
                f".{message.name}.{nested.name}"
            ):
                return {
                    "type": "object",
                    "additionalProperties": self.value(nested.field[1], nested),
                }
        return {"$ref": reference(field.type_name)}

    def field(self, name, number):
        message = self.messages[name][1]
        field = message.field[number]
        schema = self.value(field, message)
        is_map = "additionalProperties" in schema
        if field.label == Field.LABEL_REPEATED and not is_map:
            schema = {"type": "array", "items": schema}
        return self.described(schema, 4, self.messages[name][0], 2, number)

    def message(self, name, without=()):
        place, message = self.messages[name]
        properties = {
            field.name: self.field(name, number)
            for number, field in enumerate(message.field)
            if field.name not in without
        }
        return self.described({"type": "object", "properties": properties}, 4, place)

    def schemas(self):
        schemas = {name: self.message(name) for name in self.messages}
        for place, enum in enumerate(self.file.enum_type):
            names = [value.name for value in enum.value]
            schemas[enum.name] = self.described(
                {"type": "string", "enum": names}, 5, place
            )
        return {**schemas, "Status": STATUS}

    def operation(self, rule, number):
        """The path, the verb and the operation of one binding of a rule."""
        service, name = rule["selector"].rsplit(".", 2)[1:]
        place, method = next(
            (place, method)
            for place, method in enumerate(self.file.service[0].method)
            if (self.file.service[0].name, method.name) == (service, name)
        )
        verb = "get" if "get" in rule else "post"
        path = rule[verb]
        request = method.input_type.removeprefix(PACKAGE)
        in_path = re.findall(r"\{(\w+)\}", path)
        operation = {
            "operationId": name + (str(number + 1) if number else ""),
            "parameters": [
                {
                    "name": part,
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string"},
                }
                for part in in_path
            ],
            "responses": {
                "200": answer("The answer.", reference(method.output_type)),
                "default": answer("An error.", "#/components/schemas/Status"),
            },
        }
        if verb == "post":
            body = self.message(request, without=in_path)
            operation["requestBody"] = {"required": True, **content(body)}
        else:
            operation["parameters"] += [
                {
                    "name": field.name,
                    "in": "query",
                    "schema": self.field(request, number),
                }
                for number, field in enumerate(self.messages[request][1].field)
                if field.name not in in_path
            ]
        return path, verb, self.described(operation, 6, 0, 2, place)

    def paths(self):
        paths = {}
        for rule in json.loads((HTTP / "rules.json").read_text())["http"]["rules"]:
            others = rule.get("additional_bindings", [])
            for number, binding in enumerate([rule, *others]):
                binding = {"selector": rule["selector"], **binding}
                path, verb, operation = self.operation(binding, number)
                paths.setdefault(path, {})[verb] = operation
        return paths


def reference(type_name):
    return "#/components/schemas/" + type_name.removeprefix(PACKAGE)


def content(schema):
    return {"content": {"application/json": {"schema": schema}}}


def answer(description, schema):
    return {"description": description, **content({"$ref": schema})}


def make():
    """The document, as a dictionary."""
    document = Document(read_file())
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "HyperGAN Serving",
            "version": "1",
            "description": "Predictions with their uncertainty, from ensembles of "
            "generated networks. Integers of 64 bits are strings in answers; a "
            "request may have them as numbers. An answer's tensors have `values` "
            "if the request's `inputs` had.",
        },
        "paths": document.paths(),
        "components": {"schemas": document.schemas()},
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    pathlib.Path(sys.argv[1]).write_text(json.dumps(make(), indent=1) + "\n")
