"""The SITECONF of a site with one stage-out method."""

import json
import os

# The stage-out command and protocol that a site would name for a scheme; the backend is given all the same.
METHODS = {"file": ("cp", "file"), "root": ("xrdcp", "XRootD"), "http": ("gfal2", "WebDAV"),
           "https": ("gfal2", "WebDAV")}


def write(folder: str, scheme: str, prefix: str) -> str:
    """Writes it and answers where its site-local-config.xml is."""
    command, protocol = METHODS[scheme]
    config = os.path.join(folder, "siteconf", "JobConfig", "site-local-config.xml")
    os.makedirs(os.path.dirname(config))
    with open(config, "w") as file:
        file.write(
            '<site-local-config><site name="T2_XX_Chaos"><stage-out>'
            f'<method volume="Chaos_Disk" protocol="{protocol}" command="{command}"/>'
            "</stage-out></site></site-local-config>\n")
    volume = {
        "site": "T2_XX_Chaos", "volume": "Chaos_Disk", "type": "DISK", "rse": "T2_XX_Chaos",
        "protocols": [{"protocol": protocol, "access": "global-rw", "prefix": prefix}]}
    with open(os.path.join(folder, "siteconf", "storage.json"), "w") as file:
        json.dump([volume], file)
    return config
