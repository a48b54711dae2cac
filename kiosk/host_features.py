"""What a kiosk wants of Microsoft 365, by its configuration. graph.roles says the same of the file as it stands."""

from __future__ import annotations

from graph.features import Feature
from kiosk.settings import HostsSection, NotifySection


def features_of(hosts: HostsSection, notify: NotifySection) -> frozenset[Feature]:
    """Return the features to sign in with. Without a host group there are no hosts of the tenant: only mail is sent."""
    wanted = {Feature.MAIL}
    if hosts.host_group:
        wanted |= {Feature.PEOPLE, Feature.GROUPS, Feature.PROFILES, Feature.CHAT}
        if notify.read_answers_min:
            wanted.add(Feature.CHAT_ANSWERS)
        if hosts.presence:
            wanted.add(Feature.PRESENCE)
        if hosts.photos:
            wanted.add(Feature.PHOTOS)
    return frozenset(wanted)
