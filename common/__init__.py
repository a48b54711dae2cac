"""What every program on a unit needs: clock, config, errors, supervised tasks, storage, control."""
