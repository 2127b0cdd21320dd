"""A certificate authority for one benchmark, and the certificate of 127.0.0.1."""

import os
import subprocess


class Certificates:
    def __init__(self, directory: str):
        self.authority = os.path.join(directory, "authority.pem")
        self.certificate = os.path.join(directory, "host.pem")
        self.key = os.path.join(directory, "host.key")
        # Hashed names, as grid tools want them.
        self.directory = os.path.join(directory, "certificates")
        os.makedirs(self.directory)
        authority_key = os.path.join(directory, "authority.key")
        new_key = ["-newkey", "rsa:2048", "-nodes"]
        _openssl(
            "req", "-x509", *new_key, "-keyout", authority_key, "-out", self.authority, "-days", "2",
            "-subj", "/DC=org/DC=example/CN=Benchmark CA",
            "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        request = os.path.join(directory, "host.csr")
        _openssl(
            "req", *new_key, "-keyout", self.key, "-out", request, "-subj", "/DC=org/DC=example/CN=localhost")
        extensions = os.path.join(directory, "host.ext")
        with open(extensions, "w") as file:
            file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
        _openssl(
            "x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", authority_key, "-set_serial", "1",
            "-days", "2", "-extfile", extensions, "-out", self.certificate)
        digest = _openssl("x509", "-hash", "-noout", "-in", self.authority).strip()
        os.symlink(self.authority, os.path.join(self.directory, digest + ".0"))
        with open(os.path.join(self.directory, digest + ".signing_policy"), "w") as file:
            file.write(
                "access_id_CA X509 '/DC=org/DC=example/CN=Benchmark CA'\n"
                "pos_rights globus CA:sign\n"
                "cond_subjects globus '\"/DC=org/DC=example/*\"'\n")

    def key_for(self, user: int) -> str:
        """A copy of the key that this user alone may read, as XRootD wants it."""
        path = f"{self.key}.{user}"
        with open(self.key) as source, open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o400), "w") as copy:
            copy.write(source.read())
        os.chown(path, user, -1)
        return path


def _openssl(*arguments: str) -> str:
    run = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {run.stderr}")
    return run.stdout
