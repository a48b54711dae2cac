"""What every program on a unit needs: clock, configuration, errors, supervised tasks, storage, control socket."""
