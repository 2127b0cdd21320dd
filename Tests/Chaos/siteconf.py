"""The SITECONF of a site with a stage-out method for each of its doors."""

import json
import os

# The stage-out command and protocol that a site would name for a scheme; the backend is given all the same.
METHODS = {"file": ("cp", "file"), "root": ("xrdcp", "XRootD"), "http": ("gfal2", "WebDAV"),
           "https": ("gfal2", "WebDAV")}


def write(directory: str, scheme: str, prefixes: list[str]) -> str:
    """Writes it and answers where its site-local-config.xml is."""
    command, protocol = METHODS[scheme]
    methods = "".join(
        f'<method volume="Chaos_{index}" protocol="{protocol}" command="{command}"/>'
        for index in range(len(prefixes)))
    config = os.path.join(directory, "siteconf", "JobConfig", "site-local-config.xml")
    os.makedirs(os.path.dirname(config))
    with open(config, "w") as file:
        file.write(
            f'<site-local-config><site name="T2_XX_Chaos"><stage-out>{methods}</stage-out></site>'
            "</site-local-config>\n")
    volumes = [{
        "site": "T2_XX_Chaos", "volume": f"Chaos_{index}", "type": "DISK", "rse": f"T2_XX_Chaos_{index}",
        "protocols": [{"protocol": protocol, "access": "global-rw", "prefix": prefix}]}
        for index, prefix in enumerate(prefixes)]
    with open(os.path.join(directory, "siteconf", "storage.json"), "w") as file:
        json.dump(volumes, file)
    return config
