"""The part of a unit's configuration that names the simulated tenant, the same for panels and kiosks."""

from __future__ import annotations

IN_TENANT = """\
[graph]
tenant_id = "nordhavn.example"
client_id = "{client}"
account = "{account}"
sign_in = "device-code"
authority_url = "{url}"
graph_url = "{url}/v1.0"
token_cache_file = "{folder}/tokens"
token_key_file = "{folder}/tokens.key"
[network]
ca_file = "{ca}"
"""
"""To be formatted with client, account, url and ca of the tenant and the folder of the unit."""
