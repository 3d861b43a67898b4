"""Certificates of a test's own, made by the openssl program."""

import pathlib
import subprocess

import grpc

# What `openssl ca` wants, which alone can make a certificate of the past.
_CONFIGURATION = """
[ca]
default_ca = here
[here]
database = index.txt
new_certs_dir = .
serial = serial.txt
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
"""
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")


def _openssl(folder, *arguments):
    subprocess.run(
        ["openssl", *map(str, arguments)],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=60,
    )


class Authority:
    """Signs certificates, NAME.crt with NAME.key, in a folder of its own."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "ca.cnf").write_text(_CONFIGURATION)
        (self.folder / "index.txt").write_text("")
        (self.folder / "serial.txt").write_text("01\n")
        _openssl(
            self.folder,
            *("req", "-x509", "-nodes", "-days", 2, "-subj", "/CN=authority", *_KEY),
            *("-keyout", "ca.key", "-out", "ca.crt"),
        )
        self.certificate = self.folder / "ca.crt"

    def sign(self, name, start="20200101000000Z", end="20991231235959Z"):
        """The paths of a certificate for `name` and localhost, and of its key."""
        key = self.folder / f"{name}.key"
        certificate = self.folder / f"{name}.crt"
        _openssl(
            self.folder,
            *("req", "-nodes", "-subj", f"/CN={name}", *_KEY),
            *("-addext", f"subjectAltName=DNS:{name},DNS:localhost,IP:127.0.0.1"),
            *("-keyout", key, "-out", "request.csr"),
        )
        _openssl(
            self.folder,
            *("ca", "-batch", "-notext", "-config", "ca.cnf"),
            *("-cert", "ca.crt", "-keyfile", "ca.key"),
            *("-startdate", start, "-enddate", end),
            *("-in", "request.csr", "-out", certificate),
        )
        return certificate, key

    def credentials(self, name=None):
        """A client's, who trusts this authority; with a certificate for `name`."""
        trusted = self.certificate.read_bytes()
        if name is None:
            return grpc.ssl_channel_credentials(trusted)
        certificate, key = self.sign(name)
        return grpc.ssl_channel_credentials(
            trusted, key.read_bytes(), certificate.read_bytes()
        )
