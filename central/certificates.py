"""A certificate authority of head office's own, and the certificate of its server.

Offices trust this authority alone, by its fingerprint in the enrolment code, so none of the public ones need vouch for
a machine that may have no public name. The authority's key is needed once a year and is best kept off the server.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from desktop.services.files import write_whole

CA_DAYS, SERVER_DAYS = 3650, 397
RENEW_BEFORE = timedelta(days=30)
EARLIER = timedelta(days=3)
"""So far before now a certificate begins to be valid: the clock of a desk may be behind."""
CA_FILE, CA_KEY_FILE, FILE, KEY_FILE = "ca.pem", "ca.key", "server.pem", "server.key"


def make_certificates(folder: Path, names: Sequence[str], now: datetime) -> None:
    """An authority where the folder has none, and a new certificate from it for the names and addresses."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / CA_FILE).exists():
        _make_authority(folder, now)
    authority = x509.load_pem_x509_certificate((folder / CA_FILE).read_bytes())
    signing = load_pem_private_key((folder / CA_KEY_FILE).read_bytes(), None)
    if not isinstance(signing, ec.EllipticCurvePrivateKey):
        raise ValueError("the authority's key is of another kind")
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        _begun(names[0], authority.subject, key.public_key(), now, SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_others=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
        .sign(signing, hashes.SHA256())
    )
    _write_key(folder / KEY_FILE, key)
    write_whole(folder / FILE, made.public_bytes(Encoding.PEM) + (folder / CA_FILE).read_bytes(), 0o644)


def days_left(certificate: Path, now: datetime) -> int:
    """For how many days a server's certificate is still good."""
    return (x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc - now).days


def der_of(pem: str) -> bytes:
    """The bytes of a certificate of which the fingerprint is made. Raises ValueError."""
    return ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN") :])


def _make_authority(folder: Path, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Anju Desk head office")])
    made = (
        _begun("", subject, key.public_key(), now, CA_DAYS)
        .subject_name(subject)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_others=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_key(folder / CA_KEY_FILE, key)
    write_whole(folder / CA_FILE, made.public_bytes(Encoding.PEM), 0o644)


def _begun(
    subject: str, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    made = x509.CertificateBuilder(
        issuer_name=issuer,
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=now - EARLIER,
        not_valid_after=now + timedelta(days=days),
    ).add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    if subject:
        made = made.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
    return made


def _usage(*, signs_others: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_others, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=signs_others, crl_sign=signs_others, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        return x509.DNSName(text)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    write_whole(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
