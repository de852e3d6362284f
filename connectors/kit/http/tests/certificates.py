"""Certificates that the servers of these tests and their clients show, made anew for each."""

import os
import subprocess


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Authority:
    """Its own certificate is FOLDER/NAME.pem."""

    def __init__(self, folder, name="ca"):
        self.folder = folder
        self.path = os.path.join(folder, name)
        openssl("req", "-x509", *self.new_key(), "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout",
                f"{self.path}.key", "-out", f"{self.path}.pem")

    @staticmethod
    def new_key():
        return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"

    def issue(self, name, alternatives, password=None):
        """FOLDER/NAME.pem and NAME.key; the key is encrypted when there is a password. Returns the path without ending."""
        path = os.path.join(self.folder, name)
        secrecy = ["-passout", f"pass:{password}"] if password else ["-nodes"]
        openssl("req", *self.new_key(), *secrecy, "-keyout", f"{path}.key", "-out", f"{path}.csr", "-subj", f"/CN={name}")
        with open(f"{path}.ext", "w", encoding="ascii") as file:
            file.write(f"subjectAltName={alternatives}\n")
        openssl("x509", "-req", "-in", f"{path}.csr", "-CA", f"{self.path}.pem", "-CAkey", f"{self.path}.key",
                "-CAcreateserial", "-days", "2", "-extfile", f"{path}.ext", "-out", f"{path}.pem")
        return path
