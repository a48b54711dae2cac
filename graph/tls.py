"""One TLS context for all we say to Microsoft: the system's CAs and, where the site has one, its own."""

from __future__ import annotations

import ssl
from pathlib import Path

from graph.errors import NetworkDown

_DEBIAN_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def client_context(ca_file: str = "") -> ssl.SSLContext:
    """Return a verifying client context. Reads files: call it in a worker thread.

    The paths are those OpenSSL was built with; SSL_CERT_FILE and SSL_CERT_DIR of the environment do not count.
    Raises NetworkDown when `ca_file` cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    built_in = ssl.get_default_verify_paths()
    folder, bundle = Path(built_in.openssl_capath), _first_file(built_in.openssl_cafile, _DEBIAN_BUNDLE)
    if folder.is_dir():
        context.load_verify_locations(capath=str(folder))
    if bundle and not folder.is_dir():
        context.load_verify_locations(cafile=bundle)
    if ca_file:
        _add_site_ca(context, ca_file)
    return context


def _first_file(*names: str) -> str:
    return next((name for name in names if Path(name).is_file()), "")


def _add_site_ca(context: ssl.SSLContext, ca_file: str) -> None:
    try:
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise NetworkDown(
            f"The CA file {ca_file} cannot be used: {error.strerror or error}.",
            hint="Put a PEM certificate there, readable for the service, or clear [network] ca_file.",
        ) from error
