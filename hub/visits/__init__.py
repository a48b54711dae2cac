"""Visits that the kiosks of a site share through the hub: kept, passed on, shown to reception, forgotten."""
