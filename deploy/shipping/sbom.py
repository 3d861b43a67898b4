"""A list of what is shipped (software bill of materials), as CycloneDX 1.6."""

import json
import platform
import urllib.parse

NAMES = {"deb": "pkg:deb/debian", "pypi": "pkg:pypi"}


def component(package):
    name, version = (
        urllib.parse.quote(text, "") for text in (package.name, package.version)
    )
    url = f"{NAMES[package.kind]}/{name}@{version}"
    if package.kind == "deb":
        release = platform.freedesktop_os_release().get("VERSION_ID", "sid")
        url += f"?distro=debian-{release}"
    return {
        "type": "library",
        "bom-ref": url,
        "name": package.name,
        "version": package.version,
        "purl": url,
    }


def bill_of_materials(name, version, packages):
    """The document's text: the same for the same packages, so without a time."""
    this = f"pkg:generic/{name}@{version}"
    components = [component(package) for package in sorted(packages)]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": this,
                "name": name,
                "version": version,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": components,
        "dependencies": [
            {"ref": this, "dependsOn": [part["bom-ref"] for part in components]}
        ],
    }
    return json.dumps(document, indent=2) + "\n"
