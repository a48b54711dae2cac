"""What the kiosk asks of Microsoft 365 is what its configuration uses, told the same by kiosk and mydesk-graph."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from graph.consent import permissions_for
from graph.features import Feature
from graph.roles import Role, role_of
from graph.roles import features_of as features_of_file
from kiosk.host_features import features_of
from kiosk.settings import HostsSection, NotifySection

BASE = {Feature.MAIL}
HOSTS = BASE | {Feature.PEOPLE, Feature.GROUPS, Feature.PROFILES, Feature.CHAT}


@pytest.mark.parametrize(
    ("hosts", "notify", "expected"),
    [
        ({}, {}, BASE),
        ({"presence": True}, {"first": "chat"}, BASE),
        ({"host_group": "g"}, {}, HOSTS | {Feature.CHAT_ANSWERS}),
        ({"host_group": "g"}, {"read_answers_min": 0}, HOSTS),
        (
            {"host_group": "g", "presence": True},
            {"read_answers_min": 5},
            HOSTS | {Feature.CHAT_ANSWERS, Feature.PRESENCE},
        ),
        ({"host_group": "g", "photos": True}, {"read_answers_min": 0}, HOSTS | {Feature.PHOTOS}),
        ({"photos": True}, {}, BASE),
    ],
)
def test_both_say_the_same(hosts: dict[str, Any], notify: dict[str, Any], expected: set[Feature]) -> None:
    sections = {"site": {"name": "Nordhavn"}, "hosts": hosts, "notify": notify}
    assert role_of(sections) is Role.KIOSK
    assert features_of(msgspec.convert(hosts, HostsSection), msgspec.convert(notify, NotifySection)) == expected
    assert features_of_file(Role.KIOSK, sections) == expected


def test_the_scopes_of_chats_are_the_least() -> None:
    names = {one.name for one in permissions_for({Feature.CHAT, Feature.CHAT_ANSWERS}, "delegate")}
    assert {name for name in names if name.startswith("Chat")} == {"Chat.Create", "ChatMessage.Send", "Chat.Read"}


@pytest.mark.parametrize("photos", [False, True])
def test_pictures_are_asked_for_only_where_they_are_shown(photos: bool) -> None:
    wanted = features_of(HostsSection(host_group="g", photos=photos), NotifySection())
    names = {one.name for one in permissions_for(wanted, "delegate")}
    assert ("ProfilePhoto.Read.All" in names) is photos
