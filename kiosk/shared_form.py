"""A visit of the register in the form that the hub and other kiosks know, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import cast

from common.visiting.shared_visit import LeftByWord, SharedGuest, SharedHost, SharedVisit, StateWord
from kiosk.host_search import INVITED
from kiosk.model import Guest, Host, LeftBy, Visit, VisitState
from kiosk.share_table import Share

__all__ = ["HostOf", "erased_form", "from_shared", "to_shared"]

HostOf = Callable[[str, str], Host | None]
"""Whom of the directory somebody means by this name and mail address (kiosk.host_search.Hosts.meant)."""


def to_shared(visit: Visit, share: Share, day: date, site: str) -> SharedVisit:
    """The version that `share` tells of. Fields are cut to what the form holds."""
    return SharedVisit(
        id=visit.id,
        version=share.version,
        by=share.by,
        origin=share.origin,
        day=day,
        delete_on=date.fromisoformat(share.delete_on or visit.delete_on),
        type=visit.type[:40],
        site=site[:100],
        state=cast("StateWord", str(visit.state)),
        guest=_shared_guest(visit.guest),
        host=SharedHost(ref=visit.host.ref[:200], name=visit.host.name[:100], address=visit.host.address[:100]),
        in_at=visit.in_at,
        out_at=visit.out_at,
        left_by=cast("LeftByWord", str(visit.out_by)) if visit.out_by else None,
        expected_at=visit.expected_at,
        planned_end=visit.until,
        group=visit.group[:40],
        language=visit.language[:5],
        notice_version=visit.notice_version[:40],
        badge_key=share.badge_key,
        teller=share.teller,
    )


def erased_form(share: Share) -> SharedVisit:
    """That this guest is erased. ValueError for a share without a day."""
    return SharedVisit(
        id=share.visit_id,
        version=share.version,
        by=share.by,
        origin=share.origin,
        day=date.fromisoformat(share.day),
        delete_on=date.fromisoformat(share.delete_on),
        erased=True,
    )


def from_shared(shared: SharedVisit, known: Visit | None, host_of: HostOf, language: str = "da") -> Visit:
    """The visit as the register has it. ValueError for an erased one.

    What the form does not carry of a host (department, language, telephone) stays as it is `known` here. A host of the
    hub's pages has no `ref`: `host_of` finds one in the directory, others are told by mail, in the site's `language`.
    """
    if shared.guest is None or shared.host is None:
        raise ValueError("an erased visit is none")
    return Visit(
        id=shared.id,
        type=shared.type,
        state=VisitState(shared.state),
        guest=Guest(shared.guest.name, shared.guest.email, shared.guest.phone, shared.guest.extra),
        host=_host(shared, shared.host, known.host if known else None, host_of, language),
        language=shared.language,
        notice_version=shared.notice_version,
        in_at=shared.in_at,
        out_at=shared.out_at,
        out_by=LeftBy(shared.left_by) if shared.left_by else None,
        expected_at=shared.expected_at,
        until=shared.planned_end,
        group=shared.group,
    )


def _shared_guest(guest: Guest) -> SharedGuest:
    extra = tuple((key[:40], value[:100]) for key, value in guest.extra[:4])
    return SharedGuest(name=guest.name[:80], email=guest.email[:100], phone=guest.phone[:30], extra=extra)


def _host(visit: SharedVisit, shared: SharedHost, known: Host | None, host_of: HostOf, language: str) -> Host:
    if known is not None and known.ref == shared.ref:
        return replace(known, name=shared.name, address=shared.address)
    found = host_of(shared.name, shared.address)
    if found is not None and shared.ref in ("", found.ref):
        return found
    return Host(shared.ref or f"{INVITED}{visit.id}", shared.name, shared.address, language=language)
