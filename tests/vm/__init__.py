"""A Raspberry Pi that is not there: a Debian of ours in QEMU, provisioned, touched, typed at and cut off."""
