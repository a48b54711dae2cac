"""Who and what has an address in the office: the part of Entra that Graph answers questions from."""

from __future__ import annotations

import re

from simulator.events import Who
from simulator.office import AppRegistration, Group, Office, Person, Room

_SEARCH = re.compile(r'"(displayName|mail|department|jobTitle|givenName|surname):([^"]*)"', re.IGNORECASE)


class Directory:
    """Looks people, rooms, groups and apps up by address, directory id or name."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.people: dict[str, Person] = {person.address: person for person in office.people}
        self.rooms: dict[str, Room] = {room.address: room for room in office.rooms}
        self.groups: dict[str, Group] = {group.id: group for group in office.groups}
        self.apps: dict[str, AppRegistration] = {app.client_id: app for app in office.apps}
        self._by_id = {entry.id: entry.address for entry in self.everyone()}

    def address(self, key: str) -> str | None:
        """The address of an account given by address or directory id; None if there is none."""
        lowered = key.lower()
        if lowered in self.people or lowered in self.rooms:
            return lowered
        return self._by_id.get(lowered)

    def named(self, text: str) -> str | None:
        """The address of somebody given by address, id, local part or full name, as people write in control calls."""
        if found := self.address(text):
            return found
        wanted = text.lower()
        for entry in self.everyone():
            if wanted in {entry.name.lower(), entry.address.split("@")[0]}:
                return entry.address
        return None

    def account(self, address: str) -> Person | Room | None:
        """The person or room behind an address of this office."""
        return self.people.get(address) or self.rooms.get(address)

    def who(self, address: str) -> Who:
        """The name that goes with an address; outsiders have their address for a name."""
        account = self.account(address)
        return Who(account.name if account else address, address)

    def member_of(self, address: str) -> list[Group]:
        """The groups somebody is in."""
        return [group for group in self.groups.values() if address in group.members]

    def everyone(self) -> list[Person | Room]:
        """All accounts, people first, in the order of the office file."""
        return [*self.people.values(), *self.rooms.values()]


def matches_search(account: Person | Room, search: str) -> bool:
    """Whether an account matches Graph's `$search`: words of the name by their beginnings, AND and OR between clauses.

    Raises:
        ValueError: a clause is not of the form "property:value".
    """
    alternatives = re.split(r"\s+OR\s+", search)
    return any(all(_clause(account, part) for part in re.split(r"\s+AND\s+", option)) for option in alternatives)


def _clause(account: Person | Room, clause: str) -> bool:
    match = _SEARCH.fullmatch(clause.strip())
    if match is None:
        raise ValueError(f'Syntax error: character in {clause!r}; a clause is "displayName:text".')
    name, value = match.group(1).lower(), match.group(2).lower()
    words = re.split(r"[\s\-.@]+", text_of(account, name).lower())
    return all(any(word.startswith(part) for word in words) for part in value.split())


def text_of(account: Person | Room, name: str) -> str:
    """A directory property by its lower-cased Graph name; empty where the account has none."""
    given, _, surname = account.name.rpartition(" ")
    common = {
        "displayname": account.name,
        "mail": account.address,
        "userprincipalname": account.address,
        "givenname": given or account.name,
        "surname": surname if given else "",
        "id": account.id,
    }
    if name in common:
        return common[name]
    if isinstance(account, Person):
        own = {"department": account.department, "jobtitle": account.title, "preferredlanguage": account.language}
        return own.get(name, "")
    return ""
