"""The fleet: from a bare Raspberry Pi to a working panel over SSH, signed releases, rollback."""
